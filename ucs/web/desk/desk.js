// What this agent holds, kept true by the socket. It knows no element: views read it and are told when something has changed.

import { Connection } from "./connection.js";
import { Drafts } from "./drafts.js";
import { Floor } from "./floor.js";
import { Held } from "./held.js";
import { Items } from "./items.js";
import { t } from "./lang.js";
import { Names } from "./names.js";
import { HELD, News } from "./news.js";
import { Notify } from "./notify.js";
import { Polling } from "./polling.js";
import { newId } from "./time.js";
import { Outbox } from "./unsent.js";
import { Problem, Wire } from "./wire.js";

/** @typedef {import("./types").ContactView} ContactView */

const MOVED = 4409; // close code: a newer sign-in has taken this seat
const LOOK_AFTER = 400;

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
    this.settings = { tenant: me.tenant, rest_reasons: [], wrap_up_codes: {}, phrases: [], fields: [], channels: {}, copies: [], forwards: [], lists_for: [] };
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
    this.names = new Names(this);
    this.news = new News(this);
    this.notify = new Notify(this);
    this.outbox = new Outbox(`ucs:desk:unsent:${mine}`, (item) => this.deliver(item), () => this.changed());
    this.floor = new Floor(this);
    this.polling = new Polling(this.wire, {
      heard: (state) => this.polled(state),
      changed: (works) => this.pollingChanged(works),
      hurried: () => this.place === "floor",
      refused: ({ status, message }) => this.refused(status === 409 ? MOVED : 0, message),
    });
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
    this.polling.stop();
    this.outbox.stop();
    this.notify.stop();
    this.floor.stop();
  }

  // -- the connection ----------------------------------------------------------------------------------------------------

  connect() {
    return new Connection("/desk/socket", {
      hello: async () => ({ type: "hello", token: await this.session.token(), last: this.last(), watch: this.isSupervisor }),
      heard: (frame) => this.news.heard(frame),
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
    if (state === "open") {
      this.polling.stop();
      this.back();
    }
    if (state === "lost" && failures > 1) this.polling.start();
    this.connected = state === "open" || this.polling.works;
    this.changed();
  }

  /** @param {boolean} works */
  pollingChanged(works) {
    const isBack = works && !this.connected;
    this.connected = works;
    if (isBack) this.back();
    if (!works) this.say(t("connection_lost"));
    this.changed();
  }

  /** How it stands, as an answer and not as frames. @param {any} state */
  polled(state) {
    this.news.snapshot(state);
    this.floor.resume();
  }

  /** We are heard again: what waited is sent, and what was missed is asked for. */
  back() {
    this.say("");
    this.outbox.go();
    this.floor.resume();
    this.learn();
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
      while ((await this.news.fetchPage(held)) > held.lines.whole);
      if (this.place === "floor") this.place = "contacts";
      this.reading = held;
      this.changed();
    } catch (problem) {
      this.say(problem);
    }
  }

  /** What stands beside the contact: the customer, earlier contacts, the tenant's own page. @param {Held} held */
  async refresh(held) {
    const asked = (held.refreshed += 1);
    try {
      const opened = await this.wire.get(`/desk/contacts/${held.view.id}?after=${held.view.seq}`);
      if (asked === held.refreshed) held.opened = opened; // else something newer is on its way, or here
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
      const isNews = held && done.newest >= held.upTo;
      if (isNews) Object.assign(held, { view: { ...held.view, state: done.state, epoch: Math.max(held.view.epoch, done.epoch) }, upTo: done.newest });
      if (isNews && held.role === "own" && !HELD.includes(done.state)) {
        this.news.gone(held.view);
        if (held === this.shown) this.news.askHow(held); // whose it is now, and in which queue
      }
      this.notify.ring(); // what is taken rings no more, whenever the socket says so
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

  /** @param {"transfer" | "forward" | "give_back" | "wrap_up" | "keys" | "media" | "out"} kind @param {Held} [held] @param {object} [more] */
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
    const { cc, bcc } = held.copies ?? { cc: [], bcc: [] };
    const copies = words.parts && cc.length + bcc.length > 0 ? { copies: { cc, bcc } } : {};
    this.outbox.add({ id: newId(), contact: held.view.id, ...words, ...copies });
  }

  /** What cannot be sent is said where it stands; if that is not on the screen, above it. @param {import("./types").Unsent} item */
  async deliver(item) {
    try {
      await this.send(item);
    } catch (problem) {
      const refused = problem instanceof Problem && !problem.passing && problem.status !== 401;
      if (refused && this.shown?.view.id !== item.contact) this.say(problem);
      throw problem;
    }
  }

  /** @param {import("./types").Unsent} item */
  async send({ id, contact, parts, note, whisper, reply_to, copies }) {
    const held = this.contacts.get(contact);
    const path = `/desk/contacts/${contact}`;
    if (note !== undefined) await this.wire.post(`${path}/notes`, { id, text: note, whisper: Boolean(whisper) });
    else await this.wire.post(`${path}/messages`, { id, epoch: held?.view.epoch ?? 0, parts, reply_to, copies });
    this.news.fetchMissing(contact, (held?.lines.whole ?? 0) + 1);
  }

  /** @param {Held} held @param {boolean} on */
  tellTyping(held, on) {
    const sent = this.connection.send({ type: "typing", contact: held.view.id, on });
    if (!sent && this.connected) this.wire.post(`/desk/contacts/${held.view.id}/typing`, { on }).catch(() => {}); // shown, or not
  }

  /** @param {"idle" | "rest"} state @param {string} reason */
  async setState(state, reason = "") {
    try {
      this.news.seatChanged(await this.wire.post("/desk/state", { state, reason }));
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
    const { moves } = this.news;
    try {
      const state = await this.wire.get("/desk/contacts");
      if (moves === this.news.moves) this.news.snapshot(state);
      else this.lookSoon();
    } catch (problem) {
      this.say(problem);
    }
  }
}
