// What a message says, part by part. What this desk does not know is shown as the words it comes with.

import { t, tOf } from "./lang.js";
import { Media } from "./media.js";
import { markedWords } from "./sensitive.js";
import { Icon, html, linked, safe } from "./ui.js";

/** @typedef {import("./types").Part} Part */
/** @typedef {import("./types").Mark} Mark */
/** @typedef {{desk: import("./desk.js").Desk, part: Part, place: string, alone?: boolean, marks?: Mark[]}} Props `marks`: in the part's first
 * text; `alone`: no part of the message is words */

/** @type {Record<string, (props: Props) => unknown>} */
const DRAW = {
  text: ({ part, marks }) => html`<p class=${`words ${onlyEmoji(part.text ?? "") ? "large" : ""}`}>${markedWords(part.text ?? "", marks ?? [])}</p>`,
  image: withCaption,
  video: withCaption,
  audio: withCaption,
  file: withCaption,
  sticker: (props) => (props.part.media ? html`<${Media} ...${shape(props)} />` : html`<p class="sticker">${props.part.text || `[${tOf("part", "sticker")}]`}</p>`),
  location,
  contact_card: contactCard,
  card: ({ desk, part, place }) => card(desk, part, place),
  carousel: ({ desk, part, place }) => html`<div class="carousel" tabindex="0">${(part.cards ?? []).map((one) => card(desk, one, place))}</div>`,
  choices: ({ part, marks }) => html`<div class="choices"><p class="words">${markedWords(part.text ?? "", marks ?? [])}</p>${buttons(part.options)}</div>`,
  template: ({ part }) => html`<div><p class="words">${linked(part.text || part.name || "")}</p>
    <p class="quiet small-words">${t("template_named", { name: part.name })}</p></div>`,
};

/** @param {{desk: Props["desk"], parts: Part[], place: string, marks?: Mark[]}} props `place`: the line that names the files, as a query */
export function Parts({ desk, parts, place, marks = [] }) {
  const first = (/** @type {number} */ at) => marks.filter((mark) => mark.part === at && !mark.text);
  const alone = !parts.some((part) => part.type === "text");
  return parts.map((part, at) => (Object.hasOwn(DRAW, part.type) ? DRAW[part.type] : unknown)({ desk, part, place, alone, marks: first(at) }));
}

/** @param {Props} props */
const unknown = ({ part }) => html`<p class="quiet"><${Icon} name="file" size="16" /> ${part.text || `[${tOf("part", part.type)}]`}</p>`;

/** @param {string} text */
const onlyEmoji = (text) => text.length <= 16 && /^(\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f|\s)+$/u.test(text);

/** @param {Props} props */
const shape = ({ desk, part, place, alone }) => ({ desk, part, place, alone });

/** @param {Props} props */
function withCaption(props) {
  const { part, marks = [] } = props;
  return html`<div class="with-caption"><${Media} ...${shape(props)} />${part.caption && html`<p class="words">${markedWords(part.caption, marks)}</p>`}</div>`;
}

/** @param {Props} props */
function location({ part }) {
  const at = `${Number(part.latitude).toFixed(5)}, ${Number(part.longitude).toFixed(5)}`;
  const href = `https://www.openstreetmap.org/?mlat=${Number(part.latitude)}&mlon=${Number(part.longitude)}#map=16/${Number(part.latitude)}/${Number(part.longitude)}`;
  return html`<div class="card place-card"><${Icon} name="pin" />
    <div>${part.title && html`<strong>${part.title}</strong>`}${part.address && html`<p>${part.address}</p>`}
      <p class="quiet">${at}</p><a href=${href} target="_blank" rel="noopener noreferrer">${t("on_the_map")}</a></div></div>`;
}

/** @param {Props} props */
function contactCard({ part }) {
  return html`<div class="card place-card"><${Icon} name="person" /><div><strong>${part.name}</strong>
    ${part.organization && html`<p>${part.organization}</p>`}
    ${(part.phones ?? []).map((one) => html`<p><a href=${safe(`tel:${one.replace(/[^+\d]/g, "")}`)}>${one}</a></p>`)}
    ${(part.emails ?? []).map((one) => html`<p><a href=${safe(`mailto:${encodeURIComponent(one)}`)}>${one}</a></p>`)}</div></div>`;
}

/** @param {Props["desk"]} desk @param {Part} part @param {string} place */
function card(desk, part, place) {
  return html`<div class="card">
    ${part.media && html`<${Media} desk=${desk} part=${{ type: "image", media: part.media }} place=${place} />`}
    <strong>${safe(part.url) ? html`<a href=${safe(part.url)} target="_blank" rel="noopener noreferrer">${part.title}</a>` : part.title}</strong>
    ${part.text && html`<p class="words">${linked(part.text)}</p>`}
    ${buttons(part.buttons)}
  </div>`;
}

/** What the customer can press; the agent only sees it. @param {import("./types").Button[] | undefined} options */
function buttons(options) {
  if (!options?.length) return null;
  return html`<ul class="options">${options.map(({ label, url }) =>
    html`<li class="option">${safe(url) ? html`<a href=${safe(url)} target="_blank" rel="noopener noreferrer">${label}</a>` : label}</li>`)}</ul>`;
}
