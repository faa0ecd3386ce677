// The desk's language. A further one is a file in `lang/` with the same keys (the type check finds a missing one) and a line here.

import en from "./lang/en.js";
import zh from "./lang/zh-CN.js";
import { read, write } from "./kept.js";

/** @typedef {keyof typeof en} Key */

/** @type {Record<string, {name: string, words: typeof en}>} */
export const LANGUAGES = { en: { name: "English", words: en }, "zh-CN": { name: "简体中文", words: zh } };
const KEPT = "ucs:desk:language";

let now = chosen();

function chosen() {
  const wanted = [read("localStorage", KEPT), ...navigator.languages];
  const found = wanted.map((one) => Object.keys(LANGUAGES).find((id) => one && id.split("-")[0] === one.split("-")[0]));
  return found.find((id) => id) ?? "en";
}

export const locale = () => now;

/** How dates and times are written: as this browser has them, if it speaks the same language. */
export const region = () => navigator.languages.find((one) => one.split("-")[0] === now.split("-")[0]) ?? now;

/** @param {string} id */
export function speak(id) {
  now = id in LANGUAGES ? id : "en";
  write("localStorage", KEPT, now);
  document.documentElement.lang = now;
}

/** The words for a key, `{blanks}` filled in. @param {Key} key @param {object} [values] */
export function t(key, values = {}) {
  const known = /** @type {Record<string, unknown>} */ (values);
  return LANGUAGES[now].words[key].replace(/\{(\w+)\}/g, (_, name) => String(known[name] ?? ""));
}

/** The words for a key that the server said; what it said if there are none. @param {string} prefix @param {string} word */
export function tOf(prefix, word) {
  const key = `${prefix}_${word}`;
  return Object.hasOwn(en, key) ? t(/** @type {Key} */ (key)) : word;
}

document.documentElement.lang = now;
