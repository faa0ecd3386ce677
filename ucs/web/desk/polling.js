// Without a socket: some proxies let none through. The desk asks how it stands, and the server answers when that is something new; lines
// are then fetched by their numbers, as after a lost connection. Meanwhile `connection.js` goes on trying for a socket.
//
// What needs one is not there: that the customer writes, and the floor as it changes (it is asked for every few seconds).

import { Problem } from "./wire.js";

const FLOOR_EVERY = 4000; // milliseconds
const AT_MOST_EVERY = 500;
const AGAIN_AFTER = 3000;

export class Polling {
  /**
   * @param {import("./wire.js").Wire} wire
   * @param {{heard: (state: any) => void, changed: (works: boolean) => void, hurried: () => boolean, refused: (problem: Problem) => void}} told
   *   `hurried`: whether to ask at once and not to wait for news
   */
  constructor(wire, told) {
    this.wire = wire;
    this.told = told;
    this.works = false;
    this.round = 0; // grows with each start and stop: an answer to an older one is not heard
  }

  start() {
    if (this.round % 2 === 0) this.run((this.round += 1));
  }

  /** Something is looked at that does not wait for news: the question that waits is left to itself. */
  hurry() {
    if (this.round % 2) this.run((this.round += 2));
  }

  stop() {
    if (this.round % 2) this.round += 1;
    this.works = false;
  }

  /** @param {number} round */
  async run(round) {
    let mark = "";
    while (this.round === round) {
      const now = this.told.hurried();
      const began = Date.now();
      try {
        const state = await this.wire.get(`/desk/contacts?mark=${mark}${now ? "" : "&wait=1"}`);
        if (this.round !== round) return;
        mark = state.mark;
        this.say(true);
        this.told.heard(state);
        const least = now ? FLOOR_EVERY : AT_MOST_EVERY;
        if (Date.now() - began < least) await pause(least);
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (this.round !== round) return;
        this.say(false);
        if (problem.status === 401 || problem.status === 409) return this.told.refused(problem);
        await pause(Math.max(AGAIN_AFTER, problem.wait));
      }
    }
  }

  /** @param {boolean} works */
  say(works) {
    this.works = works;
    this.told.changed(works);
  }
}

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
