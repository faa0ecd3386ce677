// Files that messages name. What one is, whether it is here yet and under which signed link it lies is asked when it is to be shown;
// links live for minutes, so a picture that no longer loads is asked for once more.

import { t } from "./lang.js";
import { Problem } from "./wire.js";

/** @typedef {import("./types").Item} Item */
/** @typedef {{item?: Item, trouble?: string, again?: boolean}} Known */

const GOOD_FOR = 8 * 60_000; // milliseconds a link is used; the server gives ten minutes

export class Items {
  /** @param {import("./wire.js").Wire} wire */
  constructor(wire) {
    this.wire = wire;
    /** @type {Map<string, {known: Known, at: number}>} */
    this.all = new Map();
    /** @type {Map<string, Set<(known: Known) => void>>} */
    this.waiting = new Map();
    /** @type {Map<string, string>} */
    this.places = new Map();
  }

  /** Hear what is known of a file, now and whenever that changes. Returns how to stop. @param {string} media
   * @param {string} place the line that names it, as a query @param {(known: Known) => void} hear */
  follow(media, place, hear) {
    const followers = this.waiting.get(media) ?? new Set();
    this.waiting.set(media, followers.add(hear));
    const kept = this.all.get(media);
    if (kept && Date.now() - kept.at < GOOD_FOR) hear(kept.known);
    else this.look(media, place);
    return () => void followers.delete(hear);
  }

  /** @param {string} media @param {string} place */
  async look(media, place) {
    this.all.set(media, { known: this.all.get(media)?.known ?? {}, at: Date.now() });
    this.places.set(media, place);
    try {
      this.know(media, { item: await this.wire.get(`/desk/media/${media}${place}`) });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.know(media, { trouble: problem.status === 404 ? t("file_gone") : problem.message, again: problem.passing });
    }
  }

  /** Have the server bring what a document shows from elsewhere. Throws a `Problem`. @param {string} media @param {string} place */
  async bringPictures(media, place) {
    this.know(media, { item: await this.wire.post(`/desk/media/${media}/pictures${place}`) });
  }

  /** @param {string} media @param {Known} known */
  know(media, known) {
    this.all.set(media, { known, at: Date.now() });
    for (const hear of this.waiting.get(media) ?? []) hear(known);
  }

  /** A pending file has come, or never will. @param {string} media */
  settled(media) {
    const place = this.places.get(media);
    if (place !== undefined) this.look(media, place);
  }
}
