// The live side: one WebSocket that says who it is, resumes from the numbers we have, and comes back by itself.
//
// The server sends a ping every 20 seconds and closes a socket that is silent for 50; so do we. Close codes 4401 (the token
// does not hold), 4403 (not from this page) and 4409 (signed in elsewhere) are told to `refused` and end it; everything else is
// tried again.

const FIRST_WAIT = 500; // milliseconds; doubled each time, and drawn at random so that not all come back at once
const LONGEST_WAIT = 20_000;
const PING_AFTER = 25_000;
const DEAD_AFTER = 50_000;

export class Connection {
  /**
   * `hello()` gives the first frame (a promise), `heard(frame)` gets every frame of the server's, `changed(state, failures)`
   * "connecting", "open" or "lost", `refused(code, reason)` that it is over.
   */
  constructor(path, { hello, heard, changed, refused }) {
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
    Object.assign(this, { hello, heard, changed, refused });
    this.failures = 0;
    this.stopped = false;
    this.onOnline = () => this.hurry();
    window.addEventListener("online", this.onOnline);
    document.addEventListener("visibilitychange", this.onOnline);
    this.watch = setInterval(() => this.look(), 5000);
    this.open();
  }

  async open() {
    this.socket = null;
    this.tell("connecting");
    let first;
    try {
      first = await this.hello();
    } catch (problem) {
      if (problem.status === 401) this.end(4401, problem.message);
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

  take(frames) {
    this.heardAt = Date.now();
    for (const frame of Array.isArray(frames) ? frames : [frames]) {
      if (frame.type === "ping") this.send({ type: "pong" });
      if (frame.type === "hello") {
        this.failures = 0;
        this.tell("open");
      }
      this.heard(frame);
    }
  }

  /** Send a frame, if we are connected; what must arrive goes over HTTP instead. */
  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  look() {
    const silent = Date.now() - this.heardAt;
    if (!this.socket || this.stopped) return;
    if (silent > DEAD_AFTER) this.again();
    else if (silent > PING_AFTER) this.send({ type: "ping" });
  }

  closed(event) {
    if ([4401, 4403, 4409].includes(event.code)) this.end(event.code, event.reason);
    else this.lost();
  }

  lost() {
    if (this.stopped) return;
    this.socket = null;
    this.failures += 1;
    this.tell("lost");
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1));
    this.timer = setTimeout(() => this.open(), wait * (0.5 + Math.random() / 2));
  }

  /** Drop this socket without waiting for its farewell, and open another. */
  again() {
    const old = this.socket;
    this.socket = null;
    old?.close();
    this.lost();
  }

  /** The network or the page is back: do not wait any longer. */
  hurry() {
    if (this.stopped || document.hidden || this.state !== "lost") return;
    clearTimeout(this.timer);
    this.open();
  }

  end(code, reason) {
    this.stop();
    this.refused(code, reason);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.watch);
    window.removeEventListener("online", this.onOnline);
    document.removeEventListener("visibilitychange", this.onOnline);
    const old = this.socket;
    this.socket = null;
    old?.close();
  }

  tell(state) {
    this.state = state;
    this.changed(state, this.failures);
  }
}
