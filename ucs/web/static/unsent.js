// What was said and is not yet known to have arrived. It survives a reload, and is sent again under the same id, so that the
// server takes it once however often we try. One thing at a time, in order.

import { Problem } from "./wire.js";

export class Unsent {
  /** `storage`, `key`: where it is kept. `deliver(item)` sends one; `changed(items)` is told whenever the list changes. */
  constructor(storage, key, { deliver, changed }) {
    Object.assign(this, { storage, key, deliver, changed });
    this.sending = false;
    this.tries = 0;
    this.items = read(storage, key);
  }

  add(item) {
    this.items.push(item);
    this.keep();
    this.go();
  }

  /** The server has it: its answer or the timeline said so. */
  arrived(id) {
    const before = this.items.length;
    this.items = this.items.filter((item) => item.id !== id);
    if (this.items.length !== before) this.keep();
  }

  retry(id) {
    for (const item of this.items) if (item.id === id) delete item.failed;
    this.keep();
    this.go();
  }

  /** Send what waits; call it also when the connection is back. */
  async go() {
    clearTimeout(this.timer);
    if (this.sending) return;
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
    return this.items.find((item) => !item.failed);
  }

  /** Returns how long to wait before trying again; 0 to go on. */
  async send(item) {
    try {
      await this.deliver(item);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.passing) return this.later(problem);
      item.failed = problem.message;
      this.keep();
      return 0;
    }
    this.tries = 0;
    this.arrived(item.id);
    return 0;
  }

  later(problem) {
    this.tries = Math.min(6, this.tries + 1);
    return problem.wait || 500 * 2 ** this.tries;
  }

  keep() {
    try {
      this.storage.setItem(this.key, JSON.stringify(this.items));
    } catch {
      // no room, or storage is switched off: then it does not survive a reload
    }
    this.changed(this.items);
  }
}

function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key)) ?? [];
  } catch {
    return [];
  }
}
