// The left column: the seat, the offers with their time running, the contacts with what is unread.

import { byId, fill, h, icon } from "./dom.js";
import { oneLine } from "./timeline.js";
import { span } from "./time.js";
import { serverNow } from "./wire.js";

const SEAT = { offline: "Offline", idle: "Ready", busy: "Full", rest: "At rest", work: "Wrap-up" };

export class List {
  constructor(desk) {
    this.desk = desk;
    this.title = document.title;
    byId("agent-name").textContent = desk.me.name;
    byId("state").onchange = (event) => desk.setState(...event.target.value.split(":"));
    fill(byId("sign-out"), icon("out"));
    byId("sign-out").onclick = () => desk.signOut();
    this.timer = setInterval(() => this.tick(), 1000);
    fill(byId("offers"));
    fill(byId("contacts"));
  }

  stop() {
    clearInterval(this.timer);
    document.title = this.title;
  }

  drawSeat() {
    const { state, reason, load, capacity, lost } = this.desk.seat;
    byId("seat").textContent = lost ? "Not heard of" : [SEAT[state] ?? state, load > 0 && `${load} of ${capacity}`].filter(Boolean).join(" · ");
    byId("seat").title = `${load} of ${capacity} units taken`;
    byId("seat").dataset.state = state;
    const ready = state === "idle" || state === "busy" || state === "work";
    const wanted = ready ? "idle:" : `rest:${reason ?? ""}`;
    const known = [...byId("state").options].some((option) => option.value === wanted);
    byId("state").value = known ? wanted : "rest:";
    this.drawIdle();
  }

  draw() {
    const all = [...this.desk.contacts.values()];
    this.drawOffers(all.filter(({ view }) => view.state === "offered"));
    const mine = all.filter(({ view }) => view.state !== "offered");
    mine.sort((one, other) => rank(other) - rank(one));
    fill(byId("contacts"), mine.map((held) => this.row(held)));
    const unread = mine.reduce((sum, held) => sum + this.desk.unread(held), 0) + all.length - mine.length;
    document.title = unread ? `(${unread}) ${this.title}` : this.title;
    this.drawIdle();
  }

  drawIdle() {
    const ready = byId("state").value.startsWith("idle");
    byId("idle").hidden = this.desk.contacts.size > 0;
    byId("idle").firstElementChild.textContent = ready
      ? "Nobody is waiting for you. A new contact appears here."
      : "You are at rest. Choose Ready to get contacts.";
  }

  drawOffers(offers) {
    const shown = new Map([...byId("offers").children].map((node) => [node.dataset.id, node]));
    fill(byId("offers"), offers.map((held) => {
      const node = shown.get(held.view.id) ?? this.offer(held);
      node.querySelector(".words").textContent = oneLine(held.timeline.asked);
      node.querySelector("strong").textContent = held.view.name || "New customer";
      return node;
    }));
  }

  offer({ view }) {
    const act = (what) => async (event) => {
      for (const button of event.target.closest(".offer").querySelectorAll("button")) button.disabled = true;
      const done = await this.desk.act(view.id, what);
      if (done && what === "accept") this.desk.choose(view.id);
    };
    const queue = this.desk.queues.find(({ id }) => id === view.queue)?.name ?? view.queue;
    const total = Math.max(1000, new Date(view.offered_until) - serverNow());
    const node = h("article", { class: "offer" },
      h("div", { class: "row" }, h("strong", {}), h("span", { class: "left quiet" })),
      h("p", { class: "words" }),
      h("p", { class: "quiet" }, `${queue} · ${view.channel}${view.since ? ` · waiting ${span(serverNow() - new Date(view.since))}` : ""}`),
      h("progress", { max: total, value: total, "aria-label": "Time left to answer" }),
      h("div", { class: "row" },
        h("button", { class: "button primary grow", type: "button", onclick: act("accept") }, "Accept"),
        h("button", { class: "button", type: "button", onclick: act("decline") }, "Decline")));
    node.dataset.id = view.id;
    node.dataset.until = view.offered_until;
    this.count(node);
    return node;
  }

  tick() {
    for (const node of byId("offers").children) this.count(node);
    for (const node of byId("contacts").querySelectorAll("[data-since]")) node.textContent = span(serverNow() - new Date(node.dataset.since));
  }

  count(node) {
    const left = Math.max(0, new Date(node.dataset.until) - serverNow());
    node.querySelector("progress").value = left;
    node.querySelector(".left").textContent = `${Math.ceil(left / 1000)} s`;
  }

  row(held) {
    const { view, timeline, typing } = held;
    const unread = this.desk.unread(held);
    const waits = timeline.last?.by === "customer" && view.state === "talking";
    return h("li", {}, h("button", {
      type: "button", class: "contact", "aria-current": view.id === this.desk.chosen ? "true" : false,
      onclick: () => this.desk.choose(view.id),
    },
      h("span", { class: "row" }, h("strong", {}, view.name || "Customer"),
        view.state === "wrap_up" ? h("span", { class: "tag" }, "Wrap up") : waits && h("span", { class: "quiet", "data-since": timeline.last.at, title: "Waiting for an answer" }, span(serverNow() - new Date(timeline.last.at)))),
      h("span", { class: "row" }, h("span", { class: "words quiet" }, typing ? "is writing …" : oneLine(timeline.last)),
        unread > 0 && h("span", { class: "count", "aria-label": `${unread} unread` }, String(unread)))));
  }
}

const rank = ({ view, timeline }) => Date.parse(timeline.last?.at ?? view.opened_at);
