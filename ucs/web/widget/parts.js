// Drawing what a message says: a node for each of its parts. What this page does not know is shown as the words it comes with.

import { h, icon, link, press, words } from "./dom.js";

/** @typedef {import("./types").Part} Part */
/** @typedef {(part: Part) => HTMLElement} Show */
/** @typedef {((button: import("./types").Button) => void) | null} Tap */

const ONLY_EMOJI = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F\u200D]{1,9}$/u;

/** @type {Record<string, (part: Part, show: Show, tap: Tap) => any>} */
const DRAW = {
  text: ({ text = "" }) => h("p", ONLY_EMOJI.test(text) ? { class: "emoji" } : {}, words(text)),
  image: captioned,
  video: captioned,
  audio: captioned,
  file: captioned,
  sticker: (part, show) => (part.media ? show(part) : unknown(part)),
  location: place,
  contact_card: (part) => h("div", { class: "card" }, h("strong", {}, part.name), [...(part.phones ?? []), ...(part.emails ?? [])].map((line) => h("p", {}, line))),
  card,
  carousel: (part, show, tap) => h("div", { class: "carousel", tabindex: 0, role: "group" }, part.cards?.map((one) => card(one, show, tap))),
  choices: (part, show, tap) => [h("p", {}, words(part.text ?? "")), buttons(part.options, tap)],
};

/** `show` gives the place for a file; `tap` is called for a pressed button, and null where it is too late for that. @param {Part[] | undefined} parts @param {Show} show @param {Tap} tap */
export const drawn = (parts, show, tap) => (parts ?? []).map((part) => (DRAW[part.type] ?? unknown)(part, show, tap));

/** @param {Part} part */
const placed = ({ latitude, longitude }) => (longitude === undefined ? "" : `${latitude?.toFixed(5)}, ${longitude.toFixed(5)}`);

/** @param {Part} part */
const unknown = (part) => h("p", {}, part.text || `[${part.type}]`);

/** @param {Part} part @param {Show} show */
function captioned(part, show) {
  return [show(part), part.caption && h("p", {}, words(part.caption))];
}

/** @param {Part} part */
function place(part) {
  const at = `${part.latitude}/${part.longitude}`;
  const map = `https://www.openstreetmap.org/?mlat=${part.latitude}&mlon=${part.longitude}#map=16/${at}`;
  return h("div", { class: "place" }, link(map, icon("place"), h("span", {}, part.title || part.address || placed(part))));
}

/** @param {Part} part @param {Show} show @param {Tap} tap */
function card(part, show, tap) {
  const title = part.url ? link(part.url, part.title) : part.title;
  return h(
    "div",
    { class: "card" },
    part.media && show({ type: "image", media: part.media }),
    h("strong", {}, title),
    part.text && h("p", {}, words(part.text)),
    buttons(part.buttons, tap),
  );
}

/** @param {import("./types").Button[] | undefined} options @param {Tap} tap */
function buttons(options, tap) {
  const shown = (options ?? []).map((option) => {
    const url = option.url || (option.phone && `tel:${option.phone}`);
    if (url) return link(url, option.label);
    return press("", () => tap?.(option), option.label);
  });
  return shown.length ? h("div", { class: "options" }, shown) : null;
}
