// What was said and is not known to have arrived. It survives the page, and is sent again under the same id, so that the server takes it
// once however often we try. Each has a place of its own in the storage: two tabs never write over each other's.

import { keep, kept, names } from "./store.js";
import { Problem } from "./wire.js";

const stay = (/** @type {Event} */ event) => event.preventDefault(); // the browser asks whether to leave

export class Outbox {
  /**
   * `deliver(item)` sends one, `bring(item)` brings its file up first; `changed()` is told whenever something is different; `learn()` asks
   * again what the form is.
   * @param {string} key
   * @param {{deliver: (item: import("./types").Unsent) => Promise<void>, bring: (item: import("./types").Unsent) => Promise<void>, changed: () => void, learn: () => Promise<void>}} told
   */
  constructor(key, told) {
    this.key = `${key}unsent:`;
    this.told = told;
    this.sending = false;
    this.tries = 0;
    /** @type {import("./types").Unsent[]} ids sort by time */
    this.items = names(this.key).sort().map(kept);
  }

  /** @param {import("./types").Unsent} item */
  add(item) {
    this.items.push(item);
    this.keep(item);
    this.go();
  }

  /** The server has it, or nobody wants it any more. @param {string} id */
  forget(id) {
    const left = this.items.filter((item) => item.id !== id);
    if (left.length === this.items.length) return;
    this.items = left;
    keep(this.key + id);
    this.told.changed();
  }

  /** @param {string} id */
  retry(id) {
    for (const item of this.items) if (item.id === id) delete item.failed;
    this.go();
  }

  /** The form has been answered again. @param {Record<string, string>} fields */
  amend(fields) {
    for (const item of this.items) if (item.wrong) this.retry(Object.assign(item, { fields, wrong: undefined }).id);
  }

  /** Send what waits; call it also when the connection is back. Files come up side by side, words go in order. */
  async go() {
    clearTimeout(this.timer);
    this.told.changed();
    for (const item of this.items) if (item.file && !item.parts && !item.failed && !item.coming) this.bring(item);
    // A file that is not up yet goes with the page.
    (this.items.some(({ parts, failed }) => !parts && !failed) ? addEventListener : removeEventListener)("beforeunload", stay);
    if (this.sending) return;
    this.sending = true;
    let wait = 0;
    try {
      for (let item = this.next(); item && !wait; item = this.next()) wait = await this.attempt(item, this.told.deliver);
    } finally {
      this.sending = false;
    }
    if (wait) this.timer = setTimeout(() => this.go(), wait);
  }

  next() {
    return this.items.find((item) => item.parts && !item.failed);
  }

  /** @param {import("./types").Unsent} item */
  async bring(item) {
    item.coming = true;
    const wait = await this.attempt(item, this.told.bring);
    item.coming = false;
    this.keep(item);
    if (wait) setTimeout(() => this.go(), wait);
    else this.go();
  }

  /** How long to wait before the next try; 0 if there is none to make. @param {import("./types").Unsent} item @param {(item: import("./types").Unsent) => Promise<void>} act */
  async attempt(item, act) {
    try {
      await act(item);
      this.tries = 0;
      if (act === this.told.deliver) this.forget(item.id);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.passing) {
        this.tries = Math.min(5, this.tries + 1);
        return problem.wait || 400 * 2 ** this.tries;
      }
      item.failed = problem.message || String(problem.status);
      if (problem.fields.some(({ field }) => field.startsWith("fields"))) {
        await this.told.learn(); // what is asked may be something else by now
        item.wrong = problem.fields;
      }
      this.keep(item);
      this.told.changed();
    }
    return 0;
  }

  /** @param {import("./types").Unsent} item */
  keep({ id, parts, fields, failed }) {
    if (parts) keep(this.key + id, { id, parts, fields, failed }); // a file that has not come up yet goes with the page
  }
}
