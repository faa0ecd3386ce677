// What stands on a phone, part by part, simplified: what each is and what can be pressed on it.

import { Icon, IconButton, cx, html, linked, safe } from "../desk/ui.js";
import { inShort } from "./deeds.js";
import { t } from "./words.js";

/** @typedef {import("./types").Part} Part */
/** @typedef {import("./types").Button} Button */
/** @typedef {import("./types").Bubble} Bubble */
/** @typedef {(number: number, button: Button) => void} Press */
/** @typedef {{part: Part, file: (key: string) => string, press: (button: Button) => void}} Props */

const SEEN = { image: 1, video: 1 }; // what fills a tile

/** @type {Record<string, (props: Props) => unknown>} */
const DRAW = {
  text: ({ part }) => words(part.text),
  image: ({ part, file }) => html`${picture(part, file)}${words(part.caption)}`,
  audio: ({ part, file }) => html`<audio controls preload="none" src=${file(part.media?.key ?? "")} aria-label=${t("sound")}></audio>`,
  video: ({ part, file }) => html`<video controls preload="metadata" src=${file(part.media?.key ?? "")} aria-label=${t("film")}></video>${words(part.caption)}`,
  file: ({ part, file }) => html`<a class="paper" href=${file(part.media?.key ?? "")} download=${part.name || part.media?.name || "file"}>
    <${Icon} name="file" />${part.name || part.media?.name || t("file")}</a>${words(part.caption)}`,
  location: ({ part }) => html`<div class="place"><${Icon} name="pin" /><div><strong>${part.title || t("place")}</strong>
    ${part.address && html`<p>${part.address}</p>`}<small>${Number(part.latitude).toFixed(4)}, ${Number(part.longitude).toFixed(4)}</small></div></div>`,
  contact_card: ({ part }) => html`<div class="place"><${Icon} name="person" /><div><strong>${part.name}</strong>${(part.phones ?? []).map((one) => html`<p>${one}</p>`)}</div></div>`,
  sticker: ({ part }) => html`<p class="sticker" role="img" aria-label=${t("sticker", { emoji: part.text })}>${part.text || part.sticker}</p>`,
  card: (props) => card(props),
  carousel: ({ part, file, press }) => html`<div class="carousel" tabindex="0" role="group" aria-label=${t("cards")}>${(part.cards ?? []).map((one) => card({ part: one, file, press }))}</div>`,
  choices: ({ part, press }) => html`${words(part.text)}${part.style === "list" ? null : options(part.options, press)}`,
  template: ({ part }) => words(part.text),
};

/** @typedef {{platform: import("./types").Platform, bubble: Bubble, quoted?: Bubble, picked: boolean, onPick: (number: number) => void, onPress: Press}} Shown */

/** @param {Shown} props */
export function BubbleLine({ platform, bubble, quoted, picked, onPick, onPress }) {
  const file = (/** @type {string} */ key) => `/${platform.id}/file?key=${encodeURIComponent(key)}`;
  const press = (/** @type {Button} */ button) => onPress(bubble.number, button);
  const mine = bubble.side === "customer";
  const shown = bubble.parts.filter((part) => part.type !== "choices" || part.style !== "list" || part.text);
  const bare = !bubble.removed && !quoted && shown.every((part) => part.type === "sticker" || (part.type in SEEN && !part.caption));
  const mosaic = bare && shown.length > 1 && shown.every((part) => part.type in SEEN);
  return html`<li class=${cx({ said: true, mine, picked })}>
    <div class="row">
      <div class=${cx({ bubble: true, bare, mosaic, removed: bubble.removed })}>
        <span class="unseen">${mine ? t("you") : "Harbour Bikes:"}</span>
        ${quoted && !bubble.removed && html`<p class="quoted"><span class="unseen">${t("quotes")}</span>${inShort(quoted)}</p>`}
        ${bubble.removed ? html`<p class="quiet">${t("taken_back")}</p>` : shown.map((part) => (DRAW[part.type] ?? unknown)({ part, file, press }))}
        ${bubble.edited && !bubble.removed && html`<small class="edited">${t("edited")}</small>`}
      </div>
      ${bubble.can.length > 0 && html`<${IconButton} icon="more" class="pick" label=${t("with", { words: inShort(bubble) })} aria-expanded=${picked} onClick=${() => onPick(bubble.number)} />`}
    </div>
    ${bubble.reaction && !bubble.removed && html`<span class="reaction"><span class="unseen">${t("your_reaction")}</span>${bubble.reaction}</span>`}
    ${bubble.on_its_way && html`<small class="fate">${t("on_its_way")}</small>`}
    ${bubble.trouble && html`<small class="fate bad">${t(mine ? "not_taken" : "not_seen", { why: bubble.trouble })}</small>`}
  </li>`;
}

/** What was sent at once stands together. @param {{lines: unknown[], run: Bubble[]}} props */
export const Album = ({ lines, run }) => html`<li class="said mine"><ol class=${cx({ album: true, tiles: run.every((each) => each.parts[0].type in SEEN) })}
  aria-label=${t("together", { n: run.length })}>${lines}</ol></li>`;

/** What can be answered at once, to the newest message only. @param {{phone: import("./types").Phone, onPress: Press}} props */
export function QuickReplies({ phone, onPress }) {
  const last = phone.bubbles.at(-1);
  const quick = last?.parts.find((part) => part.type === "choices" && part.style === "list");
  if (!last || !quick || last.removed) return null;
  return html`<div class="quick" role="group" aria-label=${t("quick")}>${(quick.options ?? []).map((button) =>
    html`<button type="button" class="chip" onClick=${() => onPress(last.number, button)}>${button.label}</button>`)}</div>`;
}

/** @param {string | undefined} text */
const words = (text) => text && html`<p class="words">${linked(text)}</p>`;

/** @param {Props} props */
const unknown = ({ part }) => html`<p class="quiet">${part.text || `[${part.kind ?? part.type}]`}</p>`;

/** @param {Part} part @param {(key: string) => string} file */
const picture = (part, file) => part.media && html`<a class="picture" href=${file(part.media.key)} target="_blank" rel="noopener"><img src=${file(part.media.key)} alt=${part.caption || t("picture")} /></a>`;

/** @param {Props} props */
function card({ part, file, press }) {
  return html`<div class="card">${picture(part, file)}
    ${part.title && html`<strong>${safe(part.url) ? html`<a href=${safe(part.url)} target="_blank" rel="noopener noreferrer">${part.title}</a>` : part.title}</strong>`}
    ${words(part.text)}${options(part.buttons, press)}</div>`;
}

/** @param {Button[] | undefined} buttons @param {(button: Button) => void} press */
function options(buttons, press) {
  if (!buttons?.length) return null;
  return html`<div class="options">${buttons.map((button) => safe(button.url)
    ? html`<a class="option" href=${safe(button.url)} target="_blank" rel="noopener noreferrer">${button.label}</a>`
    : html`<button type="button" class="option" onClick=${() => press(button)}>${button.label}</button>`)}</div>`;
}
