// Making elements. Words become text nodes and nothing else: no markup is ever written from what somebody said.

/** @typedef {any} Children a node, words, nothing, or a list of these */

/** @param {Children[]} children @returns {(Node | string)[]} */
const nodes = (children) =>
  children.flat(Infinity).filter((child) => (child ?? false) !== false);

/**
 * `h("p", {class: "quiet", onclick: f}, "words", node)`. False, null and undefined are left out.
 * @param {string} tag @param {Record<string, any>} [attributes] @param {...Children} children
 * @returns {any}
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if ((value ?? false) === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...nodes(children));
  return node;
}

/** Put these children in place of what is there. @param {Element} node @param {...Children} children */
export const fill = (node, ...children) => node.replaceChildren(...nodes(children));

const LINK = /((?:https?:\/\/|mailto:)[^\s<>"'，。；、）】]*[^\s<>"'，。；、）】.,:;!?)\]])/u;

/** Words with the addresses in them made into links. @param {string} text @returns {Children[]} */
export const words = (text) =>
  text.split(LINK).map((piece, at) => (at % 2 ? link(piece, piece.replace(/^mailto:/, "")) : piece));

/** A link that opens a page, a call or a mail, and nothing else: `javascript:` is only words. @param {string} url @param {...Children} shown */
export const link = (url, ...shown) =>
  /^(https?|tel|mailto):/i.test(url)
    ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, ...shown)
    : h("span", {}, ...shown);

/** @type {Record<string, string>} */
const ICONS = {
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  plus: "M12 5v14M5 12h14",
  mic: "M9 6a3 3 0 0 1 6 0v5a3 3 0 0 1-6 0zM5.5 11a6.5 6.5 0 0 0 13 0M12 18v3",
  file: "M13 3H6.5v18h11V7.5zM13 3v5h4.5",
  place: "M12 21s7-6 7-11a7 7 0 0 0-14 0c0 5 7 11 7 11zM12 10h.01",
  close: "M6 6l12 12M18 6 6 18",
  down: "M6 9.5l6 6 6-6",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
};

/** A drawn sign in the colour of the words around it. @param {string} name */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = svg.appendChild(document.createElementNS(space, "path"));
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["class", "icon"], ["aria-hidden", "true"]]) svg.setAttribute(key, value);
  path.setAttribute("d", ICONS[name]);
  return svg;
}

/** A button. @param {string} kind @param {(event: Event) => void} onclick @param {...Children} shown */
export const press = (kind, onclick, ...shown) => h("button", { type: "button", class: kind, onclick }, ...shown);

/** One that is only a sign. @param {string} name @param {string} label @param {((event: Event) => void) | null} onclick @param {string} [tag] */
export const sign = (name, label, onclick, tag = "button") =>
  h(tag, { type: onclick ? "button" : "submit", class: `sign ${name}`, "aria-label": label, title: label, onclick }, icon(name));

/** What opens when it is wanted. @param {HTMLElement} opener @param {...Children} choices */
export const menu = (opener, ...choices) =>
  h("details", { onclick: (/** @type {any} */ event) => event.target.closest("button") && event.currentTarget.removeAttribute("open") }, opener, h("div", { class: "menu" }, ...choices));

/** A UUIDv7: ids that were drawn later sort later. */
export function newId() {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => (byte + 256).toString(16).slice(1)).join("");
  const text = `0${Date.now().toString(16)}7${random.slice(0, 3)}8${random.slice(3)}`; // the time has eleven digits until 2527
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
