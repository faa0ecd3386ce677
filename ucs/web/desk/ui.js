// Markup, signs and small things that every part of the desk uses. What people wrote becomes text nodes: nothing here sets markup.

import { h } from "./vendor/preact.js";
import htm from "./vendor/htm.js";
import { ICONS } from "./icons.js";

/** @typedef {import("./vendor/preact.js").Child} Child */

export const html = htm.bind(h);

/** A drawn sign in the colour of the words around it. @param {{name: keyof typeof ICONS, size?: number}} props */
export function Icon({ name, size = 20 }) {
  return html`<svg class="icon" viewBox="0 0 24 24" width=${size} height=${size} aria-hidden="true"><path d=${ICONS[name]} /></svg>`;
}

/** A button that is a sign. @param {Record<string, unknown> & {icon: keyof typeof ICONS, label: string, class?: string}} props */
export function IconButton({ icon, label, class: more = "", ...rest }) {
  return html`<button type="button" class=${`icon-button ${more}`} aria-label=${label} title=${label} ...${rest}><${Icon} name=${icon} /></button>`;
}

/** Class names, those that hold. @param {Record<string, unknown>} names */
export const cx = (names) => Object.keys(names).filter((name) => names[name]).join(" ");

const ADDRESS = /((?:https?:\/\/|www\.)[^\s<>"'，。；：！？、）】》”’]+[^\s<>"'，。；：！？、）】》”’.,;:!?)\]])/u;

/** Words with their web addresses made into links. @param {string} text @returns {Child[]} */
export function linked(text) {
  return text.split(ADDRESS).map((piece, at) => {
    if (at % 2 === 0) return piece;
    const href = piece.startsWith("www.") ? `https://${piece}` : piece;
    return html`<a href=${safe(href)} target="_blank" rel="noopener noreferrer nofollow">${piece}</a>`;
  });
}

/** Only addresses that open a page, a call or a mail: `javascript:` is not one. @param {string | undefined} url */
export const safe = (url) => (url && /^(https?:\/\/|tel:|mailto:)/i.test(url) ? url : undefined);

/** Somebody's first letter, for the circle beside the name. @param {string} name */
export function initial(name) {
  const letters = Array.from(name.trim().normalize("NFC"));
  return (letters.find((letter) => /[\p{L}\p{N}]/u.test(letter)) ?? "?").toUpperCase();
}

/** A colour of the circle that stays the same for the same id. @param {string} id */
export function hue(id) {
  let sum = 7;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 6;
  return sum;
}

/** @param {{name: string, id: string, size?: "small" | ""}} props */
export const Circle = ({ name, id, size = "" }) =>
  html`<span class=${`circle hue-${hue(id)} ${size}`} aria-hidden="true">${initial(name)}</span>`;
