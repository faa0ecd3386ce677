// Where one writes: a reply, a note, or a whisper. Enter sends, Shift+Enter begins a line; `/` in an empty line finds phrases; files
// are picked, pasted or dropped. What is begun is kept by contact.

import { Advice } from "./advice.js";
import { CopyFields } from "./copies.js";
import { EmojiButton } from "./emoji.js";
import { t } from "./lang.js";
import { Phrases, phrasesFor, spoken } from "./phrases.js";
import { Quote } from "./quote.js";
import { Warnings, lookThrough, useFound } from "./sensitive.js";
import { Icon, IconButton, cx, html } from "./ui.js";
import { Uploads } from "./uploads.js";
import { useEffect, useLayoutEffect, useRef, useState } from "./vendor/hooks.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./held.js").Held} Held */
/** @typedef {"reply" | "note" | "whisper"} Mode */
/** What Enter was pressed on: the words, to whom they went then, and what they answered. @typedef {{typed: string, mode: Mode, quoted?: number}} Entered */

const STILL_TYPING = 3000; // milliseconds between two words that somebody writes
const TALLEST = 200; // pixels
/** @type {Record<Mode, import("./lang.js").Key>} */
const SEND = { reply: "send", note: "add_note", whisper: "whisper" };

/** @param {{desk: Desk, held: Held, quoted?: number, unquote: () => void}} props */
export function Composer({ desk, held, quoted, unquote }) {
  const { view, role } = held;
  const talking = view.state === "talking";
  const begun = desk.drafts.of(view.id);
  const [text, setText] = useState(begun?.text ?? "");
  const [wanted, setMode] = useState(/** @type {Mode} */ (begun?.mode ?? "reply"));
  const [picking, setPicking] = useState(false);
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  held.composer = { area, setText }; // one may look elsewhere and come back to another one while words are looked through
  const typing = useRef({ toldAt: 0, timer: 0 });
  const modes = modesFor(role, talking);
  const mode = modes.includes(wanted) ? wanted : modes[0];
  const noting = mode !== "reply";
  const [found, setFound] = useFound(desk, held, noting ? "" : text.trim());
  const looking = useRef({ now: false, next: /** @type {Entered[]} */ ([]) });
  const drawn = useRef({ mode, quoted }); // as they are now: one may choose again while words are looked through
  drawn.current = { mode, quoted };
  const enabled = noting || (talking && role === "own");

  useLayoutEffect(() => { // what is typed as soon as it stands there is no shortcut
    if (enabled && desk.writing && matchMedia("(pointer: fine)").matches) area.current?.focus();
    return () => stopTyping();
  }, []);
  useEffect(() => grow(area.current), [text]);
  useEffect(() => {
    if (quoted) area.current?.focus();
  }, [quoted]);

  const write = (/** @type {string} */ words, /** @type {Mode} */ as = mode) => {
    setText(words);
    if (role === "own") desk.drafts.keep(view.id, { text: words, mode: as === "note" ? "note" : "reply" });
    if (as === "reply") tellTyping(words);
  };
  const stopTyping = () => {
    clearTimeout(typing.current.timer);
    if (typing.current.toldAt) desk.tellTyping(held, false);
    typing.current.toldAt = 0;
  };
  const tellTyping = (/** @type {string} */ words) => {
    if (!words.trim() || words.startsWith("/")) return stopTyping();
    clearTimeout(typing.current.timer);
    typing.current.timer = setTimeout(stopTyping, STILL_TYPING * 1.5);
    if (Date.now() - typing.current.toldAt < STILL_TYPING) return;
    typing.current.toldAt = Date.now();
    desk.tellTyping(held, true);
  };
  const choose = (/** @type {Mode} */ next) => {
    setMode(next);
    write(text, next);
    area.current?.focus();
  };
  const insert = (/** @type {string} */ words) => {
    const field = area.current;
    const at = field?.selectionStart ?? text.length;
    write(text.slice(0, at) + words + text.slice(field?.selectionEnd ?? at));
    requestAnimationFrame(() => field?.setSelectionRange(at + words.length, at + words.length));
    field?.focus();
  };
  const written = () => held.composer?.area.current?.value ?? desk.drafts.of(view.id)?.text ?? ""; // what stands there, drawn or not
  const send = async () => {
    const doing = looking.current;
    doing.next.push({ typed: written(), mode, quoted });
    if (doing.now) return;
    doing.now = true;
    try {
      for (let one = doing.next.shift(); one; one = doing.next.shift()) await sendOne(one);
    } finally {
      doing.now = false;
    }
  };
  /** @param {Entered} entered */
  const sendOne = async (entered) => {
    const words = entered.typed.trim();
    const reply = entered.mode === "reply";
    if (!words || (reply && !enabled) || (reply && (await mustStay(words)))) return;
    stopTyping();
    if (!reply) desk.speak(held, { note: words, whisper: entered.mode === "whisper" });
    else desk.speak(held, { parts: [{ type: "text", text: words }], ...(entered.quoted ? { reply_to: entered.quoted } : {}) });
    const left = leave(entered);
    if (drawn.current.quoted === entered.quoted) unquote();
    if (role === "own" && entered.mode === "note" && !left) setMode("reply"); // what was begun as a note stays one
    area.current?.focus();
  };
  /** What was written while the words were looked through stays, and answers nothing that is answered. @param {Entered} entered */
  const leave = ({ typed, quoted: answered }) => {
    const without = (/** @type {string} */ now) => (now.startsWith(typed) ? now.slice(typed.length).trimStart() : now);
    const left = without(written());
    looking.current.next = looking.current.next.map((one) => ({ ...one, typed: without(one.typed), quoted: one.quoted === answered ? undefined : one.quoted }));
    if (held.composer?.area.current) held.composer.area.current.value = left;
    held.composer?.setText(left);
    write(left, drawn.current.mode);
    return left;
  };
  const phrases = !noting && enabled && (picking || text.startsWith("/")) ? phrasesFor(desk, held, text) : null;
  /** Words that a list blocks stay where they are: the server would refuse them. @param {string} words */
  const mustStay = async (words) => {
    if (!desk.settings.lists_for.includes(view.channel)) return false;
    const now = found.text === words ? found.found : await lookThrough(desk, held, words);
    const blocked = now.some(({ action }) => action === "block");
    if (blocked) setFound({ text: words, found: now });
    if (blocked) looking.current.next = [];
    return blocked;
  };
  const say = (/** @type {import("./types").Phrase} */ phrase) => {
    setPicking(false);
    write(spoken(phrase, desk, held));
    area.current?.focus();
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || event.keyCode === 229) return; // 229: an input method is open
    if (event.key === "Escape") return phrases ? (setPicking(false), text.startsWith("/") && write("")) : area.current?.blur();
    if (event.key !== "Enter" || event.shiftKey || phrases) return;
    event.preventDefault();
    send();
  };
  const placeholder = !enabled ? t(view.state === "offered" ? "accept_first" : "talk_over") : mode === "whisper"
    ? t("write_whisper", { agent: desk.names.agent(view.agent) })
    : t(noting ? "write_note" : "write_reply", { name: held.name });

  return html`<${Uploads} desk=${desk} held=${held} enabled=${enabled && !noting} draw=${(/** @type {import("./uploads.js").Files} */ files) => html`
    <form class=${cx({ composer: true, noting, whispering: mode === "whisper" })} onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), send())}>
      ${phrases && html`<${Phrases} found=${phrases} area=${area} say=${say} close=${() => setPicking(false)} />`}
      ${files.rows}
      ${!noting && enabled && html`<${Advice} desk=${desk} held=${held} take=${insert} />`}
      ${quoted && html`<div class="quoting"><${Quote} desk=${desk} held=${held} seq=${quoted} />
        <${IconButton} icon="close" label=${t("remove_quote")} onClick=${unquote} /></div>`}
      <div class="modes" role="group">${modes.length > 1 && modes.map((one) => html`<button type="button" class=${cx({ mode: true, [one]: true })}
        aria-pressed=${one === mode} onClick=${() => choose(one)}>${one !== "reply" && html`<${Icon} name="lock" size="12" />`} ${t(one)}</button>`)}</div>
      ${!noting && enabled && html`<${CopyFields} desk=${desk} held=${held} />`}
      <textarea ref=${area} id="composer" rows="1" maxlength="20000" enterkeyhint="send" aria-label=${placeholder} placeholder=${placeholder}
        disabled=${!enabled} value=${text} onInput=${(/** @type {any} */ event) => write(event.target.value)} onKeyDown=${key} onPaste=${files.pasted}></textarea>
      ${!noting && html`<${Warnings} found=${found.found} />`}
      <div class="tools-row">
        ${!noting && html`<${IconButton} icon="clip" label=${t("attach")} disabled=${!enabled} onClick=${files.pick} />`}
        <${EmojiButton} disabled=${!enabled} insert=${insert} />
        ${!noting && html`<${IconButton} icon="phrase" label=${`${t("phrases")} (/)`} disabled=${!enabled} aria-expanded=${Boolean(phrases)}
          onClick=${() => (setPicking(!picking), area.current?.focus())} />`}
        <span class="grow"></span>
        <button type="submit" class="button primary send" disabled=${!enabled || !text.trim()}>${t(SEND[mode])}</button>
      </div>
    </form>`} />`;
}

/** What may be written here. @param {Held["role"]} role @param {boolean} talking @returns {Mode[]} */
function modesFor(role, talking) {
  if (role === "watched") return talking ? ["whisper", "note"] : ["note"];
  return ["reply", "note"];
}

/** @param {HTMLTextAreaElement | null} field */
function grow(field) {
  if (!field) return;
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, TALLEST)}px`;
}
