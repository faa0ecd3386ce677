// The desk: what this agent holds, kept true by the socket. Drawing is done by the list, the conversation and the side.

import { Connection } from "./connection.js";
import { Conversation } from "./desk_conversation.js";
import { List } from "./desk_list.js";
import { Side } from "./desk_side.js";
import { byId } from "./dom.js";
import { Gallery } from "./media.js";
import { Timeline, said } from "./timeline.js";
import { Problem, Wire } from "./wire.js";

const MOVED = 4409; // close code: a newer sign-in has taken this seat
const ELSEWHERE = "You have signed in elsewhere since, and this screen is old. Sign in again to work here.";
const HELD = ["offered", "talking", "wrap_up"];

export class Desk {
  /** `me`: who signed in; `session`: `token()`, `renew(used)` and `leave(why)`. */
  constructor(me, session) {
    Object.assign(this, { me, session });
    this.wire = new Wire(session.token, session.renew);
    this.gallery = new Gallery(this.wire, "/desk/media");
    this.contacts = new Map(); // id → {view, timeline, typing, fetching}
    this.queues = [];
    this.agents = [];
    this.chosen = null;
    this.stopping = new AbortController();
    this.list = new List(this);
    this.conversation = new Conversation(this);
    this.side = new Side(this);
    this.connect();
    const back = () => this.seen();
    document.addEventListener("visibilitychange", back, { signal: this.stopping.signal });
    window.addEventListener("focus", back, { signal: this.stopping.signal });
  }

  stop() {
    this.stopping.abort();
    this.connection.stop();
    this.list.stop();
    this.conversation.stop();
  }

  // -- the connection ----------------------------------------------------------------------------------------------------

  connect() {
    this.connection = new Connection("/desk/socket", {
      hello: async () => ({ type: "hello", token: await this.session.token(), last: this.last() }),
      heard: (frame) => this.heard(frame),
      changed: (state, failures) => this.connected(state, failures),
      refused: (code, reason) => this.refused(code, reason),
    });
  }

  /** We were not heard of for so long that the seat was given up (a laptop slept): take it again, as a new sign-in. */
  async sitDown() {
    if (this.sitting) return;
    this.sitting = true;
    this.connection.stop();
    try {
      await this.session.renew(await this.session.token());
      this.connect();
    } catch (problem) {
      if (problem.status !== 401 && problem.status !== 409) setTimeout(() => this.sitDown(), 5000); // those two have ended the session
    } finally {
      this.sitting = false;
    }
  }

  last() {
    const numbers = {};
    for (const [id, { timeline }] of this.contacts) numbers[id] = timeline.whole;
    return numbers;
  }

  connected(state, failures) {
    if (state === "open") this.trouble("");
    if (state === "open") this.conversation.unsent.go();
    if (state === "lost" && failures > 1) this.trouble("The connection is lost. It is being tried again …");
  }

  refused(code, reason) {
    this.session.leave(code === MOVED ? ELSEWHERE : `You are signed out: ${reason || "the session is over"}.`);
  }

  trouble(text) {
    byId("trouble").hidden = !text;
    byId("trouble").textContent = text;
  }

  // -- what comes ----------------------------------------------------------------------------------------------------------

  heard(frame) {
    if (frame.type === "entry") this.take(frame);
    else if (frame.type === "contact") this.changed(frame);
    else if (frame.type === "seat") this.seated(frame);
    else if (frame.type === "typing") this.typing(frame.contact, frame.on);
    else if (frame.type === "hello") this.snapshot(frame);
  }

  snapshot({ seat, contacts, queues, agents }) {
    Object.assign(this, { queues, agents });
    const held = new Set(contacts.map((view) => view.id));
    for (const id of [...this.contacts.keys()]) if (!held.has(id)) this.contacts.delete(id);
    for (const view of contacts) this.changed(view);
    this.seated(seat);
    if (this.chosen && !held.has(this.chosen) && !this.conversation.reading) this.choose(null);
  }

  changed(view) {
    if (!HELD.includes(view.state) || view.agent !== this.me.agent) return this.gone(view);
    const known = this.contacts.get(view.id);
    if (known) known.view = { ...known.view, ...view, name: view.name || known.view.name };
    else this.contacts.set(view.id, { view, timeline: this.timeline(view), typing: false });
    this.fetchMissing(view.id, view.seq);
    this.draw();
  }

  gone(view) {
    this.contacts.delete(view.id);
    if (this.chosen === view.id) this.conversation.left(view);
    this.draw();
  }

  seated(seat) {
    this.seat = { ...this.seat, ...seat };
    this.list.drawSeat();
    if (seat.state === "offline" && seat.reason === "lost") return this.sitDown();
    if (seat.state === "offline") return this.session.leave("You have been signed out.");
    if (seat.carries.length !== this.contacts.size || !seat.carries.every((id) => this.contacts.has(id))) this.lookSoon();
  }

  take(entry) {
    const held = this.contacts.get(entry.contact);
    if (!held) return;
    if (!held.timeline.take(entry)) return;
    held.view.seq = Math.max(held.view.seq, entry.seq);
    if (entry.kind === "renamed") held.view.name = entry.body.name;
    if (entry.kind === "read") held.view.seen = Math.max(held.view.seen, entry.body.of);
    if (entry.by === "customer") held.typing = false;
    if (entry.body.client) this.conversation.unsent.arrived(entry.body.client);
    if (said(entry) && entry.by === "customer") held.view.spoke_at = entry.at;
    this.fetchMissing(entry.contact, entry.seq);
    this.draw(entry.contact);
  }

  /** Numbers have no gaps here: what is missing before `seq` was said while somebody else had the contact. */
  async fetchMissing(id, seq) {
    const held = this.contacts.get(id);
    if (!held || held.fetching || held.timeline.whole >= seq) return;
    held.fetching = true;
    let found = null;
    try {
      found = await this.wire.get(`/desk/contacts/${id}?after=${held.timeline.whole}`);
      held.earlier = found.earlier;
      for (const entry of found.entries) this.take(entry);
      if (id === this.chosen) this.side.draw();
    } catch (problem) {
      if (problem.status !== 404) this.trouble(problem.message); // 404: it has gone on meanwhile
    } finally {
      held.fetching = false;
    }
    if (found?.entries.length && held.timeline.whole < found.newest) await this.fetchMissing(id, found.newest); // the next page
  }

  typing(id, on) {
    const held = this.contacts.get(id);
    if (!held) return;
    clearTimeout(held.typingOver);
    held.typing = on;
    if (on) held.typingOver = setTimeout(() => this.typing(id, false), 6000);
    this.draw(id);
  }

  timeline(view) {
    return new Timeline(view.id, {
      side: (entry) => (entry.by === "customer" ? "theirs" : "mine"),
      author: (entry) => this.nameOf(entry.by, view),
      notice: (entry) => this.notice(entry, view),
      gallery: this.gallery,
    });
  }

  nameOf(by, view) {
    const [kind, id] = by.split(":");
    if (kind === "customer") return this.contacts.get(view.id)?.view.name || view.name || "Customer";
    if (kind === "system") return "Automatic";
    return id === this.me.agent ? "You" : this.agents.find((agent) => agent.agent === id)?.name || id;
  }

  notice({ kind, by, body }, view) {
    const name = (id) => this.nameOf(`agent:${id}`, view);
    const queue = this.queues.find(({ id }) => id === body.queue)?.name ?? body.queue;
    const say = {
      opened: () => "Contact opened",
      queued: () => `Waiting in ${queue}`,
      joined: () => `${name(body.agent)} joined`,
      declined: () => `${name(body.agent)} declined${body.reason ? `: ${body.reason}` : ""}`,
      offer_missed: () => `${name(body.agent)} did not answer the offer`,
      transferred: () => `Transferred to ${body.agent ? name(body.agent) : queue}`,
      agent_lost: () => `${name(body.agent)} lost the connection`,
      unanswered: () => `${name(body.agent)} did not answer for long`,
      reopened: () => "The customer wrote again",
      renamed: () => `The customer is now called ${body.name}`,
      left: () => "The customer has left the platform",
      ended: () => (by === "customer" ? "The customer ended the chat" : "Ended by a colleague"),
      wrapping_up: () => "Talk ended",
      wrapped_up: () => `Wrapped up${body.code ? `: ${body.code}` : ""}`,
      closed: () => "Contact closed",
    };
    return say[kind]?.() ?? "";
  }

  // -- what the agent does -------------------------------------------------------------------------------------------------

  choose(id) {
    this.chosen = id;
    document.body.dataset.showing = id ? "talk" : "list";
    this.conversation.show(id ? this.contacts.get(id) : null);
    this.side.draw();
    this.list.draw();
    this.seen();
  }

  /** Tell the server what has been read: only what this agent really looks at. */
  async seen() {
    const held = this.contacts.get(this.chosen);
    if (!held || document.hidden || !document.hasFocus()) return;
    const { view, timeline } = held;
    const newest = timeline.asked?.seq ?? 0;
    if (view.state !== "talking" || newest <= Math.max(view.seen, held.reading ?? 0)) return;
    held.reading = newest;
    await this.act(view.id, "read", { of: newest }, true);
  }

  unread({ view, timeline }) {
    const from = Math.max(view.seen, 0);
    return [...timeline.entries.values()].filter((entry) => said(entry) && entry.by === "customer" && entry.seq > from).length;
  }

  /** Do something to a contact with the epoch this screen knows; what goes wrong is said, never thrown. */
  async act(id, what, body = {}, quietly = false) {
    const held = this.contacts.get(id);
    try {
      const done = await this.wire.post(`/desk/contacts/${id}/${what}`, { epoch: held?.view.epoch ?? 0, ...body });
      if (held) Object.assign(held.view, { state: done.state, epoch: done.epoch });
      if (held && !HELD.includes(done.state)) this.gone({ ...held.view });
      else this.draw(id);
      this.trouble("");
      return true;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (!quietly) this.trouble(problem.message);
      this.lookSoon();
      return false;
    }
  }

  async setState(state, reason) {
    try {
      this.seated(await this.wire.post("/desk/state", { state, reason }));
    } catch (problem) {
      this.trouble(problem.message);
      this.list.drawSeat();
    }
  }

  async signOut() {
    try {
      await this.wire.post("/desk/sign-out");
    } catch (problem) {
      if (problem.status === 0) return this.trouble(problem.message);
    }
    this.session.leave("");
  }

  lookSoon() {
    clearTimeout(this.looking);
    this.looking = setTimeout(() => this.look(), 400);
  }

  async look() {
    if (this.stopping.signal.aborted) return;
    try {
      this.snapshot(await this.wire.get("/desk/contacts"));
    } catch (problem) {
      this.trouble(problem.message);
    }
  }

  draw(id = null) {
    this.list.draw();
    if (!id || id === this.chosen) {
      this.conversation.draw();
      this.seen();
    }
    if (!id) this.side.draw();
  }
}
