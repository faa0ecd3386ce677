// The lines of one contact, in the order of their numbers, and how each is drawn. Lines may come twice and in any order: what later lines
// say about earlier ones (changed, taken back, an emoji) is drawn where it belongs.

import { fill, h, icon } from "./dom.js";
import { drawn, inOneLine } from "./parts.js";

/** @typedef {import("./types").Entry} Entry */

const APART = 3_600_000; // milliseconds between two lines, after which the time is told
const NEAR = 180_000; // milliseconds within which the same author is not named again

/** @param {Entry} entry */
export const said = ({ kind }) => kind === "message" || kind === "tapped";

export class Timeline {
  /**
   * @param {{tell: import("./types").Tell, locale: () => string, gallery: import("./media.js").Gallery, us: string,
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
    this.agent = ""; // who joined last
    this.node = h("ol", { class: "lines" });
  }

  /** @param {Entry} entry */
  take(entry) {
    const { kind, body } = entry;
    this.entries.set(entry.seq, entry);
    if (kind === "media") this.how.gallery.settled(body.media);
    if (kind === "joined") this.agent = body.name;
    if (body.of && ["edited", "recalled", "reacted"].includes(kind)) {
      const known = this.about.get(body.of) ?? {};
      if (kind === "edited") known.edit = entry;
      if (kind === "recalled") known.gone = true;
      if (kind === "reacted") known.emoji = body.removed ? "" : body.emoji;
      this.about.set(body.of, known);
      this.draw(this.entries.get(body.of));
    }
    this.draw(entry);
    this.status();
  }

  /** @param {Entry | undefined} entry */
  draw(entry) {
    if (!entry) return;
    const node = said(entry) ? this.bubble(entry) : this.remark(entry);
    if (!node) return;
    Object.assign(node.dataset, { seq: entry.seq, author: entry.by, at: entry.at });
    const old = this.nodes.get(entry.seq);
    this.nodes.set(entry.seq, node);
    if (old) old.replaceWith(node);
    else {
      let before = /** @type {HTMLElement | null} */ (this.node.lastElementChild);
      while (before && Number(before.dataset.seq) > entry.seq) before = /** @type {HTMLElement | null} */ (before.previousElementSibling);
      if (before) before.after(node);
      else this.node.prepend(node);
    }
    this.follow(node);
    this.follow(node.nextElementSibling);
  }

  /** @param {Entry} entry */
  remark(entry) {
    const { tell } = this.how;
    const text = this.notice(entry);
    if (entry.kind === "rated") {
      const stars = Array.from({ length: 5 }, (_, at) => h("span", { class: at < entry.body.score ? "on" : "" }, icon("star")));
      const label = tell("stars", { n: entry.body.score });
      return h("li", { class: "notice" }, h("span", { class: "stars", role: "img", "aria-label": label }, stars), entry.body.comment && h("q", {}, entry.body.comment));
    }
    return text ? h("li", { class: "notice" }, text) : null;
  }

  /** @param {Entry} entry */
  notice({ kind, by, body, seq }) {
    const { tell } = this.how;
    const before = (/** @type {string} */ kind) => [...this.entries.values()].some((line) => line.kind === kind && line.seq < seq);
    if (kind === "joined") return tell("joined", { name: body.name || tell("agent") });
    if (kind === "queued" && before("joined")) return body.name ? tell("passed", { name: body.name }) : tell("passed_on");
    if (kind === "reopened") return tell("reopened");
    if (kind === "wrapping_up" || (kind === "closed" && body.reason !== "outside_hours" && !before("wrapping_up"))) return tell("over");
    if (kind === "ended" && by !== "customer") return "";
    return "";
  }

  /** @param {Entry} entry */
  bubble(entry) {
    const { tell, gallery } = this.how;
    const about = this.about.get(entry.seq) ?? {};
    const gone = about.gone || entry.body.redacted;
    const mine = entry.by === "customer";
    const line = about.edit ?? entry;
    const last = Math.max(...[...this.entries.values()].filter(said).map(({ seq }) => seq)) === entry.seq;
    const content = gone
      ? h("p", {}, tell("gone"))
      : entry.kind === "tapped"
        ? h("p", {}, entry.body.label || entry.body.payload)
        : drawn(line.body.parts, (part) => gallery.show(part, line), mine ? null : this.how.tap);
    return h(
      "li",
      { class: `said ${mine ? "mine" : "theirs"} ${entry.by}${gone ? " gone" : ""}${last ? " last" : ""}` },
      h("span", { class: "author" }, this.author(entry)),
      h("div", { class: "bubble", title: this.clock(entry.at), dir: "auto" }, content),
      about.emoji && h("span", { class: "reaction" }, about.emoji),
      about.edit && h("span", { class: "told" }, tell("edited")),
    );
  }

  /** @param {Entry} entry */
  author(entry) {
    const { tell, us } = this.how;
    if (entry.by === "customer") return tell("you");
    if (entry.by === "robot") return tell("robot");
    if (entry.by === "system") return us;
    let name = "";
    for (const line of this.entries.values()) if (line.kind === "joined" && line.seq < entry.seq) name = line.body.name;
    return name || tell("agent");
  }

  /** How far the newest word of the customer's has come is told under it, and under no other. Quick replies are for the newest word. */
  status() {
    const lines = [...this.entries.values()].sort((one, other) => one.seq - other.seq);
    const newest = lines.findLast((line) => said(line) && line.by === "customer");
    const last = lines.findLast(said);
    for (const [seq, node] of this.nodes) {
      node.classList.toggle("last", seq === last?.seq);
      if (seq !== newest?.seq) node.querySelector(".status")?.remove();
    }
    const node = newest && this.nodes.get(newest.seq);
    if (!newest || !node) return;
    let [withUs, read] = [false, 0];
    for (const { kind, by, seq, body } of lines) {
      if (kind === "joined") withUs = true;
      if (kind === "queued" && seq < newest.seq) withUs = false;
      if (kind === "read" && by === "agent") read = body.of;
      if (said({ kind, by, seq, body, at: "", type: "entry", contact: "" }) && by === "agent") read = Math.max(read, seq - 1);
    }
    const text = this.how.tell(read >= newest.seq ? "read" : withUs ? "delivered" : "sent");
    const shown = node.querySelector(".status") ?? node.appendChild(h("span", { class: "told status" }));
    if (shown.textContent !== text) shown.textContent = text;
  }

  /** Whoever goes on speaking is not named again, and after a pause the time is told. @param {any} node */
  follow(node) {
    if (!node) return;
    const before = node.previousElementSibling;
    const gap = before ? Number(new Date(node.dataset.at)) - Number(new Date(before.dataset.at)) : Infinity;
    const same = gap < NEAR && before.dataset.author === node.dataset.author && before.classList.contains("said");
    node.classList.toggle("follows", Boolean(same));
    if (gap > APART) node.dataset.when = this.clock(node.dataset.at);
    else delete node.dataset.when;
  }

  /** @param {string} at */
  clock(at) {
    const [then, now] = [new Date(at), new Date()];
    /** @type {Intl.DateTimeFormatOptions} */
    const day = then.toDateString() === now.toDateString() ? {} : { weekday: "short", day: "numeric", month: "short" };
    return then.toLocaleString(this.how.locale(), { ...day, hour: "2-digit", minute: "2-digit" });
  }

  /** The conversation as a text to keep. */
  transcript() {
    const lines = [...this.entries.values()].sort((one, other) => one.seq - other.seq);
    return lines.flatMap((entry) => {
      const words = said(entry) ? entry.body.label || inOneLine((this.about.get(entry.seq)?.edit ?? entry).body.parts, this.how.tell) : this.notice(entry);
      if (!words || this.about.get(entry.seq)?.gone) return [];
      const when = new Date(entry.at).toLocaleString(this.how.locale(), { dateStyle: "short", timeStyle: "short" });
      return [said(entry) ? `[${when}] ${this.author(entry)}: ${words}` : `[${when}] ${words}`];
    });
  }
}

/**
 * What is on its way to the server, as it will look.
 * @param {HTMLElement} list @param {import("./types").Unsent[]} items @param {import("./types").Tell} tell
 * @param {import("./media.js").Gallery} gallery @param {{retry: (id: string) => void, forget: (id: string) => void}} act
 */
export function drawUnsent(list, items, tell, gallery, { retry, forget }) {
  const plain = (/** @type {string} */ key, /** @type {() => void} */ onclick) => h("button", { type: "button", class: "plain", onclick }, tell(key));
  const shown = items.map(({ id, parts, file, failed }) => {
    const name = file && h("div", { class: "file" }, icon("file"), h("span", {}, file.name));
    const why = failed && /\D/.test(failed) ? ` ${failed}` : "";
    return h(
      "li",
      { class: "said mine" },
      h("div", { class: `bubble${failed ? "" : " pending"}`, dir: "auto" }, name ?? drawn(parts, (part) => gallery.row("file", part.name || tell(part.type)), null)),
      failed
        ? h("span", { class: "told bad", role: "alert" }, `${tell("failed")}.${why} `, plain("retry", () => retry(id)), " ", plain("discard", () => forget(id)))
        : h("span", { class: "told" }, tell("sending")),
    );
  });
  fill(list, shown);
}
