// The lines of one contact, in the order of their numbers, and how each is drawn. Lines may come twice and in any order: what later lines
// say about earlier ones (changed, taken back, an emoji) is drawn where it belongs.

import { fill, h, icon, press } from "./dom.js";
import { fileRow } from "./media.js";
import { drawn } from "./parts.js";

/** @typedef {import("./types").Entry} Entry */

const APART = 3_600_000; // milliseconds between two lines, after which the time is told
const NEAR = 180_000; // milliseconds within which the same author is not named again

/** @param {Entry} entry */
export const said = ({ kind }) => kind === "message" || kind === "tapped";

export class Timeline {
  /**
   * @param {{tell: import("./types").Tell, locale: string, gallery: import("./media.js").Gallery, us: string,
   *   tap: (button: import("./types").Button) => void}} how
   */
  constructor(how) {
    this.how = how;
    /** @type {Map<number, Entry>} */
    this.entries = new Map();
    /** @type {Map<number, HTMLElement>} */
    this.nodes = new Map();
    /** @type {Map<number, {edit?: Entry, gone?: boolean, emoji?: string}>} */
    this.about = new Map();
    this.node = h("ol", { class: "lines" });
    this.told = h("span", { class: "told status" });
  }

  /** @param {Entry} entry */
  take(entry) {
    const { kind, body, seq } = entry;
    this.entries.set(seq, entry);
    if (kind === "media") this.how.gallery.settled(body.media);
    const known = this.about.get(body.of) ?? {};
    if (kind === "edited") known.edit = entry;
    else if (kind === "recalled") known.gone = true;
    else if (kind === "reacted") known.emoji = body.removed ? "" : body.emoji;
    if (Object.keys(known).length) {
      this.about.set(body.of, known);
      this.draw(this.entries.get(body.of));
    }
    this.draw(entry);
    this.status();
  }

  /** The newest line of this kind before a number. @param {string} kind @param {number} seq */
  before(kind, seq) {
    return this.sorted().findLast((line) => line.kind === kind && line.seq < seq);
  }

  sorted() {
    return [...this.entries.values()].sort((one, other) => one.seq - other.seq);
  }

  /** @param {Entry | undefined} entry */
  draw(entry) {
    const node = entry && (said(entry) ? this.bubble(entry) : this.remark(entry));
    if (!node) return;
    Object.assign(node.dataset, { seq: entry.seq, author: entry.by, at: entry.at });
    const old = this.nodes.get(entry.seq);
    this.nodes.set(entry.seq, node);
    if (old) old.replaceWith(node);
    else {
      const before = /** @type {HTMLElement[]} */ ([...this.node.children]).findLast((each) => Number(each.dataset.seq) < entry.seq);
      if (before) before.after(node);
      else this.node.prepend(node);
    }
    this.follow(node);
    this.follow(node.nextElementSibling);
  }

  /** @param {Entry} entry */
  remark({ kind, body, seq }) {
    const { tell } = this.how;
    const notice = (/** @type {any} */ ...shown) => h("li", { class: "notice" }, ...shown);
    if (kind === "joined") return notice(tell("joined", { name: body.name || tell("agent") }));
    if (kind === "queued" && this.before("joined", seq)) return notice(tell(body.name ? "passed" : "passed_on", body));
    if (kind === "reopened") return notice(tell(kind));
    if (kind === "rated") return notice(h("span", { role: "img", "aria-label": tell("stars", { n: body.score }) }, "★".repeat(body.score)), h("q", {}, body.comment));
    if (kind === "wrapping_up" || (kind === "closed" && body.reason !== "outside_hours" && !this.before("wrapping_up", seq))) return notice(tell("over"));
  }

  /** @param {Entry} entry */
  bubble(entry) {
    const { tell, gallery, tap } = this.how;
    const { by, body, seq } = entry;
    const { edit, gone = body.redacted, emoji } = this.about.get(seq) ?? {};
    const mine = by === "customer";
    const line = edit ?? entry;
    const tapped = entry.kind === "tapped" && h("p", {}, body.label || body.payload);
    return h(
      "li",
      { class: `said ${mine ? "mine" : "theirs"}${gone ? " gone" : ""}` },
      h("span", { class: "author" }, this.author(entry)),
      h("div", { class: "bubble", title: this.clock(entry.at) }, gone ? tell("gone") : tapped || drawn(line.body.parts, (part) => gallery.show(part, line), mine ? null : tap)),
      emoji && h("span", { class: "told" }, emoji),
      edit && h("span", { class: "told" }, tell("edited")),
    );
  }

  /** @param {Entry} entry */
  author({ by, seq }) {
    const { tell, us } = this.how;
    if (by === "system") return us;
    return (by === "agent" && this.before("joined", seq)?.body.name) || tell(by === "customer" ? "you" : by);
  }

  /** How far the newest word of the customer's has come is told under it, and under no other. */
  status() {
    const lines = this.sorted();
    const newest = lines.findLast((line) => said(line) && line.by === "customer");
    const node = newest && this.nodes.get(newest.seq);
    if (!node) return;
    let [withUs, read] = [false, 0];
    for (const { kind, by, seq, body } of lines) {
      if (kind === "joined") withUs = true;
      else if (kind === "queued" && seq < newest.seq) withUs = false;
      else if (by === "agent") read = Math.max(read, kind === "read" ? body.of : seq - 1); // who answers has read
    }
    const text = this.how.tell(read >= newest.seq ? "read" : withUs ? "delivered" : "sent");
    if (this.told.parentNode !== node) node.append(this.told); // only what is new is read out
    if (this.told.textContent !== text) this.told.textContent = text;
  }

  /** Whoever goes on speaking is not named again, and after a pause the time is told. @param {any} node */
  follow(node) {
    if (!node) return;
    const before = node.previousElementSibling;
    const gap = before ? Date.parse(node.dataset.at) - Date.parse(before.dataset.at) : Infinity;
    node.classList.toggle("follows", gap < NEAR && before.dataset.author === node.dataset.author && before.matches(".said"));
    if (gap > APART) node.dataset.when = this.clock(node.dataset.at);
    else delete node.dataset.when;
  }

  /** @param {string} at */
  clock(at) {
    const then = new Date(at);
    const today = then.toDateString() === new Date().toDateString();
    return then.toLocaleString(this.how.locale, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
  }
}

/**
 * What is on its way to the server, as it will look.
 * @param {HTMLElement} list @param {import("./outbox.js").Outbox} outbox @param {import("./types").Tell} tell
 */
export function drawUnsent(list, outbox, tell) {
  const shown = outbox.items.map((item) => {
    const { id, parts, file, failed, wrong } = item;
    const bar = file && !parts && (item.bar ??= h("progress", { value: 0, "aria-label": tell("sending") }));
    return h(
      "li",
      { class: "said mine unsent" },
      h("div", { class: "bubble" }, file ? fileRow(file.name) : drawn(parts, (part) => fileRow(part.name || tell(part.type)), null)),
      failed
        ? h("span", { class: "told bad", role: "alert" }, tell("failed"), ". ", !wrong && [failed, " ", press("plain", () => outbox.retry(id), tell("retry"))], " ", press("plain", () => outbox.forget(id), tell("discard")))
        : h("span", { class: "told" }, tell("sending"), " ", bar),
    );
  });
  fill(list, shown);
}
