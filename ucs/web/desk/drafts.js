// What is begun and not sent, by contact: it is still there after another contact was looked at, and after a reload.

import { read, write } from "./kept.js";

/** @typedef {{text: string, mode: "reply" | "note"}} Draft */

const MOST = 200; // drafts that are kept; the oldest go

export class Drafts {
  /** @param {string} key */
  constructor(key) {
    this.key = key;
    /** @type {Record<string, Draft>} */
    this.all = read("localStorage", key) ?? {};
  }

  /** @param {string} contact @returns {Draft | undefined} */
  of(contact) {
    return Object.hasOwn(this.all, contact) ? this.all[contact] : undefined;
  }

  /** @param {string} contact @param {Draft} draft */
  keep(contact, draft) {
    const { [contact]: _, ...others } = this.all;
    const kept = draft.text.trim() ? { ...others, [contact]: draft } : others;
    this.all = Object.fromEntries(Object.entries(kept).slice(-MOST));
    write("localStorage", this.key, this.all);
  }

  /** @param {string} contact */
  forget(contact) {
    this.keep(contact, { text: "", mode: "reply" });
  }
}
