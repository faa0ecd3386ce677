// The lines of one contact, in the order of their numbers, and how each is drawn. Lines may come twice and in any order: a number
// that is here is here once. What later lines say about earlier ones (delivered, edited, taken back) is drawn where it belongs.

import { fill, h } from "./dom.js";
import { drawn, inOneLine } from "./parts.js";
import { clock } from "./time.js";

const STATUS = { pending: "Sending …", sent: "Sent", delivered: "Delivered", read: "Read", failed: "Not delivered", uncertain: "Perhaps delivered" };
const RANK = ["pending", "sent", "uncertain", "delivered", "read", "failed"];

export class Timeline {
  /**
   * `side(entry)` is "mine" or "theirs", `author(entry)` the name above it, `notice(entry)` the words of a line that nobody said (empty
   * for one that is not shown). `gallery` shows files; `tap(entry, button)` is for pages where buttons can be pressed.
   */
  constructor(contact, { side, author, notice, gallery, tap }) {
    Object.assign(this, { contact, side, author, notice, gallery, tap });
    this.entries = new Map();
    this.nodes = new Map();
    this.about = new Map(); // number → {status, reason, parts, gone, reactions}
    this.whole = 0; // every number up to this one is here, where numbers have no gaps
    this.newest = 0;
    this.last = null; // the newest thing said
    this.asked = null; // the newest thing that the customer said
    this.node = h("ol", { class: "lines" });
  }

  /** Take a line in; false if it was here. */
  take(entry) {
    if (this.entries.has(entry.seq)) return false;
    this.entries.set(entry.seq, entry);
    while (this.entries.has(this.whole + 1)) this.whole += 1;
    this.newest = Math.max(this.newest, entry.seq);
    if (said(entry) && !(this.last?.seq > entry.seq)) this.last = entry;
    if (said(entry) && entry.by === "customer" && !(this.asked?.seq > entry.seq)) this.asked = entry;
    const of = this.remember(entry);
    if (of) this.draw(this.entries.get(of));
    this.draw(entry);
    return true;
  }

  remember(entry) {
    const { kind, by, body } = entry;
    if (kind === "media") this.gallery.settled(body.media);
    if (!body.of || !["status", "edited", "recalled", "reacted"].includes(kind)) return 0;
    const known = this.about.get(body.of) ?? {};
    if (kind === "status" && RANK.indexOf(body.status) >= RANK.indexOf(known.status)) Object.assign(known, body);
    if (kind === "edited") known.edit = entry;
    if (kind === "recalled") known.gone = by === "customer" ? "Taken back by the customer" : "Taken back";
    if (kind === "reacted") known.emoji = body.removed ? "" : body.emoji;
    this.about.set(body.of, known);
    return body.of;
  }

  draw(entry) {
    if (!entry) return;
    const node = said(entry) || entry.kind === "note" ? this.bubble(entry) : this.remark(entry);
    const old = this.nodes.get(entry.seq);
    if (!node) return;
    node.dataset.seq = entry.seq;
    node.dataset.author = entry.by;
    node.dataset.at = entry.at;
    this.nodes.set(entry.seq, node);
    if (old) old.replaceWith(node);
    else this.insert(node, entry.seq);
    follow(node);
    follow(node.nextElementSibling);
  }

  insert(node, seq) {
    let before = this.node.lastElementChild;
    while (before && Number(before.dataset.seq) > seq) before = before.previousElementSibling;
    if (before) before.after(node);
    else this.node.prepend(node);
  }

  remark(entry) {
    const text = this.notice(entry);
    return text ? h("li", { class: "notice" }, text) : null;
  }

  bubble(entry) {
    const about = this.about.get(entry.seq) ?? {};
    const place = entry.kind === "note" ? "note" : this.side(entry);
    const told = [clock(entry.at), about.edit && "edited", place === "mine" && STATUS[about.status]].filter(Boolean).join(" · ");
    const failed = about.status === "failed" || about.status === "uncertain";
    return h(
      "li",
      { class: `said ${place}${entry.by === "system" ? " system" : ""}${about.gone ? " gone" : ""}` },
      h("span", { class: "author" }, entry.kind === "note" ? `${this.author(entry)} · private note` : this.author(entry)),
      h("div", { class: "bubble" }, about.gone ? h("p", {}, about.gone) : this.content(entry, about)),
      about.emoji && h("span", { class: "reaction" }, about.emoji),
      h("span", { class: `told${failed ? " bad" : ""}` }, told, failed && reasonOf(about)),
    );
  }

  content(entry, about) {
    if (entry.kind === "note") return h("p", {}, entry.body.text);
    if (entry.kind === "tapped") return h("p", {}, entry.body.label || entry.body.payload);
    const tap = this.tap && ((button) => this.tap(entry, button));
    const line = about.edit ?? entry;
    return drawn(line.body.parts, (part) => this.gallery.show(part, line), tap);
  }
}

/** What is on its way to the server, as it will look. `items` as in `unsent.js`. */
export function drawUnsent(list, items, gallery, { retry, forget }) {
  fill(list, items.map((item) =>
    h(
      "li",
      { class: `said ${item.note ? "note" : "mine"} unsent` },
      h("div", { class: "bubble" }, item.note ? h("p", {}, item.note) : drawn(item.parts, (part) => gallery.show(part))),
      item.failed
        ? h("span", { class: "told bad", role: "alert" }, `Not sent: ${item.failed} `,
            h("button", { class: "plain", type: "button", onclick: () => retry(item.id) }, "Try again"), " ",
            h("button", { class: "plain", type: "button", onclick: () => forget(item.id) }, "Discard"))
        : h("span", { class: "told" }, "Sending …"),
    )
  ));
}

export const said = (entry) => entry.kind === "message" || entry.kind === "tapped";

/** A line of the list of contacts. */
export const oneLine = (entry) => (entry ? entry.body.label || inOneLine(entry.body.parts) : "");

function reasonOf(about) {
  const code = about.code ? ` (code ${about.code})` : "";
  return `: ${about.reason || "the platform gave no reason"}${code}`;
}

/** The same author within three minutes is not named again. */
function follow(node) {
  const before = node?.previousElementSibling;
  if (!node?.classList.contains("said")) return;
  const near = before?.classList.contains("said") && new Date(node.dataset.at) - new Date(before.dataset.at) < 180_000;
  const same = near && before.dataset.author === node.dataset.author && before.className.includes("note") === node.className.includes("note");
  node.classList.toggle("follows", Boolean(same));
}

/** Keeps a scrolling box at its end while the reader is there; `call` it after something was added. */
export function stickToEnd(box) {
  let atEnd = true;
  const settle = () => atEnd && (box.scrollTop = box.scrollHeight);
  box.addEventListener("scroll", () => (atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60), { passive: true });
  new ResizeObserver(settle).observe(box);
  const inside = new ResizeObserver(settle);
  for (const child of box.children) inside.observe(child);
  return (now = false) => {
    atEnd ||= now;
    settle();
  };
}
