// The notes of a contact, newest first, and a place for one more: also when the contact is over.

import { t } from "./lang.js";
import { moment } from "./time.js";
import { html, linked } from "./ui.js";
import { useState } from "./vendor/hooks.js";

/** @param {{desk: import("./desk.js").Desk, held: import("./held.js").Held}} props */
export function Notes({ desk, held }) {
  const [text, setText] = useState("");
  const add = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!text.trim()) return;
    desk.speak(held, { note: text.trim() });
    setText("");
  };
  const notes = [...held.lines.notes].reverse();
  return html`<form class="add-note" onSubmit=${add}>
      <textarea rows="2" maxlength="20000" value=${text} aria-label=${t("write_note")} placeholder=${t("write_note")}
        onInput=${(/** @type {any} */ event) => setText(event.target.value)}></textarea>
      <button type="submit" class="button" disabled=${!text.trim()}>${t("add_note")}</button>
    </form>
    ${notes.length ? html`<ul class="notes">${notes.map((note) => html`<li key=${note.seq}>
        <p class="quiet"><b>${desk.names.author(note.by, held)}</b> · ${moment(note.at)}${note.body.to && ` · ${desk.names.whisper(note.body.to)}`}</p>
        <p class="words">${linked(note.body.text ?? "")}</p></li>`)}</ul>`
      : html`<div class="empty small"><h2>${t("notes_none")}</h2><p>${t("notes_hint")}</p></div>`}`;
}
