// Sensitive words: marked where they stand in what was said, and warned of in what is about to be said.

import { t } from "./lang.js";
import { cx, html, linked } from "./ui.js";
import { useEffect, useState } from "./vendor/hooks.js";
import { Problem } from "./wire.js";

/** @typedef {import("./types").Mark} Mark */
/** @typedef {{list: string, action: Mark["action"], words: string[]}} Found */

/** @typedef {{text: string, found: Found[]}} InWords */

const LOOK_AFTER = 400; // milliseconds after the last letter
const ANSWER_WITHIN = 2000; // milliseconds: nobody waits longer before sending

/** Words with the marked places in them. Places are counted in letters, not in the halves that JavaScript counts. @param {string} text @param {Mark[]} marks */
export function markedWords(text, marks) {
  const here = marks.filter((mark) => mark.action !== "block");
  if (!here.length) return linked(text);
  const letters = Array.from(text);
  const edges = [...new Set([0, letters.length, ...here.flatMap(({ start, end }) => [start, end])])].sort((one, other) => one - other);
  return edges.slice(0, -1).map((start, at) => {
    const words = letters.slice(start, edges[at + 1]).join("");
    const over = here.filter((mark) => mark.start <= start && start < mark.end);
    return over.length ? html`<mark title=${over.map((mark) => mark.list).join(", ")}>${words}</mark>` : linked(words);
  });
}

/** Under a message: which lists found something in it. @param {{marks: Mark[]}} props */
export function MarkNote({ marks }) {
  const found = [...new Map(marks.map((mark) => [mark.list, mark])).values()];
  return html`<span class="mark-note">${found.map((mark) => html`<span class=${mark.action} key=${mark.list}>${t(/** @type {import("./lang.js").Key} */ (`mark_${mark.action}`), { list: mark.list })}</span>`)}</span>`;
}

/** What the lists find in words that are not said yet. A server that does not answer finds nothing: it looks again when they are sent.
 * @param {import("./desk.js").Desk} desk @param {import("./held.js").Held} held @param {string} text @returns {Promise<Found[]>} */
export async function lookThrough(desk, held, text) {
  if (!text || !desk.connected || !desk.settings.lists_for.includes(held.view.channel)) return [];
  try {
    const asked = desk.wire.post(`/desk/contacts/${held.view.id}/words`, { text });
    const { marks = [] } = await Promise.race([asked, new Promise((late) => setTimeout(late, ANSWER_WITHIN, {}))]);
    return grouped(marks, text);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return [];
  }
}

/** What is found in a draft, a moment after it has changed, and in which words it was found. @param {Parameters<typeof lookThrough>[0]} desk
 * @param {Parameters<typeof lookThrough>[1]} held @param {string} text */
export function useFound(desk, held, text) {
  const [found, setFound] = useState(/** @type {InWords} */ ({ text: "", found: [] }));
  useEffect(() => {
    let stale = false;
    if (!text) setFound({ text, found: [] });
    const timer = setTimeout(async () => {
      const now = await lookThrough(desk, held, text);
      if (!stale) setFound({ text, found: now });
    }, LOOK_AFTER);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [text]);
  return /** @type {[InWords, (found: InWords) => void]} */ ([found, setFound]);
}

/** @param {{found: Found[]}} props */
export function Warnings({ found }) {
  return html`<div class="warnings" role="status">${found.map(({ list, action, words }) => html`<p key=${`${list} ${action}`} class=${cx({ warning: true, [action]: true })}>
    ${t(/** @type {import("./lang.js").Key} */ (`words_${action}`), { list })} <b>${words.join(", ")}</b></p>`)}</div>`;
}

/** @param {Mark[]} marks @param {string} text @returns {Found[]} */
function grouped(marks, text) {
  const letters = Array.from(text);
  /** @type {Map<string, Found>} */
  const found = new Map();
  for (const { list, action, start, end } of marks) {
    const one = found.get(list) ?? { list, action, words: [] };
    const words = letters.slice(start, end).join("");
    if (!one.words.includes(words)) one.words.push(words);
    found.set(list, one);
  }
  return [...found.values()];
}
