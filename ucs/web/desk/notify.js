// Being noticed: a tone while an offer stands, a soft one for a word in a contact that is not looked at, the browser's own
// notifications while the desk is not in front, and the number in the tab's title. Tones are made here, from no file.

import { read, write } from "./kept.js";
import { t } from "./lang.js";
import { said } from "./lines.js";
import { inOneLine } from "./words.js";

const RING_EVERY = 3000; // milliseconds
const KEPT = "ucs:desk:quiet";

/** @typedef {import("./held.js").Held} Held */
/** @typedef {import("./types").Entry} Entry */

export class Notify {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.title = document.title;
    this.quiet = Boolean(read("localStorage", KEPT));
    /** @type {number | undefined} */
    this.ringing = undefined;
    /** @type {AudioContext | null} */
    this.audio = null;
  }

  get offers() {
    return [...this.desk.contacts.values()].filter(({ view }) => view.state === "offered");
  }

  /** Sound on or off; on also asks for the browser's notifications, because this is a click. */
  toggle() {
    this.quiet = !this.quiet;
    write("localStorage", KEPT, this.quiet || null);
    if (!this.quiet) this.permit();
    this.ring();
    this.desk.changed();
  }

  permit() {
    if (!this.quiet && "Notification" in window && Notification.permission === "default") Notification.requestPermission();
  }

  /** @param {Held} held */
  offered(held) {
    this.show(t("notify_offer", { name: held.name }), this.desk.names.queue(held.view.queue), held);
  }

  /** Somebody said something. @param {Held} held @param {Entry} entry */
  heard(held, entry) {
    const whispered = entry.kind === "note" && entry.body.to === this.desk.me.agent;
    if (!whispered && !(said(entry) && entry.by === "customer")) return;
    if (held.view.state !== "talking") return;
    const looked = this.desk.shown === held && document.hasFocus() && !document.hidden;
    if (looked && !whispered) return;
    this.tone([660], 0.05);
    const words = entry.body.label ?? entry.body.text ?? inOneLine(entry.body.parts);
    this.show(whispered ? t("notify_whisper", { name: this.desk.names.author(entry.by, held) }) : held.name, words, held);
  }

  /** @param {string} title @param {string} body @param {Held} held */
  show(title, body, held) {
    if (this.quiet || !document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
    const shown = new Notification(title, { body: body.slice(0, 120), tag: held.view.id, icon: "/web/icon.svg" });
    shown.onclick = () => {
      window.focus();
      this.desk.choose(held.view.id);
      shown.close();
    };
  }

  /** Ring while an offer stands. */
  ring() {
    const wanted = this.offers.length > 0 && !this.quiet;
    if (wanted && this.ringing === undefined) {
      this.tone([523, 659], 0.12);
      this.ringing = setInterval(() => this.tone([523, 659], 0.12), RING_EVERY);
    } else if (!wanted) {
      clearInterval(this.ringing);
      this.ringing = undefined;
    }
  }

  /** @param {number[]} pitches in hertz, one after the other @param {number} loud */
  tone(pitches, loud) {
    if (this.quiet || !navigator.userActivation?.hasBeenActive) return; // a browser lets nobody be loud before the first click
    this.audio ??= new AudioContext();
    const { audio } = this;
    if (audio.state === "suspended") audio.resume();
    pitches.forEach((pitch, at) => {
      const begin = audio.currentTime + at * 0.18;
      const source = new OscillatorNode(audio, { frequency: pitch, type: "sine" });
      const gain = new GainNode(audio, { gain: 0 });
      gain.gain.setValueAtTime(0, begin);
      gain.gain.linearRampToValueAtTime(loud, begin + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, begin + 0.4);
      source.connect(gain).connect(audio.destination);
      source.start(begin);
      source.stop(begin + 0.42);
    });
  }

  /** The number of what waits, in front of the tab's title. */
  badge() {
    const held = [...this.desk.contacts.values()];
    const unread = held.reduce((sum, one) => sum + (one.view.state === "offered" ? 1 : this.desk.unread(one) ? 1 : 0), 0);
    const title = unread ? `(${unread}) ${this.title}` : this.title;
    if (document.title !== title) document.title = title;
  }

  stop() {
    clearInterval(this.ringing);
    document.title = this.title;
    this.audio?.close();
  }
}
