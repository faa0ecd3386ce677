// One contact on this screen, with its lines.

import { t } from "./lang.js";
import { Lines } from "./lines.js";

/** @typedef {import("./types").ContactView} ContactView */

/** One contact on this screen. `role`: it is ours, an earlier one to be read, or one that a supervisor watches. */
export class Held {
  /** @param {ContactView} view @param {"own" | "earlier" | "left" | "watched"} role */
  constructor(view, role) {
    this.view = view;
    this.role = role;
    this.upTo = view.seq; // the line after which it was as `view` says
    this.lines = new Lines(view.id);
    this.typing = false;
    this.fetching = false;
    /** @type {import("./types").Copies | null} */
    this.copies = null; // who else is to get what we say
    this.reading = 0; // the line that we have said we read
    /** @type {import("./types").OpenedContact | null} */
    this.opened = null;
    /** @type {{area: {current: HTMLTextAreaElement | null}, setText: (text: string) => void} | null} */
    this.composer = null; // where one writes to it, or did
    this.refreshed = 0; // how often that was asked for: an answer that is overtaken counts for nothing
    /** @type {import("./types").Advice | null} */
    this.advice = null;
    /** @type {number | undefined} */
    this.timer = undefined;
  }
  /** What a robot suggests, as long as it is about what was said last and it is we who talk. */
  get advised() {
    const { advice, view, lines } = this;
    const holds = advice && view.state === "talking" && view.epoch === advice.epoch && (lines.last?.seq ?? 0) <= advice.of;
    return holds ? advice : null;
  }
  get name() {
    return this.view.name || t("customer");
  }
}
