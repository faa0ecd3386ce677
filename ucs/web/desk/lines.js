// The lines of one contact, in the order of their numbers. Lines may come twice and in any order: a number that is here is here
// once. What later lines say about earlier ones (delivered, edited, taken back) is kept by the number it is about.

/** @typedef {import("./types").Entry} Entry */
/** @typedef {{status?: string, reason?: string, code?: string, edit?: Entry, gone?: string, emoji?: string, over?: boolean, aside?: string}} About */

const RANK = ["pending", "sent", "uncertain", "delivered", "read", "failed"];
const REMARKS = new Set([
  "opened", "queued", "joined", "declined", "offer_missed", "transferred", "taken_over", "agent_lost", "unanswered", "reopened",
  "robot_joined", "robot_failed", "asked_for_human", "handed_over", "given_back", "given_up", "clock_set_back",
  "forwarded", "renamed", "left", "ended", "wrapping_up", "wrapped_up", "closed", "rated",
]);

/** @param {Entry} entry */
export const said = (entry) => entry.kind === "message" || entry.kind === "tapped";

/** What was sent together, by a name that its platform gave it; some write `NAME/HOW MANY`. @param {Entry | undefined} entry */
export function albumOf(entry) {
  const name = entry?.kind === "message" && entry.body.album?.split("/")[0];
  return name ? `${entry.by} ${name}` : "";
}

export class Lines {
  /** @param {string} contact */
  constructor(contact) {
    this.contact = contact;
    /** @type {Map<number, Entry>} */
    this.entries = new Map();
    /** @type {Map<number, About>} */
    this.about = new Map();
    /** Numbers of the lines that are shown, in order. @type {number[]} */
    this.shown = [];
    this.whole = 0; // every number up to this one is here
    this.version = 0; // grows with every change
    /** The newest thing that a human being said, and the newest of the customer's. @type {Entry | null} */
    this.last = null;
    /** @type {Entry | null} */
    this.asked = null;
    /** @type {Entry[]} */
    this.notes = [];
    this.readTo = 0; // the customer has seen everything up to this number
    this.arrivedTo = 0; // the customer's page has everything up to this number
    /** What the customer answered in a form: claims. @type {Record<string, string>} */
    this.claims = {};
    this.robot = ""; // what the robot is called that talked in it
  }

  /** Take a line in; false if it was here. @param {Entry} entry */
  take(entry) {
    if (this.entries.has(entry.seq)) return false;
    this.entries.set(entry.seq, entry);
    while (this.entries.has(this.whole + 1)) this.whole += 1;
    this.version += 1;
    if (said(entry) && entry.by !== "system" && !(this.last && this.last.seq > entry.seq)) this.last = entry;
    if (said(entry) && entry.by === "customer" && !(this.asked && this.asked.seq > entry.seq)) this.asked = entry;
    if (entry.by === "customer" && entry.kind === "read") this.readTo = Math.max(this.readTo, entry.body.of ?? 0);
    if (entry.by === "customer" && entry.kind === "delivered") this.arrivedTo = Math.max(this.arrivedTo, entry.body.of ?? 0);
    if (entry.by === "customer" && entry.body.fields) this.claims = { ...this.claims, ...entry.body.fields };
    if (entry.kind === "robot_joined") this.robot = entry.body.name ?? "";
    if (entry.kind === "note") this.notes = inOrder(this.notes, entry, (note) => note.seq);
    if (said(entry) || entry.kind === "note" || REMARKS.has(entry.kind)) {
      this.shown = inOrder(this.shown, entry.seq, (seq) => seq);
    }
    this.remember(entry);
    return true;
  }

  /** @param {Entry} entry */
  remember({ kind, by, body, seq, ...rest }) {
    if (!body.of || !["status", "edited", "recalled", "reacted", "given_up"].includes(kind)) return;
    const known = { ...this.about.get(body.of) };
    const again = body.status === "pending" && known.status === "failed"; // somebody had it sent again
    if (kind === "status" && (again || RANK.indexOf(body.status ?? "") >= RANK.indexOf(known.status ?? ""))) {
      Object.assign(known, { status: body.status, reason: body.reason, code: body.code });
    }
    if (kind === "status" && body.status === "sent" && body.reason) known.aside = body.reason; // it is there, but not all is well
    if (kind === "edited" && !(known.edit && known.edit.seq > seq)) known.edit = { kind, by, body, seq, ...rest };
    if (kind === "recalled") known.gone = by;
    if (kind === "given_up" && (body.kind === "send" || body.kind === "forward")) known.over = true;
    if (kind === "reacted") known.emoji = body.removed ? "" : body.emoji;
    this.about.set(body.of, known);
  }

  /** How far our words in this line have come, as the platform or the customer's page says. @param {number} seq */
  status(seq) {
    const { status = "" } = this.about.get(seq) ?? {};
    if (seq <= this.readTo && ["", "sent", "delivered"].includes(status)) return ""; // the newest that was read says it for all
    return RANK.indexOf(status) < RANK.indexOf("delivered") && seq <= this.arrivedTo ? "delivered" : status;
  }

  /** Who else got the newest of the customer's words. @returns {string[]} */
  get others() {
    return this.asked?.body.copies?.cc ?? [];
  }

  /** The newest of our words that the customer has seen; 0 if none. */
  get lastRead() {
    for (let at = this.shown.length - 1; at >= 0; at -= 1) {
      const entry = this.shown[at] <= this.readTo ? this.entries.get(this.shown[at]) : undefined;
      if (entry && said(entry) && entry.by !== "customer") return entry.seq;
    }
    return 0;
  }

  /** How much of what the customer said came after this number, and after our own last word. @param {number} seen @param {string} by */
  unread(seen, by) {
    let count = 0;
    for (let at = this.shown.length - 1; at >= 0 && this.shown[at] > seen; at -= 1) {
      const entry = this.entries.get(this.shown[at]);
      if (entry && said(entry) && entry.by === by) break;
      if (entry && said(entry) && entry.by === "customer") count += 1;
    }
    return count;
  }

  /** Since when the customer has been waiting for an answer; null if it is the customer's turn. */
  get waitingSince() {
    let since = null;
    for (let at = this.shown.length - 1; at >= 0; at -= 1) {
      const entry = this.entries.get(this.shown[at]);
      if (!entry || !said(entry) || entry.by === "system") continue;
      if (entry.by !== "customer") return since;
      since = entry.at;
    }
    return since;
  }
}

/**
 * The list with one more, at its place: nearly always the end.
 * @template T @param {T[]} list @param {T} one @param {(one: T) => number} rank
 */
function inOrder(list, one, rank) {
  if (!list.length || rank(list[list.length - 1]) < rank(one)) {
    list.push(one);
    return list;
  }
  let low = 0;
  for (let high = list.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (rank(list[middle]) < rank(one)) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, one);
  return list;
}
