// Where one writes: Enter sends, Shift+Enter begins a line; files are picked, pasted or dropped anywhere on `box`.

import { h, icon } from "./dom.js";
import { objection, partOf, upload } from "./media.js";
import { Problem } from "./wire.js";

const STILL_TYPING = 3000; // milliseconds between two words that somebody writes

export class Composer {
  /**
   * `say(text)` is called with what was written; `sayFile()` gives what is to be called with a part when its file has arrived; files go to `address()` with `token()`, if `rules()` do not
   * refuse them; `typing(on)` is told while somebody writes.
   */
  constructor(box, { placeholder, label, say, sayFile, address, token, rules, typing }) {
    Object.assign(this, { say, sayFile, address, token, rules, typing });
    this.text = h("textarea", { rows: 1, placeholder, "aria-label": label, maxlength: "20000", enterkeyhint: "send",
      oninput: () => this.wrote(), onkeydown: (event) => this.key(event), onpaste: (event) => this.pasted(event) });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, onchange: () => this.picked() });
    this.clip = h("button", { type: "button", class: "icon-button", "aria-label": "Attach files", title: "Attach files", onclick: () => this.picker.click() }, icon("clip"));
    this.send = h("button", { type: "submit", class: "icon-button send", "aria-label": "Send", title: "Send (Enter)" }, icon("send"));
    this.uploads = h("div", { class: "uploads", "aria-live": "polite" });
    this.extra = h("div", { class: "composer-extra" });
    this.node = h("form", { class: "composer", onsubmit: (event) => this.submit(event) },
      this.uploads, this.extra, h("div", { class: "composer-row" }, this.clip, this.picker, this.text, this.send));
    this.acceptDrops(box);
  }

  enable(on) {
    for (const part of [this.text, this.clip, this.send]) part.disabled = !on;
    this.enabled = on;
  }

  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return; // 229: an input method is open
    event.preventDefault();
    this.node.requestSubmit();
  }

  wrote() {
    this.grow();
    const now = Date.now();
    clearTimeout(this.stopping);
    if (!this.text.value.trim()) return this.stopTyping();
    this.stopping = setTimeout(() => this.stopTyping(), STILL_TYPING * 1.5);
    if (now - (this.toldAt ?? 0) > STILL_TYPING) {
      this.toldAt = now;
      this.typing(true);
    }
  }

  stopTyping() {
    clearTimeout(this.stopping);
    if (this.toldAt) this.typing(false);
    this.toldAt = 0;
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 160)}px`;
  }

  submit(event) {
    event.preventDefault();
    const text = this.text.value.trim();
    if (!text || !this.enabled) return;
    this.text.value = "";
    this.grow();
    this.stopTyping();
    this.say(text);
    this.text.focus();
  }

  picked() {
    this.files(this.picker.files);
    this.picker.value = "";
  }

  pasted(event) {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    this.files(event.clipboardData.files);
  }

  acceptDrops(box) {
    let inside = 0;
    const show = (by) => box.classList.toggle("dropping", (inside = Math.max(0, inside + by)) > 0 && Boolean(this.enabled));
    box.addEventListener("dragenter", () => show(1));
    box.addEventListener("dragleave", () => show(-1));
    box.addEventListener("dragover", (event) => event.preventDefault());
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      show(-Infinity);
      if (this.enabled) this.files(event.dataTransfer.files);
    });
  }

  files(list) {
    for (const file of Array.from(list).slice(0, 10)) this.bring(file, this.sayFile());
  }

  async bring(file, sayFile) {
    const bar = h("progress", { max: 1, value: 0, "aria-label": `Sending ${file.name}` });
    const note = h("span", { class: "quiet" });
    const away = h("button", { type: "button", class: "plain", onclick: () => row.remove(), hidden: true }, "Dismiss");
    const row = h("div", { class: "upload" }, h("span", { class: "name" }, file.name), bar, note, away);
    this.uploads.append(row);
    try {
      const refusal = objection(file, this.rules());
      if (refusal) throw new Problem(422, refusal);
      const item = await upload(this.address(), file, await this.token(), (part) => (bar.value = part));
      row.remove();
      sayFile(partOf(item));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      bar.remove();
      note.className = "bad";
      note.textContent = problem.message;
      away.hidden = false;
    }
  }
}
