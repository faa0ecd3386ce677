// The live side: one WebSocket that says who it is, resumes from the numbers we have, and comes back by itself.
//
// A socket can die without a word (a network that changed, a laptop that slept, a proxy that forgot us): so we ask for a sign of life
// every ten seconds, and one on which nothing was heard for 25 is dropped. 4401 (the token does not hold) and 4403 (not on this page) are
// told to `refused` and end it; everything else is tried again, later each time and never all at once.

const FIRST_WAIT = 400; // milliseconds
const LONGEST_WAIT = 20_000;
const PING_AFTER = 10_000;
const DEAD_AFTER = 25_000;
const LOOK_EVERY = 2_500;
const WAKERS = ["online", "offline", "pageshow", "visibilitychange"];

export class Connection {
  /**
   * `hello()` gives the first frame, `heard(frame)` gets every frame of the server's, `changed(open, failures)` says how it stands.
   * @param {string} url
   * @param {{hello: () => Promise<object>, heard: (frame: any) => void, changed: (open: boolean, failures: number) => void,
   *   refused: (code: number, reason: string) => void}} told
   */
  constructor(url, told) {
    this.url = url;
    this.told = told;
    this.failures = 0;
    this.stopped = false;
    this.heardAt = Date.now();
    /** @type {WebSocket | null} */
    this.socket = null;
    this.over = new AbortController();
    for (const event of WAKERS) addEventListener(event, () => this.hurry(), this.over);
    this.watch = setInterval(() => this.look(), LOOK_EVERY);
    this.open();
  }

  async open() {
    let first;
    clearTimeout(this.timer);
    this.opening = true;
    try {
      first = await this.told.hello();
    } catch {
      return this.lost();
    } finally {
      this.opening = false;
    }
    if (this.stopped) return;
    const socket = (this.socket = new WebSocket(this.url));
    this.heardAt = Date.now();
    socket.onopen = () => socket.send(JSON.stringify(first));
    socket.onmessage = (event) => this.socket === socket && this.take(JSON.parse(event.data));
    socket.onclose = (event) => this.socket === socket && this.closed(event);
  }

  /** @param {any[]} frames */
  take(frames) {
    this.heardAt = Date.now();
    for (const frame of frames) {
      if (frame.type === "ping") this.send({ type: "pong" });
      if (frame.type === "hello") {
        this.failures = 0;
        this.told.changed(true, 0);
      }
      this.told.heard(frame);
    }
  }

  /** Send a frame, if we are connected; what must arrive goes over HTTP instead. @param {object} frame */
  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  look() {
    const silent = Math.abs(Date.now() - this.heardAt); // a clock may have been put back
    if (!this.socket) return;
    if (silent > DEAD_AFTER) this.drop();
    else if (silent > PING_AFTER) this.send({ type: "ping" });
  }

  /** @param {CloseEvent} event */
  closed(event) {
    if (event.code === 4401 || event.code === 4403) {
      this.stop();
      this.told.refused(event.code, event.reason);
    } else this.lost();
  }

  lost() {
    this.socket = null;
    if (this.stopped) return;
    this.failures += 1;
    this.told.changed(false, this.failures);
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1));
    this.timer = setTimeout(() => this.open(), wait * (0.5 + Math.random() / 2));
  }

  /** Forget this socket without waiting for its farewell. */
  drop() {
    this.socket?.close(); // what it may still say is not heard: it is ours no longer
    this.lost();
  }

  /** The network or the page is back: do not wait any longer, and do not believe a socket that has been still. */
  hurry() {
    if (this.stopped || document.hidden) return;
    if (!navigator.onLine) {
      if (this.socket) this.drop();
    } else if (this.socket) {
      this.send({ type: "ping" });
      const since = Date.now();
      setTimeout(() => this.socket && this.heardAt < since && this.drop(), 5000);
    } else if (!this.opening) {
      this.failures = Math.min(this.failures, 1);
      this.open();
    }
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.watch);
    this.over.abort();
    this.drop();
  }
}
