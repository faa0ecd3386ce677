// Drawing what a message says: a node for each of its parts. What this page does not know is shown as the words it comes with.

import { h, words } from "./dom.js";

const DRAW = {
  text: (part) => h("p", {}, words(part.text)),
  image: withCaption,
  video: withCaption,
  audio: withCaption,
  file: withCaption,
  sticker: (part, show) => (part.media ? show(part) : h("p", { class: "sticker" }, part.text || "[sticker]")),
  location: place,
  contact_card: (part) =>
    h("div", { class: "card" }, h("strong", {}, part.name), [...(part.phones ?? []), ...(part.emails ?? [])].map((line) => h("p", {}, line))),
  card,
  carousel: (part, show, tap) => h("div", { class: "carousel" }, part.cards.map((one) => card(one, show, tap))),
  choices: (part, show, tap) => h("div", {}, h("p", {}, words(part.text)), buttons(part.options, tap)),
  template: (part) => h("p", {}, words(part.text || part.name)),
};

/** `show(part)` gives the place for a file; `tap(button)` is called for a pressed button, where buttons can be pressed. */
export function drawn(parts, show, tap) {
  return (parts ?? []).map((part) => (DRAW[part.type] ?? unknown)(part, show, tap));
}

/** How a message reads in one line. */
export function inOneLine(parts) {
  return (parts ?? [])
    .map((part) => part.text || part.caption || part.name || part.title || { image: "Picture", audio: "Sound", video: "Film" }[part.type] || part.type)
    .join(" · ")
    .replace(/\s+/g, " ");
}

const unknown = (part) => h("p", { class: "quiet" }, part.text || `[${part.type}]`);

function withCaption(part, show) {
  const shown = show(part);
  return part.caption ? h("div", {}, shown, h("p", {}, words(part.caption))) : shown;
}

function place(part) {
  const at = `${part.latitude.toFixed(5)}, ${part.longitude.toFixed(5)}`;
  const href = `https://www.openstreetmap.org/?mlat=${part.latitude}&mlon=${part.longitude}#map=16/${part.latitude}/${part.longitude}`;
  return h(
    "div",
    { class: "card" },
    part.title && h("strong", {}, part.title),
    part.address && h("p", {}, part.address),
    h("a", { href, target: "_blank", rel: "noopener noreferrer" }, at),
  );
}

function card(part, show, tap) {
  return h(
    "div",
    { class: "card" },
    part.media && show({ type: "image", media: part.media }),
    h("strong", {}, part.title),
    part.text && h("p", {}, words(part.text)),
    buttons(part.buttons ?? [], tap),
  );
}

function buttons(options, tap) {
  return h(
    "div",
    { class: "options" },
    options.map((option) =>
      option.url
        ? h("a", { class: "option", href: safe(option.url), target: "_blank", rel: "noopener noreferrer" }, option.label)
        : h("button", { class: "option", type: "button", disabled: !tap, onclick: () => tap(option) }, option.label)
    ),
  );
}

/** Only addresses that open a page, a call or a mail: `javascript:` is not one. */
const safe = (url) => (/^(https?|tel|mailto):/i.test(url) ? url : "about:blank");
