// What comes over the socket, and what is missing of it: lines have numbers without gaps.

import { Held } from "./held.js";
import { t } from "./lang.js";
import { Problem } from "./wire.js";

/** @typedef {import("./types").ContactView} ContactView */
/** @typedef {import("./types").Entry} Entry */
/** @typedef {import("./connection.js").Frame} Frame */

export const HELD = ["offered", "talking", "wrap_up"];
const TYPING_FOR = 6000; // milliseconds after the last word that somebody writes

export class News {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.moves = 0; // how often we have heard what is ours: an answer that was asked for before knows less
  }

  /** @param {Frame} frame */
  heard(frame) {
    if (frame.type === "entry") this.take(/** @type {any} */ (frame));
    else if (frame.type === "contact") this.contactChanged(/** @type {any} */ (frame));
    else if (frame.type === "seat") this.seatChanged(/** @type {any} */ (frame));
    else if (frame.type === "typing") this.typing(frame.contact, frame.on);
    else if (frame.type === "advice") this.advised(/** @type {any} */ (frame));
    else if (frame.type === "floor") this.desk.floor.heard(/** @type {any} */ (frame));
    else if (frame.type === "hello") this.snapshot(/** @type {any} */ (frame));
  }

  /** @param {any} hello */
  snapshot({ seat, contacts, queues, agents }) {
    Object.assign(this.desk, { queues, agents });
    const held = new Set(contacts.map((/** @type {ContactView} */ view) => view.id));
    for (const [id, one] of [...this.desk.contacts]) if (!held.has(id)) this.lost(one);
    for (const view of contacts) this.contactChanged(view);
    this.seatChanged(seat);
  }

  /** An answer may be overtaken by a frame, and a frame by an answer: what is older says nothing any more. @param {ContactView} view */
  contactChanged(view) {
    this.moves += 1;
    this.desk.floor.contactChanged(view);
    const known = this.desk.contacts.get(view.id);
    if (known && view.seq < known.upTo) return;
    if (!HELD.includes(view.state) || view.agent !== this.desk.me.agent) return this.gone(view);
    const offered = view.state === "offered" && known?.view.state !== "offered";
    if (known) Object.assign(known, { view: { ...known.view, ...view, name: view.name || known.view.name }, upTo: view.seq });
    else this.desk.contacts.set(view.id, new Held(view, "own"));
    if (this.desk.reading?.view.id === view.id && this.desk.reading.role === "left") this.desk.reading = null;
    if (offered) this.desk.notify.offered(/** @type {Held} */ (this.desk.contacts.get(view.id)));
    this.fetchMissing(view.id, view.seq);
    this.desk.notify.ring();
    this.desk.changed();
  }

  /** It went while we did not hear. @param {Held} held */
  lost(held) {
    this.gone({ ...held.view, state: "queued", agent: "" });
    return this.askHow(held);
  }

  /** How it is with one that went is asked for, as far as that may still be seen. @param {Held} held */
  async askHow(held) {
    try {
      held.view = { ...held.view, ...(await this.desk.wire.get(`/desk/contacts/${held.view.id}?after=${held.view.seq}`)).contact };
      this.desk.changed();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem; // it is somebody else's now, and nothing of it is ours to see
    }
  }

  /** It is not ours any more. What is on the screen stays there to be read. @param {ContactView} view */
  gone(view) {
    const held = this.desk.contacts.get(view.id);
    if (!held) return;
    this.moves += 1;
    this.desk.contacts.delete(view.id);
    held.view = { ...held.view, ...view, name: view.name || held.view.name };
    held.role = "left";
    if (this.desk.chosen === view.id && !this.desk.reading) this.desk.reading = held;
    if (this.desk.dialog?.contact === view.id) this.desk.dialog = null;
    if (view.state === "closed") this.desk.drafts.forget(view.id);
    this.desk.notify.ring();
    this.desk.changed();
  }

  /** @param {import("./types").SeatView} seat */
  seatChanged(seat) {
    this.desk.agents = this.desk.agents.map((one) => (one.agent === seat.agent ? { ...one, ...seat, name: seat.name || one.name } : one));
    if (seat.agent !== this.desk.me.agent) return this.desk.changed();
    this.desk.seat = { ...seat, name: this.desk.me.name };
    if (seat.state === "offline" && seat.reason === "lost") return void this.desk.sitDown();
    if (seat.state === "offline") return this.desk.session.leave(t("signed_out_by", { reason: seat.reason }));
    if (seat.carries.length !== this.desk.contacts.size || !seat.carries.every((id) => this.desk.contacts.has(id))) this.desk.lookSoon();
    this.desk.changed();
  }

  /** @param {Entry} entry */
  take(entry) {
    if (entry.kind === "media" && entry.body.media) this.desk.items.settled(entry.body.media);
    this.desk.floor.take(entry);
    if (this.desk.reading && this.desk.reading.view.id === entry.contact && this.desk.reading.lines.take(entry)) this.desk.changed();
    const held = this.desk.contacts.get(entry.contact);
    if (!held || !held.lines.take(entry)) return;
    held.view.seq = Math.max(held.view.seq, entry.seq);
    if (entry.kind === "renamed") held.view.name = entry.body.name ?? "";
    if (entry.kind === "read" && entry.by.startsWith("agent:")) held.view.seen = Math.max(held.view.seen, entry.body.of ?? 0);
    if (entry.by === "customer") held.typing = false;
    if (entry.body.client) this.desk.outbox.arrived(entry.body.client);
    if (this.desk.connected) this.desk.notify.heard(held, entry);
    this.fetchMissing(entry.contact, entry.seq);
    this.desk.seen();
    this.desk.changed();
  }

  /** Numbers have no gaps here: what is missing before `seq` was said while somebody else had the contact. */
  async fetchMissing(/** @type {string} */ id, /** @type {number} */ seq) {
    const held = this.desk.contacts.get(id);
    if (!held || held.fetching || held.lines.whole >= seq || !this.desk.connected) return;
    held.fetching = true;
    let newest = 0;
    try {
      newest = await this.fetchPage(held);
    } catch (problem) {
      if (!(problem instanceof Problem && problem.status === 404)) this.desk.say(problem); // 404: it has gone on meanwhile
    } finally {
      held.fetching = false;
    }
    if (newest && held.lines.whole < newest) await this.fetchMissing(id, newest);
  }

  /** One page of what is missing; returns the newest number there is, 0 if the page was empty. @param {Held} held */
  async fetchPage(held) {
    const found = await this.desk.wire.get(`/desk/contacts/${held.view.id}?after=${held.lines.whole}`);
    held.opened = found;
    for (const entry of found.entries) {
      if (this.desk.contacts.get(held.view.id) === held) this.take(entry);
      else held.lines.take(entry);
    }
    this.desk.changed();
    return found.entries.length ? found.newest : 0;
  }

  /** @param {import("./types").Advice} advice */
  advised(advice) {
    const held = this.desk.contacts.get(advice.contact);
    if (!held) return;
    held.advice = advice;
    this.desk.changed();
  }

  /** @param {string} id @param {boolean} on */
  typing(id, on) {
    const held = this.desk.contacts.get(id) ?? (this.desk.floor.watched?.view.id === id ? this.desk.floor.watched : null);
    if (!held) return;
    clearTimeout(held.timer);
    held.typing = on;
    if (on) held.timer = setTimeout(() => this.typing(id, false), TYPING_FOR);
    this.desk.changed();
  }
}
