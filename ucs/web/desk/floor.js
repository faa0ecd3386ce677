// What a supervisor sees beside the own contacts: the whole floor, kept true by frames, and one contact that is watched.

import { Held } from "./held.js";
import { Problem } from "./wire.js";

/** @typedef {import("./types").ContactView} ContactView */
/** @typedef {import("./types").QueueView} QueueView */

export class Floor {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.loaded = false;
    this.total = 0;
    /** @type {QueueView[]} */
    this.queues = [];
    /** @type {Map<string, ContactView>} */
    this.contacts = new Map();
    /** @type {Held | null} */
    this.watched = null;
    this.queue = ""; // only contacts of this queue are listed
  }

  open() {
    this.desk.place = "floor";
    this.desk.dialog = null;
    this.load();
    this.desk.polling.hurry();
    this.desk.changed();
  }

  /** Nobody looks at the floor any more. */
  leave() {
    if (this.watched) this.watch(null);
  }

  stop() {
    this.watched = null;
  }

  async load() {
    try {
      const found = await this.desk.wire.get("/desk/floor");
      this.loaded = true;
      this.total = found.total;
      this.queues = found.queues;
      this.desk.agents = found.seats;
      this.contacts = new Map(found.contacts.map((/** @type {ContactView} */ view) => [view.id, view]));
      this.desk.changed();
    } catch (problem) {
      this.desk.say(problem);
    }
  }

  /** The connection is back: what was missed is asked for. */
  resume() {
    if (!this.desk.isSupervisor) return;
    if (this.desk.place === "floor") this.load();
    if (this.watched) this.watch(this.watched.view.id);
  }

  /** @param {{queues: QueueView[], contacts: ContactView[]}} frame */
  heard({ queues, contacts }) {
    this.queues = queues;
    for (const view of contacts) {
      const known = this.contacts.has(view.id);
      if (view.state === "closed") this.contacts.delete(view.id);
      else this.contacts.set(view.id, { ...view, name: view.name || this.contacts.get(view.id)?.name || "" });
      this.total += Number(view.state !== "closed" && !known) - Number(view.state === "closed" && known);
    }
    this.desk.changed();
  }

  /** @param {ContactView} view */
  contactChanged(view) {
    const { watched } = this;
    if (watched?.view.id === view.id && view.seq >= watched.upTo) Object.assign(watched, { view: { ...watched.view, ...view }, upTo: view.seq });
  }

  /** @param {import("./types").Entry} entry */
  take(entry) {
    if (this.watched?.view.id === entry.contact && this.watched.lines.take(entry)) this.desk.changed();
  }

  /** Watch a contact, silently; null for none. @param {string | null} id */
  async watch(id) {
    const view = id ? this.contacts.get(id) ?? this.watched?.view : null;
    this.desk.connection.send({ type: "watch", contact: id });
    if (!view) {
      this.watched = null;
      return this.desk.changed();
    }
    const watched = this.watched?.view.id === id ? this.watched : new Held(view, "watched");
    this.watched = watched;
    this.desk.changed();
    try {
      while (this.watched === watched && (await this.desk.news.fetchPage(watched)) > watched.lines.whole);
      if (watched.opened) watched.view = { ...watched.view, ...watched.opened.contact };
      this.desk.changed();
    } catch (problem) {
      this.desk.say(problem);
    }
  }

  /** @param {Held} held */
  async takeOver(held) {
    const { id } = held.view;
    if (await this.desk.act(id, "take-over")) {
      await this.desk.look();
      this.desk.choose(id);
    }
  }

  /** @param {string} agent @param {"idle" | "rest" | "offline"} state */
  async setState(agent, state) {
    try {
      this.desk.news.seatChanged(await this.desk.wire.post(`/desk/seats/${agent}/state`, { state }));
      this.desk.say("");
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.desk.say(problem);
    }
  }

  /** Open contacts of the chosen queue: who waits longest first, then who talks. @returns {ContactView[]} */
  get listed() {
    const rank = (/** @type {ContactView} */ view) => ["queued", "offered", "talking", "wrap_up"].indexOf(view.state);
    return [...this.contacts.values()]
      .filter((view) => !this.queue || view.queue === this.queue)
      .sort((one, other) => rank(one) - rank(other) || Date.parse(one.since ?? one.opened_at) - Date.parse(other.since ?? other.opened_at));
  }
}
