// What this agent holds, kept true by the socket. It knows no element: views read it and are told when something has changed.

import { Connection } from "./connection.js";
import { Drafts } from "./drafts.js";
import { Floor } from "./floor.js";
import { Items } from "./items.js";
import { t } from "./lang.js";
import { Lines, said } from "./lines.js";
import { Notify } from "./notify.js";
import { newId } from "./time.js";
import { Outbox } from "./unsent.js";
import { Problem, Wire } from "./wire.js";

/** @typedef {import("./types").ContactView} ContactView */
/** @typedef {import("./types").Entry} Entry */
/** @typedef {import("./connection.js").Frame} Frame */

const MOVED = 4409; // close code: a newer sign-in has taken this seat
const HELD = ["offered", "talking", "wrap_up"];
const TYPING_FOR = 6000; // milliseconds after the last word that somebody writes
const LOOK_AFTER = 400;

/** One contact on this screen. `role`: it is ours, an earlier one to be read, or one that a supervisor watches. */
export class Held {
  /** @param {ContactView} view @param {"own" | "earlier" | "left" | "watched"} role */
  constructor(view, role) {
    this.view = view;
    this.role = role;
    this.lines = new Lines(view.id);
    this.typing = false;
    this.fetching = false;
    this.reading = 0; // the line that we have said we read
    /** @type {import("./types").OpenedContact | null} */
    this.opened = null;
    /** @type {number | undefined} */
    this.timer = undefined;
  }
  get name() {
    return this.view.name || t("customer");
  }
}

export class Desk {
  /** @param {import("./session.js").Session} session @param {() => void} changed */
  constructor(session, changed) {
    const me = session.me;
    if (!me) throw new Problem(401, t("signed_out"));
    this.me = me;
    this.session = session;
    this.tell = changed;
    this.wire = new Wire(() => session.token(), (used) => session.renew(used));
    /** @type {Map<string, Held>} */
    this.contacts = new Map();
    /** @type {import("./types").QueueView[]} */
    this.queues = [];
    /** @type {import("./types").SeatView[]} */
    this.agents = [];
    /** @type {import("./types").SeatView | null} */
    this.seat = null;
    /** @type {import("./types").Settings} */
    this.settings = { tenant: me.tenant, rest_reasons: [], wrap_up_codes: {}, phrases: [], fields: [], channels: {} };
    /** @type {string | null} */
    this.chosen = null;
    /** @type {Held | null} */
    this.reading = null; // what is shown instead of the chosen contact, and cannot be answered
    /** @type {"contacts" | "floor"} */
    this.place = "contacts";
    /** @type {any} */
    this.dialog = null; // which question is open, with what it is about
    this.trouble = "";
    this.connected = false;
    this.writing = false;
    this.sitting = false;
    /** @type {number | undefined} */
    this.looking = undefined;
    this.stopping = new AbortController();
    const mine = `${me.tenant}:${me.agent}`;
    this.drafts = new Drafts(`ucs:desk:draft:${mine}`);
    this.items = new Items(this.wire);
    this.notify = new Notify(this);
    this.outbox = new Outbox(`ucs:desk:unsent:${mine}`, (item) => this.deliver(item), () => this.changed());
    this.floor = new Floor(this);
    this.connection = this.connect();
    for (const event of ["visibilitychange", "focus"]) {
      window.addEventListener(event, () => this.seen(), { signal: this.stopping.signal, capture: true });
    }
  }

  get isSupervisor() {
    return this.me.role === "supervisor" || this.me.role === "admin";
  }

  changed() {
    this.tell();
  }

  stop() {
    this.stopping.abort();
    this.connection.stop();
    this.outbox.stop();
    this.notify.stop();
    this.floor.stop();
  }

  // -- the connection ----------------------------------------------------------------------------------------------------

  connect() {
    return new Connection("/desk/socket", {
      hello: async () => ({ type: "hello", token: await this.session.token(), last: this.last(), watch: this.isSupervisor }),
      heard: (frame) => this.heard(frame),
      changed: (state, failures) => this.connectionChanged(state, failures),
      refused: (code, reason) => this.refused(code, reason),
    });
  }

  last() {
    /** @type {Record<string, number>} */
    const numbers = {};
    for (const [id, { lines }] of this.contacts) numbers[id] = lines.whole;
    return numbers;
  }

  /** @param {"connecting" | "open" | "lost"} state @param {number} failures */
  connectionChanged(state, failures) {
    this.connected = state === "open";
    if (state === "open") {
      this.say("");
      this.outbox.go();
      this.floor.resume();
      this.learn();
    }
    if (state === "lost" && failures > 1) this.say(t("connection_lost"));
    this.changed();
  }

  /** @param {number} code @param {string} reason */
  refused(code, reason) {
    this.session.leave(code === MOVED ? t("signed_in_elsewhere") : t("session_over", { reason: reason || t("signed_out") }));
  }

  /** We were not heard of for so long that the seat was given up (a laptop slept): take it again, as a new sign-in. */
  async sitDown() {
    if (this.sitting) return;
    this.sitting = true;
    this.connection.stop();
    try {
      await this.session.renew(await this.session.token());
      this.connection = this.connect();
    } catch (problem) {
      const over = problem instanceof Problem && (problem.status === 401 || problem.status === 409);
      if (!over) setTimeout(() => this.sitDown(), 5000);
    } finally {
      this.sitting = false;
    }
  }

  async learn() {
    try {
      this.settings = await this.wire.get("/desk/settings");
      this.changed();
    } catch (problem) {
      this.say(problem);
    }
  }

  /** Tell the agent what went wrong; an empty text takes it away. @param {unknown} problem */
  say(problem) {
    if (problem instanceof Error && !(problem instanceof Problem)) throw problem;
    this.trouble = problem instanceof Problem ? problem.message : String(problem);
    this.changed();
  }

  // -- what comes ----------------------------------------------------------------------------------------------------------

  /** @param {Frame} frame */
  heard(frame) {
    if (frame.type === "entry") this.take(/** @type {any} */ (frame));
    else if (frame.type === "contact") this.contactChanged(/** @type {any} */ (frame));
    else if (frame.type === "seat") this.seatChanged(/** @type {any} */ (frame));
    else if (frame.type === "typing") this.typing(frame.contact, frame.on);
    else if (frame.type === "floor") this.floor.heard(/** @type {any} */ (frame));
    else if (frame.type === "hello") this.snapshot(/** @type {any} */ (frame));
  }

  /** @param {any} hello */
  snapshot({ seat, contacts, queues, agents }) {
    Object.assign(this, { queues, agents });
    const held = new Set(contacts.map((/** @type {ContactView} */ view) => view.id));
    for (const [id, one] of [...this.contacts]) if (!held.has(id)) this.gone({ ...one.view, state: "closed" });
    for (const view of contacts) this.contactChanged(view);
    this.seatChanged(seat);
  }

  /** @param {ContactView} view */
  contactChanged(view) {
    this.floor.contactChanged(view);
    if (!HELD.includes(view.state) || view.agent !== this.me.agent) return this.gone(view);
    const known = this.contacts.get(view.id);
    const offered = view.state === "offered" && known?.view.state !== "offered";
    if (known) known.view = { ...known.view, ...view, name: view.name || known.view.name };
    else this.contacts.set(view.id, new Held(view, "own"));
    if (this.reading?.view.id === view.id && this.reading.role === "left") this.reading = null;
    if (offered) this.notify.offered(/** @type {Held} */ (this.contacts.get(view.id)));
    this.fetchMissing(view.id, view.seq);
    this.notify.ring();
    this.changed();
  }

  /** It is not ours any more. What is on the screen stays there to be read. @param {ContactView} view */
  gone(view) {
    const held = this.contacts.get(view.id);
    if (!held) return;
    this.contacts.delete(view.id);
    held.view = { ...held.view, ...view, name: view.name || held.view.name };
    held.role = "left";
    if (this.chosen === view.id && !this.reading) this.reading = held;
    if (this.dialog?.contact === view.id) this.dialog = null;
    if (view.state === "closed") this.drafts.forget(view.id);
    this.notify.ring();
    this.changed();
  }

  /** @param {import("./types").SeatView} seat */
  seatChanged(seat) {
    this.agents = this.agents.map((one) => (one.agent === seat.agent ? { ...one, ...seat, name: seat.name || one.name } : one));
    if (seat.agent !== this.me.agent) return this.changed();
    this.seat = { ...seat, name: this.me.name };
    if (seat.state === "offline" && seat.reason === "lost") return void this.sitDown();
    if (seat.state === "offline") return this.session.leave(t("signed_out_by", { reason: seat.reason }));
    if (seat.carries.length !== this.contacts.size || !seat.carries.every((id) => this.contacts.has(id))) this.lookSoon();
    this.changed();
  }

  /** @param {Entry} entry */
  take(entry) {
    if (entry.kind === "media" && entry.body.media) this.items.settled(entry.body.media);
    this.floor.take(entry);
    if (this.reading && this.reading.view.id === entry.contact && this.reading.lines.take(entry)) this.changed();
    const held = this.contacts.get(entry.contact);
    if (!held || !held.lines.take(entry)) return;
    held.view.seq = Math.max(held.view.seq, entry.seq);
    if (entry.kind === "renamed") held.view.name = entry.body.name ?? "";
    if (entry.kind === "read" && entry.by.startsWith("agent:")) held.view.seen = Math.max(held.view.seen, entry.body.of ?? 0);
    if (entry.by === "customer") held.typing = false;
    if (entry.body.client) this.outbox.arrived(entry.body.client);
    if (this.connected) this.notify.heard(held, entry);
    this.fetchMissing(entry.contact, entry.seq);
    this.seen();
    this.changed();
  }

  /** Numbers have no gaps here: what is missing before `seq` was said while somebody else had the contact. */
  async fetchMissing(/** @type {string} */ id, /** @type {number} */ seq) {
    const held = this.contacts.get(id);
    if (!held || held.fetching || held.lines.whole >= seq || !this.connected) return;
    held.fetching = true;
    let newest = 0;
    try {
      newest = await this.fetchPage(held);
    } catch (problem) {
      if (!(problem instanceof Problem && problem.status === 404)) this.say(problem); // 404: it has gone on meanwhile
    } finally {
      held.fetching = false;
    }
    if (newest && held.lines.whole < newest) await this.fetchMissing(id, newest);
  }

  /** One page of what is missing; returns the newest number there is, 0 if the page was empty. @param {Held} held */
  async fetchPage(held) {
    const found = await this.wire.get(`/desk/contacts/${held.view.id}?after=${held.lines.whole}`);
    held.opened = found;
    for (const entry of found.entries) {
      if (this.contacts.get(held.view.id) === held) this.take(entry);
      else held.lines.take(entry);
    }
    this.changed();
    return found.entries.length ? found.newest : 0;
  }

  /** @param {string} id @param {boolean} on */
  typing(id, on) {
    const held = this.contacts.get(id) ?? (this.floor.watched?.view.id === id ? this.floor.watched : null);
    if (!held) return;
    clearTimeout(held.timer);
    held.typing = on;
    if (on) held.timer = setTimeout(() => this.typing(id, false), TYPING_FOR);
    this.changed();
  }

  // -- what is looked at ---------------------------------------------------------------------------------------------------

  /** The contact on the screen. @returns {Held | null} */
  get shown() {
    if (this.place === "floor") return this.floor.watched;
    return this.reading ?? (this.chosen ? this.contacts.get(this.chosen) ?? null : null);
  }

  /** `write`: the agent goes on with writing there. @param {string | null} id */
  choose(id, write = true) {
    this.writing = write;
    this.place = "contacts";
    this.chosen = id;
    this.reading = null;
    const held = id ? this.contacts.get(id) : null;
    if (held) this.refresh(held); // a colleague may have noted something down meanwhile
    this.floor.leave();
    this.seen();
    this.changed();
  }

  /** The contact after (1) or before (-1) the one on the screen. @param {number} by */
  step(by) {
    const ids = this.ordered.map((held) => held.view.id);
    if (!ids.length) return;
    const at = this.chosen ? ids.indexOf(this.chosen) : -1;
    this.choose(ids[(at + by + ids.length + (at < 0 && by < 0 ? 1 : 0)) % ids.length], false);
  }

  /** Offers first, then who waits longest for an answer, then the others, the newest word first. @returns {Held[]} */
  get ordered() {
    const group = (/** @type {Held} */ held) =>
      held.view.state === "offered" ? 0 : held.view.state === "wrap_up" ? 3 : held.lines.waitingSince ? 1 : 2;
    const age = (/** @type {Held} */ held) => Date.parse(held.lines.last?.at ?? held.view.opened_at);
    const waits = (/** @type {Held} */ held) => Date.parse(held.lines.waitingSince ?? held.view.opened_at);
    return [...this.contacts.values()].sort((one, other) => {
      const groups = group(one) - group(other);
      return groups || (group(one) === 1 ? waits(one) - waits(other) : age(other) - age(one));
    });
  }

  /** An earlier contact of the same customer. @param {ContactView} view */
  async read(view) {
    const held = new Held(view, "earlier");
    try {
      while ((await this.fetchPage(held)) > held.lines.whole);
      if (this.place === "floor") this.place = "contacts";
      this.reading = held;
      this.changed();
    } catch (problem) {
      this.say(problem);
    }
  }

  /** What stands beside the contact: the customer, earlier contacts, the tenant's own page. @param {Held} held */
  async refresh(held) {
    try {
      held.opened = await this.wire.get(`/desk/contacts/${held.view.id}?after=${held.view.seq}`);
      this.changed();
    } catch (problem) {
      if (!(problem instanceof Problem && problem.status === 404)) this.say(problem);
    }
  }

  /** Tell the server what has been read: only what this agent really looks at. */
  async seen() {
    const held = this.shown;
    if (!held || held.role !== "own" || document.hidden || !document.hasFocus()) return;
    const newest = held.lines.asked?.seq ?? 0;
    if (held.view.state !== "talking" || newest <= Math.max(held.view.seen, held.reading)) return;
    held.reading = newest;
    await this.act(held.view.id, "read", { of: newest }, true);
  }

  /** @param {Held} held */
  unread(held) {
    return held.lines.unread(held.view.seen, `agent:${this.me.agent}`);
  }

  // -- what the agent does -------------------------------------------------------------------------------------------------

  /**
   * Do something to a contact with the epoch this screen knows; what goes wrong is said, never thrown.
   * @param {string} id @param {string} what @param {object} [body]
   */
  async act(id, what, body = {}, quietly = false) {
    const held = this.contacts.get(id) ?? (this.shown?.view.id === id ? this.shown : null);
    try {
      const done = await this.wire.post(`/desk/contacts/${id}/${what}`, { epoch: held?.view.epoch ?? 0, ...body });
      if (held) held.view = { ...held.view, state: done.state, epoch: Math.max(held.view.epoch, done.epoch) };
      if (held && held.role === "own" && !HELD.includes(done.state)) this.gone(held.view);
      if (!quietly) this.say("");
      this.changed();
      return true;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (!quietly) this.say(problem);
      this.lookSoon();
      return false;
    }
  }

  /** @param {Held} held */
  async accept(held) {
    if (await this.act(held.view.id, "accept")) this.choose(held.view.id);
  }

  /** End the talk; wrap-up is asked for at once, where the queue has any. @param {Held} held */
  async close(held) {
    const done = await this.act(held.view.id, "close");
    if (done && this.contacts.get(held.view.id)?.view.state === "wrap_up") this.ask("wrap_up", held);
  }

  /** @param {"transfer" | "wrap_up" | "keys" | "media" | "out"} kind @param {Held} [held] @param {object} [more] */
  ask(kind, held, more = {}) {
    this.dialog = { kind, contact: held?.view.id, ...more };
    this.changed();
  }

  answered() {
    this.dialog = null;
    this.changed();
  }

  /** @param {Held} held @param {{parts?: import("./types").Part[], note?: string, whisper?: boolean, reply_to?: number}} words */
  speak(held, words) {
    this.outbox.add({ id: newId(), contact: held.view.id, ...words });
  }

  /** @param {import("./types").Unsent} item */
  async deliver({ id, contact, parts, note, whisper, reply_to }) {
    const held = this.contacts.get(contact);
    const path = `/desk/contacts/${contact}`;
    if (note !== undefined) await this.wire.post(`${path}/notes`, { id, text: note, whisper: Boolean(whisper) });
    else await this.wire.post(`${path}/messages`, { id, epoch: held?.view.epoch ?? 0, parts, reply_to });
    this.fetchMissing(contact, (held?.lines.whole ?? 0) + 1);
  }

  /** @param {Held} held @param {boolean} on */
  tellTyping(held, on) {
    this.connection.send({ type: "typing", contact: held.view.id, on });
  }

  /** @param {"idle" | "rest"} state @param {string} reason */
  async setState(state, reason = "") {
    try {
      this.seatChanged(await this.wire.post("/desk/state", { state, reason }));
      this.say("");
    } catch (problem) {
      this.say(problem);
    }
  }

  async signOut() {
    try {
      await this.wire.post("/desk/sign-out");
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 0) return this.say(problem);
    }
    this.session.leave("");
  }

  lookSoon() {
    clearTimeout(this.looking);
    this.looking = setTimeout(() => this.look(), LOOK_AFTER);
  }

  async look() {
    if (this.stopping.signal.aborted) return;
    try {
      this.snapshot(await this.wire.get("/desk/contacts"));
    } catch (problem) {
      this.say(problem);
    }
  }

  // -- names ---------------------------------------------------------------------------------------------------------------

  /** @param {string} id */
  agentName(id) {
    if (id === this.me.agent) return t("you");
    return this.agents.find((one) => one.agent === id)?.name || id;
  }

  /** @param {string} id */
  queueName(id) {
    return this.queues.find((one) => one.id === id)?.name || id;
  }

  /** @param {string} id */
  channelName(id) {
    return this.settings.channels[id] || id;
  }

  /** For whom a whisper is. @param {string} id */
  whisperTo(id) {
    return id === this.me.agent ? t("whisper_to_you") : t("whisper_to", { agent: this.agentName(id) });
  }

  /** Who made a line. @param {string} by @param {Held} held */
  authorOf(by, held) {
    const [kind, id] = by.split(":");
    if (kind === "customer") return held.name;
    return kind === "system" ? t("automatic") : this.agentName(id);
  }
}

export { said };
