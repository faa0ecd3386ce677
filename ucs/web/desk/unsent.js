// What was said and is not yet known to have arrived. It survives a reload, and is sent again under the same id, so that the
// server takes it once however often we try. One thing at a time, in order.

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
    this.sending = false;
    this.stopped = false;
    this.tries = 0;
    /** @type {number | undefined} */
    this.timer = undefined;
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
  async go() {
    clearTimeout(this.timer);
    if (this.sending || this.stopped) return;
    this.sending = true;
    let wait = 0;
    try {
      for (let item = this.next(); item && !wait; item = this.next()) wait = await this.send(item);
    } finally {
      this.sending = false;
    }
    if (wait) this.timer = setTimeout(() => this.go(), wait);
  }

  next() {
    return this.stopped ? undefined : this.items.find((item) => !item.failed);
  }

  /** Returns how long to wait before trying again; 0 to go on. @param {Item} item */
  async send(item) {
    try {
      await this.deliver(item);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.passing || problem.status === 401) return this.later(problem);
      this.items = this.items.map((one) => (one.id === item.id ? { ...one, failed: problem.message } : one));
      this.keep();
      return 0;
    }
    this.tries = 0;
    this.arrived(item.id);
    return 0;
  }

  /** @param {Problem} problem */
  later(problem) {
    this.tries = Math.min(6, this.tries + 1);
    return problem.wait || 500 * 2 ** this.tries;
  }

  keep() {
    write("sessionStorage", this.key, this.items);
    this.changed();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
