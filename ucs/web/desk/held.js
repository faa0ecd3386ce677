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
    this.lines = new Lines(view.id);
    this.typing = false;
    this.fetching = false;
    this.reading = 0; // the line that we have said we read
    /** @type {import("./types").OpenedContact | null} */
    this.opened = null;
    /** @type {number | undefined} */
    this.timer = undefined;
  }
  get name() {
    return this.view.name || t("customer");
  }
}
