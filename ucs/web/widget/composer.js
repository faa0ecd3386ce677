// Where one writes: Enter sends, Shift+Enter begins a line. What is written and not sent is kept. Files are picked, pasted or dropped; a
// voice note is recorded; a place on the map is where the customer is.

import { fill, h, icon, sign } from "./dom.js";
import { keep, kept } from "./store.js";

const STILL_TYPING = 3000; // milliseconds between two words that somebody writes

export class Composer {
  /**
   * @param {{key: string, tell: import("./types").Tell, say: (parts: import("./types").Part[]) => void, sayFile: (file: File) => void,
   *   typing: (on: boolean) => void, complain: (text: string) => void}} how
   */
  constructor(how) {
    const { tell } = (this.how = how);
    this.draft = `${how.key}:draft`;
    this.toldAt = 0;
    this.text = h("textarea", { rows: 1, placeholder: tell("write"), "aria-label": tell("write"), maxlength: 20000, enterkeyhint: "send", dir: "auto",
      oninput: () => this.wrote(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event) });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, tabindex: -1, onchange: () => this.picked() });
    this.more = sign("plus", tell("attach"), () => this.menu(this.choices.hidden), { "aria-expanded": "false" });
    this.mic = sign("mic", tell("voice"), () => this.record());
    this.send = h("button", { type: "submit", class: "sign send", "aria-label": tell("send"), title: tell("send") }, icon("send"));
    this.choices = h(
      "div",
      { class: "menu up", hidden: true },
      h("button", { type: "button", onclick: () => this.choose(() => this.picker.click()) }, icon("file"), tell("files")),
      "geolocation" in navigator && h("button", { type: "button", onclick: () => this.choose(() => this.locate()) }, icon("place"), tell("location")),
    );
    this.row = h("div", { class: "row" }, this.more, this.text, this.mic, this.send);
    this.node = h("form", { class: "composer", onsubmit: (/** @type {Event} */ event) => this.submit(event) }, this.choices, this.picker, this.row);
    this.text.value = kept(this.draft) ?? "";
    this.canRecord = "MediaRecorder" in window && Boolean(navigator.mediaDevices);
    this.arrange();
  }

  /** A microphone while there is nothing to send, and else what sends it. */
  arrange() {
    const empty = !this.text.value.trim();
    this.mic.hidden = !empty || !this.canRecord;
    this.send.hidden = empty && this.canRecord;
    this.text.style.height = "auto";
    if (this.text.scrollHeight) this.text.style.height = `${Math.min(this.text.scrollHeight, 132)}px`;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return; // 229: an input method is open
    event.preventDefault();
    this.node.requestSubmit();
  }

  wrote() {
    this.arrange();
    keep(this.draft, this.text.value || undefined);
    clearTimeout(this.stopping);
    if (!this.text.value.trim()) return this.stopTyping();
    this.stopping = setTimeout(() => this.stopTyping(), STILL_TYPING * 1.5);
    if (Date.now() - this.toldAt > STILL_TYPING) {
      this.toldAt = Date.now();
      this.how.typing(true);
    }
  }

  stopTyping() {
    clearTimeout(this.stopping);
    if (this.toldAt) this.how.typing(false);
    this.toldAt = 0;
  }

  /** @param {Event} event */
  submit(event) {
    event.preventDefault();
    const text = this.text.value.trim();
    if (!text) return;
    this.text.value = "";
    this.wrote();
    this.how.say([{ type: "text", text }]);
    this.text.focus();
  }

  /** @param {boolean} open */
  menu(open) {
    this.choices.hidden = !open;
    this.more.setAttribute("aria-expanded", String(open));
    if (open) this.choices.firstElementChild.focus();
  }

  /** @param {() => void} act */
  choose(act) {
    this.menu(false);
    this.more.focus();
    act();
  }

  picked() {
    this.files(this.picker.files);
    this.picker.value = "";
  }

  /** @param {FileList | File[]} list */
  files(list) {
    for (const file of Array.from(list).slice(0, 10)) this.how.sayFile(file);
  }

  locate() {
    const { say, complain, tell } = this.how;
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude } }) => say([{ type: "location", latitude, longitude }]),
      () => complain(tell("no_place")),
      { timeout: 15_000, maximumAge: 60_000 },
    );
  }

  /** While somebody speaks the row is about that alone. */
  async record() {
    const { tell, complain, sayFile } = this.how;
    const { Recording } = await import("./voice.js");
    const recording = new Recording();
    try {
      await recording.start();
    } catch {
      return complain(tell("no_mic"));
    }
    const clock = h("span", { class: "clock", role: "timer" }, "0:00");
    const ticking = setInterval(() => (clock.textContent = recording.clock()), 500);
    const done = async (/** @type {boolean} */ keep) => {
      clearInterval(ticking);
      const file = await recording.stop();
      fill(this.row, this.more, this.text, this.mic, this.send);
      this.text.focus();
      if (keep && file.size) sayFile(file);
    };
    const stop = h("button", { type: "button", class: "sign send", "aria-label": tell("send"), onclick: () => done(true) }, icon("send"));
    fill(this.row, sign("bin", tell("discard"), () => done(false)), h("span", { class: "recording" }, h("i"), tell("recording")), clock, stop);
    stop.focus();
  }
}
