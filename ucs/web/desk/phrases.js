// Prepared texts: found by id, name or words as one writes after `/`, and put where one writes, to be changed before they are sent.

import { t } from "./lang.js";
import { html } from "./ui.js";
import { useEffect, useLayoutEffect, useState } from "./vendor/hooks.js";

/** @typedef {import("./types").Phrase} Phrase */

const MOST = 30;

/** @param {import("./desk.js").Desk} desk @param {import("./held.js").Held} held @param {string} text */
export function phrasesFor(desk, held, text) {
  const here = desk.settings.phrases.filter(({ queues }) => !queues.length || queues.includes(held.view.queue));
  const wanted = text.startsWith("/") ? text.slice(1).trim().toLocaleLowerCase() : "";
  const rank = (/** @type {Phrase} */ { id, name, text: words }) => {
    if (id.startsWith(wanted)) return 0;
    if (name.toLocaleLowerCase().includes(wanted)) return 1;
    return words.toLocaleLowerCase().includes(wanted) ? 2 : 3;
  };
  const found = here.filter((one) => rank(one) < 3).sort((one, other) => rank(one) - rank(other));
  return { found: found.slice(0, MOST), none: here.length ? t("phrases_none") : t("phrases_empty") };
}

/** `{name}` and `{agent}` are replaced by what they are, letter by letter; nothing else in a phrase means anything.
 * @param {Phrase} phrase @param {import("./desk.js").Desk} desk @param {import("./held.js").Held} held */
export function spoken(phrase, desk, held) {
  const values = { name: held.view.name, agent: desk.me.name };
  return phrase.text.replace(/\{(name|agent)\}/g, (_, word) => values[/** @type {keyof typeof values} */ (word)]);
}

/** @param {{found: {found: Phrase[], none: string}, area: {current: HTMLTextAreaElement | null}, say: (phrase: Phrase) => void, close: () => void}} props */
export function Phrases({ found: { found, none }, area, say, close }) {
  const [at, setAt] = useState(0);
  const now = Math.min(at, Math.max(0, found.length - 1));
  useLayoutEffect(() => { // Enter right after the last letter picks, too
    const field = area.current;
    if (!field) return;
    const key = (/** @type {KeyboardEvent} */ event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by && found.length) {
        event.preventDefault();
        setAt((now + by + found.length) % found.length);
      } else if ((event.key === "Enter" || event.key === "Tab") && found.length && !event.isComposing) {
        event.preventDefault();
        say(found[now]);
      }
    };
    field.addEventListener("keydown", key);
    field.setAttribute("aria-controls", "phrases");
    field.setAttribute("aria-activedescendant", found.length ? `phrase-${found[now].id}` : "");
    return () => {
      field.removeEventListener("keydown", key);
      field.removeAttribute("aria-controls");
      field.removeAttribute("aria-activedescendant");
    };
  });
  useEffect(() => document.getElementById(`phrase-${found[now]?.id}`)?.scrollIntoView({ block: "nearest" }), [now, found.length]);
  return html`<div class="phrases" role="listbox" tabindex="0" id="phrases" aria-label=${t("phrases")}>
    ${found.length ? found.map((phrase, place) => html`<div role="option" id=${`phrase-${phrase.id}`} key=${phrase.id} aria-selected=${place === now}
        class="phrase" onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => say(phrase)}>
        <kbd>/${phrase.id}</kbd><span><strong>${phrase.name || phrase.id}</strong><small>${phrase.text}</small></span></div>`)
      : html`<div role="option" aria-selected="false" class="phrase none" onClick=${close}>${none}</div>`}
  </div>`;
}
