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
import { useEffect, useRef, useState } from "./vendor/hooks.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./held.js").Held} Held */
/** @typedef {"reply" | "note" | "whisper"} Mode */

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
  const typing = useRef({ toldAt: 0, timer: 0 });
  const modes = modesFor(role, talking);
  const mode = modes.includes(wanted) ? wanted : modes[0];
  const noting = mode !== "reply";
  const [found, setFound] = useFound(desk, held, noting ? "" : text.trim());
  const looking = useRef({ now: false, next: /** @type {string[]} */ ([]) }); // what stood there when Enter was pressed meanwhile
  const enabled = noting || (talking && role === "own");

  useEffect(() => {
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
  const written = () => area.current?.value ?? text; // what stands there, drawn or not
  const send = async () => {
    const { next } = looking.current;
    if (looking.current.now) return void next.push(written());
    const typed = next.shift() ?? written();
    const words = typed.trim();
    if (words && enabled && !(await mustStay(words))) {
      stopTyping();
      if (noting) desk.speak(held, { note: words, whisper: mode === "whisper" });
      else desk.speak(held, { parts: [{ type: "text", text: words }], ...(quoted ? { reply_to: quoted } : {}) });
      leave(typed);
      unquote();
      if (role === "own" && mode === "note") setMode("reply");
      area.current?.focus();
    }
    if (looking.current.next.length) send();
  };
  /** What was written while the words were looked through stays. @param {string} said */
  const leave = (said) => {
    const without = (/** @type {string} */ now) => (now.startsWith(said) ? now.slice(said.length).trimStart() : now);
    const left = without(written());
    looking.current.next = looking.current.next.map(without);
    if (area.current) area.current.value = left;
    write(left);
  };
  const phrases = !noting && enabled && (picking || text.startsWith("/")) ? phrasesFor(desk, held, text) : null;
  /** Words that a list blocks stay where they are: the server would refuse them. @param {string} words */
  const mustStay = async (words) => {
    if (noting || !desk.settings.lists_for.includes(view.channel)) return false;
    looking.current.now = true;
    const now = found.text === words ? found.found : await lookThrough(desk, held, words);
    looking.current.now = false;
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
