// The customer's page: one lane, of which it shows the newest contact and, if asked, the earlier ones.
//
// The socket brings lines as they are written. Where none can be opened the page asks and waits over plain HTTP instead.

import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { byId, fill, h } from "./dom.js";
import { Gallery } from "./media.js";
import { newId } from "./time.js";
import { Timeline, drawUnsent, said, stickToEnd } from "./timeline.js";
import { Unsent } from "./unsent.js";
import { Visitor } from "./visitor.js";
import { Wire } from "./wire.js";

const OPEN = ["queued", "offered", "talking", "robot"];
const FORBIDDEN = 4403; // close code: this page may not show this chat
const LOOK_AGAIN = 8000; // milliseconds between two looks at one's place in the queue
const NOTICES = {
  queued: ({ body }) => (body.name ? `You are in the queue for ${body.name}.` : "You are in the queue."),
  joined: ({ body }) => `${body.name || "An agent"} is here now.`,
  wrapping_up: () => "This conversation has ended.",
  reopened: () => "The conversation goes on.",
  ended: ({ by }) => (by === "customer" ? "You ended the chat." : ""),
  media: ({ body }) => (body.ready ? "" : `A file could not be kept: ${body.reason || "no reason was given"}`),
};

class Talk {
  constructor(channel) {
    this.visitor = new Visitor(channel, (view, anew) => this.session(view, anew));
    this.wire = new Wire(() => this.token(), (used) => this.visitor.renew(used));
    this.gallery = new Gallery(this.wire, "/chat/media");
    this.timelines = new Map();
    this.known = {}; // contact → number up to which we have everything
    this.catchingUp = null;
    this.composer = new Composer(byId("talk"), {
      placeholder: "Write a message", label: "Message",
      say: (text) => this.say([{ type: "text", text }]), sayFile: () => (part) => this.say([part]),
      address: () => "/chat/media", token: () => this.token(), rules: () => this.rules, typing: (on) => this.connection?.send({ type: "typing", on }),
    });
    byId("composer").append(this.composer.node);
    this.composer.enable(true);
    this.toEnd = stickToEnd(byId("scroll"));
    this.unsent = new Unsent(sessionStorage, `ucs:${channel}:unsent`, {
      deliver: (item) => this.deliver(item), changed: (items) => this.drawUnsent(items),
    });
    byId("end").onclick = () => byId("ending").showModal();
    byId("ending").onclose = () => byId("ending").returnValue === "yes" && this.end();
    byId("earlier").onclick = () => this.showEarlier();
    setInterval(() => this.view && OPEN.includes(this.view.state) && !document.hidden && this.refresh(), LOOK_AGAIN);
    this.drawUnsent(this.unsent.items);
    if (this.visitor.exists || this.unsent.items.length) this.connect();
  }

  // -- the session and its connection ----------------------------------------------------------------------------------

  token() {
    return this.visitor.token(byId("name").value.trim());
  }

  /** `anew`: the old session has ended, and with it what it could see. */
  session(view, anew) {
    if (anew) {
      this.timelines.clear();
      this.known = {};
      fill(byId("contacts"), h("p", { class: "notice" }, "Your earlier session has ended. This is a new one."));
    }
    this.rules = view.media;
    this.closed = !view.open;
    this.stand(view.contact);
  }

  connect() {
    byId("welcome").hidden = true;
    if (this.connection) return;
    this.connection = new Connection("/chat/socket", {
      hello: async () => ({ type: "hello", token: await this.token(), last: this.known }),
      heard: (frame) => this.heard(frame),
      changed: (state, failures) => this.connected(state, failures),
      refused: (code, reason) => this.refused(code, reason),
    });
    this.unsent.go();
  }

  connected(state, failures) {
    if (state === "open") {
      this.stopPolling();
      this.trouble("");
      this.unsent.go();
    } else if (state === "lost") {
      if (failures > 1) this.poll();
      if (failures > 1) this.trouble("The connection is lost. It is being tried again …");
    }
  }

  async refused(code, reason) {
    this.connection = null;
    const used = this.visitor.session.token;
    if (code === FORBIDDEN || this.renewed === used) return this.trouble(`The chat cannot be opened: ${reason || "the server refused it"}. Reload the page to try again.`);
    try {
      this.renewed = await this.visitor.renew(used);
      this.connect();
    } catch (problem) {
      this.trouble(problem.message);
      setTimeout(() => this.connect(), 5000);
    }
  }

  trouble(text) {
    byId("trouble").hidden = !text;
    byId("trouble").textContent = text;
  }

  /** Without a socket: ask for what is new, and let the server answer when there is something. */
  async poll() {
    if (this.polling) return;
    const stop = (this.polling = new AbortController());
    while (this.polling === stop) {
      try {
        await this.ask({ wait: true, signal: stop.signal });
        if (this.polling === stop) this.trouble("");
        await this.unsent.go();
        if (!this.view) await pause(5000);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        this.trouble(problem.message);
        await pause(4000);
      }
    }
  }

  stopPolling() {
    this.polling?.abort();
    this.polling = null;
  }

  // -- what comes ------------------------------------------------------------------------------------------------------

  heard(frame) {
    if (frame.type === "entry") this.take(frame);
    else if (frame.type === "typing") this.typing(frame.on);
    else if (frame.type === "hello") this.resume(frame.contact);
    else if (frame.type === "place") this.refresh();
  }

  /** Lines may overtake the older ones that are being caught up with: until those are here, nothing counts as known. */
  resume(contact) {
    this.catchingUp = contact && contact.seq > (this.known[contact.id] ?? 0) ? contact : null;
    this.stand(contact);
    if (contact && !this.lookedBack) this.lookBack();
  }

  async lookBack() {
    this.lookedBack = true;
    const { contacts } = await this.wire.get("/chat/contacts");
    byId("earlier").hidden = contacts.length < 2;
  }

  take(entry) {
    const timeline = this.timeline(entry.contact);
    const isNew = timeline.take(entry);
    this.count(entry);
    if (!isNew) return;
    if (entry.body.client) this.unsent.arrived(entry.body.client);
    if (entry.by === "agent") this.typing(false);
    if (!said(entry)) this.refreshSoon();
    this.toEnd(entry.by === "customer");
  }

  count({ contact, seq }) {
    if (this.catchingUp) {
      if (contact !== this.catchingUp.id || seq !== this.catchingUp.seq) return;
      this.catchingUp = null;
    }
    for (const [id, { newest }] of this.timelines) this.known[id] = newest;
  }

  timeline(contact) {
    if (!this.timelines.has(contact)) {
      const timeline = new Timeline(contact, {
        side: (entry) => (entry.by === "customer" ? "mine" : "theirs"),
        author: (entry) => (entry.by === "agent" ? this.names?.[contact] || "Agent" : ""),
        notice: (entry) => this.notice(entry), gallery: this.gallery, tap: (entry, button) => this.tap(button),
      });
      this.timelines.set(contact, timeline);
      byId("contacts").append(timeline.node);
    }
    return this.timelines.get(contact);
  }

  notice(entry) {
    if (entry.kind === "joined") (this.names ??= {})[entry.contact] = entry.body.name;
    return NOTICES[entry.kind]?.(entry) ?? "";
  }

  /** Get what is new of a contact, or the newest contact if we know none yet. */
  async ask({ contact = this.view?.id, wait = false, signal } = {}) {
    const query = new URLSearchParams({ after: this.known[contact] ?? 0, ...(contact && { contact }), ...(wait && { wait: 1 }) });
    const found = await this.wire.get(`/chat/entries?${query}`, signal);
    for (const entry of found.entries) this.take(entry);
    const newest = found.entries.at(-1);
    if (newest) this.known[newest.contact] = Math.max(this.known[newest.contact] ?? 0, newest.seq);
    if (found.entries.length && newest.seq < found.newest) return this.ask({ contact: found.contact.id, signal }); // the next page
    if (found.contact && found.latest === found.contact.id) this.stand(found.contact);
    else if (found.latest && !this.timelines.has(found.latest)) await this.ask({ contact: found.latest, signal });
  }

  refreshSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.refresh(), 150);
  }

  refresh() {
    return this.ask().catch((problem) => this.trouble(problem.message));
  }

  // -- how it stands -----------------------------------------------------------------------------------------------------

  stand(view) {
    this.view = view;
    byId("end").hidden = !view || !OPEN.includes(view.state);
    byId("standing").textContent = standing(view, this.closed);
    document.body.dataset.state = view?.state ?? "none";
    if (view?.state !== "talking") this.typing(false);
  }

  typing(on) {
    clearTimeout(this.typingOver);
    byId("typing").hidden = !on;
    byId("typing").lastElementChild.textContent = this.view?.agent ? `${this.view.agent} is writing` : "";
    if (on) this.typingOver = setTimeout(() => this.typing(false), 6000);
  }

  // -- what the customer does ----------------------------------------------------------------------------------------------

  say(parts) {
    this.unsent.add({ id: newId(), parts });
    this.connect();
    this.toEnd(true);
  }

  async deliver(item) {
    const line = await this.wire.post("/chat/messages", { id: item.id, parts: item.parts });
    if ((this.known[line.contact] ?? 0) < line.seq) await this.ask({ contact: line.contact });
  }

  async tap(button) {
    try {
      await this.wire.post("/chat/taps", { id: newId(), payload: button.payload || button.label, label: button.label });
      await this.refresh();
    } catch (problem) {
      this.trouble(problem.message);
    }
  }

  async end() {
    try {
      await this.wire.post("/chat/end");
      await this.refresh();
    } catch (problem) {
      this.trouble(problem.message);
    }
  }

  drawUnsent(items) {
    const actions = { retry: (id) => this.unsent.retry(id), forget: (id) => this.unsent.arrived(id) };
    drawUnsent(byId("unsent"), items, this.gallery, actions);
  }

  async showEarlier() {
    byId("earlier").hidden = true;
    const { contacts } = await this.wire.get("/chat/contacts");
    const missing = contacts.filter((contact) => !this.timelines.has(contact.id)).reverse();
    for (const contact of missing) await this.ask({ contact: contact.id });
    const inOrder = [...missing.map((contact) => contact.id), ...this.timelines.keys()];
    fill(byId("contacts"), [...new Set(inOrder)].map((id) => this.timelines.get(id)?.node));
  }
}

function standing(view, closed) {
  if (!view) return closed ? "We are closed at the moment; your message waits for us." : "Write to us. A person will answer.";
  if (view.state === "talking") return view.agent ? `${view.agent} is talking with you.` : "You are talking with us.";
  if (view.state === "queued" || view.state === "offered") return inQueue(view);
  if (view.state === "robot") return "Our robot answers first.";
  return "This conversation has ended. Write to begin a new one.";
}

function inQueue({ state, position, minutes }) {
  if (state === "offered") return "Somebody is about to answer.";
  const place = position === 1 ? "You are next." : position ? `You are number ${position} in the queue.` : "You are in the queue.";
  return minutes ? `${place} It takes about ${minutes} min.` : place;
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

new Talk(document.documentElement.dataset.channel);
