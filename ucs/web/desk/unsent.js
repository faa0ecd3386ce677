// What was said and is not yet known to have arrived. It survives a reload, and is sent again under the same id, so that the
// server takes it once however often we try. Of each contact one thing at a time, in order; and no contact waits for another's.

import { read, write } from "./kept.js";
import { Problem } from "./wire.js";

/** @typedef {import("./types").Unsent} Item */

export class Outbox {
  /**
   * @param {string} key where it is kept
   * @param {(item: Item) => Promise<void>} deliver sends one
   * @param {() => void} changed is told whenever the list changes
   */
  constructor(key, deliver, changed) {
    this.key = key;
    this.deliver = deliver;
    this.changed = changed;
    this.stopped = false;
    /** By contact. @type {Map<string, {busy: boolean, tries: number, timer?: number}>} */
    this.lines = new Map();
    /** @type {Item[]} */
    this.items = read("sessionStorage", key) ?? [];
  }

  /** @param {string} contact */
  of(contact) {
    return this.items.filter((item) => item.contact === contact);
  }

  /** @param {Item} item */
  add(item) {
    this.items = [...this.items, item];
    this.keep();
    this.go();
  }

  /** The server has it: its answer or the timeline said so. @param {string} id */
  arrived(id) {
    const left = this.items.filter((item) => item.id !== id);
    if (left.length === this.items.length) return;
    this.items = left;
    this.keep();
  }

  /** @param {string} id */
  retry(id) {
    this.items = this.items.map((item) => (item.id === id ? { ...item, failed: undefined } : item));
    this.keep();
    this.go();
  }

  /** Send what waits; call it also when the connection is back. */
  go() {
    for (const contact of new Set(this.items.map((item) => item.contact))) this.run(contact);
  }

  /** @param {string} contact */
  async run(contact) {
    const line = this.lines.get(contact) ?? { busy: false, tries: 0 };
    this.lines.set(contact, line);
    clearTimeout(line.timer);
    if (line.busy) return;
    line.busy = true;
    let wait = 0;
    try {
      for (let item = this.next(contact); item && !wait; item = this.next(contact)) wait = await this.send(item);
    } finally {
      line.busy = false;
    }
    line.tries = wait ? Math.min(6, line.tries + 1) : 0;
    if (wait) line.timer = setTimeout(() => this.run(contact), Math.max(wait, 500 * 2 ** line.tries));
  }

  /** @param {string} contact */
  next(contact) {
    return this.stopped ? undefined : this.of(contact).find((item) => !item.failed);
  }

  /** Returns how many milliseconds to wait at least before trying again; 0 to go on. @param {Item} item */
  async send(item) {
    try {
      await this.deliver(item);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.passing || problem.status === 401) return problem.wait || 1;
      this.items = this.items.map((one) => (one.id === item.id ? { ...one, failed: problem.message } : one));
      this.keep();
      return 0;
    }
    this.arrived(item.id);
    return 0;
  }

  keep() {
    write("sessionStorage", this.key, this.items);
    this.changed();
  }

  stop() {
    this.stopped = true;
    for (const { timer } of this.lines.values()) clearTimeout(timer);
  }
}
