// The middle column: one contact, what is said in it, and what the agent may do with it. Also an earlier contact, to be read only.

import { Composer } from "./composer.js";
import { transferDialog, wrapUpDialog } from "./desk_dialogs.js";
import { byId, fill, h, icon } from "./dom.js";
import { newId } from "./time.js";
import { drawUnsent, stickToEnd } from "./timeline.js";
import { Unsent } from "./unsent.js";

export class Conversation {
  constructor(desk) {
    this.desk = desk;
    this.box = byId("talk");
    this.held = null;
    this.reading = false; // an earlier contact is shown
    this.unsent = new Unsent(sessionStorage, `ucs:desk:unsent:${desk.me.tenant}:${desk.me.agent}`, {
      deliver: (item) => this.deliver(item), changed: () => this.drawUnsent(),
    });
    this.build();
    this.show(null);
  }

  build() {
    this.name = h("h2", {});
    this.about = h("p", { class: "quiet" });
    this.actions = h("div", { class: "actions" });
    this.lines = h("div", { role: "log", "aria-live": "polite" });
    this.waiting = h("ol", { class: "lines" });
    this.typing = h("p", { class: "typing", hidden: true }, h("span"), h("span"), h("span"), h("b", { class: "quiet" }, "writing"));
    this.inner = h("div", { class: "inner" }, this.lines, this.waiting, this.typing);
    this.scroll = h("section", { class: "scroll", tabindex: "0", "aria-label": "Messages" }, this.inner);
    this.head = h("header", { class: "bar" },
      h("button", { type: "button", class: "icon-button only-narrow", "aria-label": "Back to the list", onclick: () => this.desk.choose(null) }, icon("back")),
      h("div", { class: "grow" }, this.name, this.about), this.actions,
      h("button", { type: "button", class: "icon-button only-medium", "aria-label": "About the customer", onclick: () => document.body.classList.toggle("side-open") }, icon("person")));
    this.composer = new Composer(this.box, {
      placeholder: "Write to the customer", label: "Message",
      say: (text) => this.say(text), sayFile: () => this.fileSayer(),
      address: () => `/desk/media?contact=${this.held.view.id}`, token: () => this.desk.session.token(), rules: () => null, typing: (on) => this.tell(on),
    });
    this.noteMode = h("input", { type: "checkbox", onchange: () => this.drawMode() });
    this.composer.extra.append(h("label", { class: "note-mode" }, this.noteMode, " Private note: only colleagues see it"));
    this.nothing = h("div", { class: "empty" }, icon("chat"), h("h2", {}, "No contact chosen"), h("p", {}, "Accept an offer or choose a contact from the list."));
    this.toEnd = stickToEnd(this.scroll);
  }

  stop() {
    clearTimeout(this.unsent.timer);
    fill(this.box);
  }

  show(held) {
    this.held = held;
    this.reading = false;
    this.noteMode.checked = false;
    this.ended = null;
    if (!held) return fill(this.box, this.nothing);
    fill(this.lines, held.timeline.node);
    fill(this.box, this.head, this.scroll, this.composer.node);
    this.draw();
    this.toEnd(true);
    if (matchMedia("(pointer: fine)").matches) this.composer.text.focus();
  }

  /** A closed contact of the same customer. */
  async read(view) {
    const found = await this.desk.wire.get(`/desk/contacts/${view.id}`);
    const timeline = this.desk.timeline(found.contact);
    for (const entry of found.entries) timeline.take(entry);
    this.held = { view: found.contact, timeline };
    this.reading = true;
    fill(this.lines, timeline.node);
    fill(this.box, this.head, this.scroll);
    this.draw();
    this.toEnd(true);
  }

  /** The contact on the screen is not ours any more: leave it to be read, and say so. */
  left(view) {
    this.held.view = { ...this.held.view, state: view.state };
    this.draw();
  }

  draw() {
    if (!this.held) return;
    const { view } = this.held;
    const mine = this.desk.contacts.has(view.id) && !this.reading;
    const talking = mine && view.state === "talking";
    this.name.textContent = view.name || "Customer";
    const queue = this.desk.queues.find(({ id }) => id === view.queue)?.name ?? view.queue;
    this.about.textContent = [STATES[mine ? view.state : "over"], queue, view.channel].filter(Boolean).join(" · ");
    fill(this.actions, this.buttons(view, mine));
    this.composer.node.hidden = this.reading;
    this.composer.enable(talking || (mine && this.noteMode.checked));
    this.noteMode.disabled = !mine;
    this.typing.hidden = !this.held.typing;
    this.drawMode();
    this.drawUnsent();
    this.toEnd();
  }

  buttons(view, mine) {
    const button = (words, onclick, kind = "") => h("button", { type: "button", class: `button ${kind}`, onclick }, words);
    if (this.reading) {
      const current = this.desk.contacts.get(this.desk.chosen);
      return [button(current ? "Back to the talk" : "Close", () => this.desk.choose(current ? this.desk.chosen : null))];
    }
    if (!mine) return [button("Done", () => this.desk.choose(null))];
    if (view.state === "offered") return [button("Accept", () => this.desk.act(view.id, "accept"), "primary"), button("Decline", () => this.desk.act(view.id, "decline"))];
    if (view.state === "wrap_up") return [button("Wrap up", () => wrapUpDialog(this.desk, view.id), "primary")];
    return [button("Transfer", () => transferDialog(this.desk, view.id)), button("Close", () => this.close(view.id))];
  }

  async close(id) {
    if ((await this.desk.act(id, "close")) && this.desk.contacts.get(id)?.view.state === "wrap_up") wrapUpDialog(this.desk, id);
  }

  drawMode() {
    const note = this.noteMode.checked;
    this.composer.node.classList.toggle("noting", note);
    this.composer.text.placeholder = note ? "Write a note for colleagues" : "Write to the customer";
    const mine = this.held && this.desk.contacts.has(this.held.view.id);
    const talking = mine && this.held.view.state === "talking";
    this.composer.enable(Boolean(talking || (mine && note)));
    this.composer.clip.disabled ||= note;
    if (mine && !talking && !note) this.composer.text.placeholder = this.held.view.state === "offered" ? "Accept the contact to answer" : "The talk has ended";
  }

  drawUnsent() {
    if (!this.waiting) return;
    const items = this.unsent.items.filter((item) => item.contact === this.held?.view.id);
    const actions = { retry: (id) => this.unsent.retry(id), forget: (id) => this.unsent.arrived(id) };
    drawUnsent(this.waiting, items, this.desk.gallery, actions);
  }

  say(text) {
    this.add(this.noteMode.checked ? { note: text } : { parts: [{ type: "text", text }] });
    this.noteMode.checked = false;
    this.drawMode();
  }

  /** A file is said where it was dropped, also if another contact is on the screen when it has arrived. */
  fileSayer() {
    const contact = this.held.view.id;
    return (part) => this.add({ parts: [part] }, contact);
  }

  add(words, contact = this.held.view.id) {
    this.unsent.add({ id: newId(), contact, ...words });
    this.toEnd(true);
  }

  async deliver({ id, contact, parts, note }) {
    const { wire, contacts } = this.desk;
    const held = contacts.get(contact);
    if (note !== undefined) await wire.post(`/desk/contacts/${contact}/notes`, { id, text: note });
    else await wire.post(`/desk/contacts/${contact}/messages`, { id, epoch: held?.view.epoch ?? 0, parts });
    this.desk.fetchMissing(contact, (held?.timeline.whole ?? 0) + 1);
  }

  tell(on) {
    if (this.held && !this.noteMode.checked) this.desk.connection.send({ type: "typing", contact: this.held.view.id, on });
  }
}

const STATES = { offered: "Offered to you", talking: "Talking", wrap_up: "Talk ended, wrap up", over: "Closed or passed on" };
