// The right column: who the customer is, and the customer's earlier contacts.

import { byId, fill, h, icon } from "./dom.js";
import { clock } from "./time.js";

export class Side {
  constructor(desk) {
    this.desk = desk;
    fill(byId("side"));
  }

  draw() {
    const held = this.desk.contacts.get(this.desk.chosen);
    if (!held) return fill(byId("side"));
    const { view } = held;
    const queue = this.desk.queues.find(({ id }) => id === view.queue)?.name ?? view.queue;
    fill(
      byId("side"),
      h("header", { class: "bar" }, h("h2", { class: "grow" }, "Customer"),
        h("button", { type: "button", class: "icon-button only-medium", "aria-label": "Close", onclick: () => document.body.classList.remove("side-open") }, icon("close"))),
      h("dl", { class: "facts" }, facts([
        ["Name", view.name || "not given"], ["Channel", view.channel], ["Address", view.address], ["Queue", queue],
        ["Opened", clock(view.opened_at)], ["Contact", view.id],
      ])),
      h("h3", {}, "Earlier contacts"),
      this.earlier(held.earlier),
    );
  }

  earlier(contacts) {
    if (!contacts?.length) return h("p", { class: "quiet pad" }, contacts ? "This is the first one." : "…");
    return h("ul", { class: "contacts" }, contacts.map((view) =>
      h("li", {}, h("button", { type: "button", class: "contact", onclick: () => this.read(view) },
        h("span", { class: "row" }, h("strong", {}, clock(view.opened_at)), h("span", { class: "quiet" }, view.channel)),
        h("span", { class: "words quiet" }, [view.wrap_up_code || view.reason || view.state, view.queue].filter(Boolean).join(" · "))))
    ));
  }

  read(view) {
    document.body.classList.remove("side-open");
    return this.desk.conversation.read(view).catch((problem) => this.desk.trouble(problem.message));
  }
}

const facts = (rows) => rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
