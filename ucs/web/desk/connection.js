// The live side: one WebSocket that says who it is, resumes from the numbers we have, and comes back by itself.
//
// The server sends a ping every 20 seconds and closes a socket that is silent for 50; so do we. Close codes 4401 (the token
// does not hold), 4403 (not from this page) and 4409 (signed in elsewhere) are told to `refused` and end it; everything else is
// tried again.

import { Problem } from "./wire.js";

const FIRST_WAIT = 500; // milliseconds; doubled each time, and drawn at random so that not all come back at once
const LONGEST_WAIT = 20_000;
const PING_AFTER = 25_000;
const DEAD_AFTER = 50_000;
const HELLO_WITHIN = 10_000; // a proxy may let us wait for a socket that never opens

/** @typedef {{type: string, [name: string]: any}} Frame */

export class Connection {
  /**
   * @param {string} path
   * @param {{
   *   hello: () => Promise<Frame>, heard: (frame: Frame) => void,
   *   changed: (state: "connecting" | "open" | "lost", failures: number) => void,
   *   refused: (code: number, reason: string) => void,
   * }} told `hello` gives the first frame
   */
  constructor(path, told) {
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
    this.told = told;
    this.failures = 0;
    this.stopped = false;
    this.greeted = false;
    this.heardAt = Date.now();
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {number | undefined} */
    this.timer = undefined;
    this.hurry = this.hurry.bind(this);
    window.addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.hurry);
    this.watch = setInterval(() => this.look(), 5000);
    this.open();
  }

  async open() {
    this.socket = null;
    this.timer = undefined;
    this.greeted = false;
    this.told.changed("connecting", this.failures);
    let first;
    try {
      first = await this.told.hello();
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 401) this.end(4401, problem.message);
      else this.lost();
      return;
    }
    if (this.stopped) return;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onopen = () => socket.send(JSON.stringify(first));
    socket.onmessage = (event) => this.socket === socket && this.take(JSON.parse(event.data));
    socket.onclose = (event) => this.socket === socket && this.closed(event);
  }

  /** @param {Frame | Frame[]} frames */
  take(frames) {
    this.heardAt = Date.now();
    for (const frame of Array.isArray(frames) ? frames : [frames]) {
      if (frame.type === "ping") this.send({ type: "pong" });
      if (frame.type === "hello") [this.failures, this.greeted] = [0, true];
      this.told.heard(frame);
      if (frame.type === "hello") this.told.changed("open", 0);
    }
  }

  /** Send a frame; false where we have no socket. What must arrive goes over HTTP instead. @param {Frame} frame */
  send(frame) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  look() {
    const silent = Math.abs(Date.now() - this.heardAt); // a clock may have been put back
    if (!this.socket || this.stopped) return;
    if (silent > (this.greeted ? DEAD_AFTER : HELLO_WITHIN)) this.again();
    else if (silent > PING_AFTER) this.send({ type: "ping" });
  }

  /** Do not trust the old socket any more. */
  again() {
    const old = this.socket;
    this.socket = null;
    old?.close();
    this.lost();
  }

  /** @param {CloseEvent} event */
  closed(event) {
    if ([4401, 4403, 4409].includes(event.code)) this.end(event.code, event.reason);
    else this.lost();
  }

  lost() {
    if (this.stopped) return;
    this.socket = null;
    this.failures += 1;
    this.told.changed("lost", this.failures);
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1));
    this.timer = setTimeout(() => this.open(), longest * (0.5 + Math.random() / 2));
  }

  /** The network is back, or somebody looks: no reason to wait. */
  hurry() {
    if (this.stopped || document.hidden || this.timer === undefined) return;
    clearTimeout(this.timer);
    this.open();
  }

  /** @param {number} code @param {string} reason */
  end(code, reason) {
    if (this.stopped) return;
    this.stop();
    this.told.refused(code, reason);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.watch);
    window.removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.hurry);
    this.socket?.close();
    this.socket = null;
  }
}
