// Where one writes: Enter sends, Shift+Enter begins a line. What is written and not sent is kept. Files are picked, pasted or dropped; a
// voice note is recorded; a place on the map is where the customer is.

import { fill, h, icon, menu, press, sign } from "./dom.js";
import { keep, kept } from "./store.js";
import { startRecording } from "./voice.js";

const STILL_TYPING = 3000; // milliseconds between two words that somebody writes

export class Composer {
  /**
   * @param {{key: string, tell: import("./types").Tell, say: (part: import("./types").Part) => void, sayFile: (file: File) => void,
   *   typing: (on: boolean) => void, complain: (text: string) => void}} how
   */
  constructor(how) {
    const { tell } = (this.how = how);
    this.draft = `${how.key}draft`;
    this.toldAt = 0;
    this.canRecord = "MediaRecorder" in window && navigator.mediaDevices;
    this.text = h("textarea", {
      rows: 1, placeholder: tell("write"), "aria-label": tell("write"), maxlength: 20000, enterkeyhint: "send", dir: "auto",
      oninput: () => this.wrote(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
    });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, onchange: () => (this.files(this.picker.files), (this.picker.value = "")) });
    this.mic = sign("mic", tell("audio"), () => this.record());
    this.send = sign("send", tell("send"), null);
    this.more = menu(
      sign("plus", tell("attach"), null, "summary"),
      press("", () => this.picker.click(), icon("file"), tell("files")),
      press("", () => this.locate(), icon("place"), tell("location")),
    );
    this.row = h("div", { class: "row" });
    this.node = h("form", { class: "composer", onsubmit: (/** @type {Event} */ event) => this.submit(event) }, this.picker, this.row);
    this.read();
    this.write();
  }

  /** What was begun by whoever is here. */
  read() {
    this.text.value = kept(this.draft) ?? "";
  }

  write() {
    fill(this.row, this.more, this.text, this.mic, this.send);
    this.arrange();
  }

  /** A microphone while there is nothing to send, and else what sends it. */
  arrange() {
    const empty = !this.text.value.trim();
    this.mic.hidden = !empty || !this.canRecord;
    this.send.hidden = empty && this.canRecord;
    this.text.style.height = "";
    this.text.style.height = `${this.text.scrollHeight}px`;
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
    if (Date.now() - this.toldAt < STILL_TYPING) return;
    this.toldAt = Date.now();
    this.how.typing(true);
  }

  stopTyping() {
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
    this.how.say({ type: "text", text });
    this.text.focus();
  }

  /** @param {Iterable<File>} list */
  files(list) {
    if (!this.node.hidden) for (const file of [...list].slice(0, 10)) this.how.sayFile(file);
  }

  locate() {
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude } }) => this.how.say({ type: "location", latitude, longitude }),
      () => this.how.complain(this.how.tell("no_place")),
      { timeout: 15_000, maximumAge: 60_000 },
    );
  }

  /** While somebody speaks the row is about that alone. */
  async record() {
    const { tell, complain, sayFile } = this.how;
    const recording = await startRecording().catch(() => complain(tell("no_mic")));
    if (!recording) return;
    const clock = h("span", { class: "clock", role: "timer" });
    const ticking = setInterval(() => (clock.textContent = recording.clock()), 500);
    const done = async (/** @type {boolean} */ keeps) => {
      clearInterval(ticking);
      const file = await recording.stop();
      this.write();
      this.text.focus();
      if (keeps && file.size) sayFile(file);
    };
    const stop = sign("send", tell("send"), () => done(true));
    fill(this.row, sign("close", tell("discard"), () => done(false)), h("span", { class: "recording" }, h("i"), tell("recording")), clock, stop);
    stop.focus();
  }
}
