// What the widget knows: the customer's contacts with their lines, how the newest one stands, and what is on its way. It draws nothing.
//
// The socket brings lines as they are written. Where none can be opened the page asks and waits over plain HTTP instead, and goes on trying.

import { Connection } from "./connection.js";
import { newId } from "./dom.js";
import { partOf } from "./media.js";
import { Outbox } from "./outbox.js";
import { Session } from "./session.js";
import { keep, kept } from "./store.js";
import { ask } from "./wire.js";

/** @typedef {import("./types").Contact} Contact */
/** @typedef {import("./types").Entry} Entry */

export const OPEN = ["new", "robot", "queued", "offered", "talking"];
const LOOK_AGAIN = 8000; // milliseconds between two looks at one's place in the queue
const WAIT_WITHIN = 40_000; // a long poll is answered after 25 s
const TWO_CLICKS = 1000; // a second press within this is the first one, by an eager hand

export class Chat {
  /**
   * @param {import("./types").Shown} page
   * @param {{line: (entry: Entry) => void, stand: () => void, unsent: () => void, typing: (on: boolean, text?: string) => void, trouble: (kind: string, detail?: string) => void, anew: () => void}} told
   */
  constructor(page, told) {
    this.page = page;
    this.told = told;
    this.session = new Session(page, (view, anew) => this.began(view, anew));
    /** @type {Map<string, Map<number, Entry>>} */
    this.lines = new Map();
    /** @type {Record<string, number>} contact → number up to which we have everything */
    this.known = {};
    /** @type {Contact | null} */
    this.view = null;
    /** @type {{id?: string, seq?: number} | null} the line with which everything missed is here */
    this.catchingUp = null;
    /** @type {import("./types").Session["media"] | null} */
    this.rules = null;
    /** @type {Record<string, number>} */
    this.readTo = kept(`${page.key}seen`) ?? {};
    /** The session whose lines these are. @type {string | undefined} */
    this.mine = this.session.id;
    this.outbox = new Outbox(page.key, {
      deliver: (item) => this.deliver(item),
      bring: (item) => this.bring(item),
      changed: () => told.unsent(),
      learn: page.refresh,
    });
    this.again = setInterval(() => {
      if (/queued|offered/.test(this.view?.state ?? "") && !document.hidden) this.refresh();
    }, LOOK_AGAIN);
  }

  // -- the session and its connection ----------------------------------------------------------------------------------

  /** @param {import("./types").Session} view @param {unknown} anew */
  began(view, anew) {
    this.rules = view.media;
    this.mine = this.session.id;
    if (anew) this.forget();
    this.stand(view.contact);
  }

  /** What was said in a session that is over is not this one's. */
  forget() {
    this.lines.clear();
    this.known = {};
    this.view = null;
    this.told.anew();
  }

  /** Another tab has begun a session, or has been told who the customer is: this one goes along. */
  follow() {
    const { id } = this.session;
    if (!id || id === this.mine) return;
    this.mine = id;
    this.leave();
    this.forget();
    this.connect();
  }

  connect() {
    if (this.connection) return;
    this.connection = new Connection(`${this.page.server.replace(/^http/, "ws")}/chat/socket`, {
      hello: async () => {
        const token = await this.session.token();
        this.catchingUp = {}; // with what, the server's hello will say
        return { type: "hello", token, last: this.known };
      },
      heard: (frame) => this.heard(frame),
      changed: (open, failures) => this.connected(open, failures),
      refused: (code, reason) => this.refused(code, reason),
    });
    this.outbox.go();
  }

  /** @param {boolean} open @param {number} failures */
  connected(open, failures) {
    if (open) {
      this.polling?.abort();
      this.polling = null;
      this.told.trouble("");
      this.outbox.go();
    } else if (failures > 1) this.poll();
  }

  /** @param {number} code @param {string} reason */
  async refused(code, reason) {
    this.connection = null;
    const used = this.session.kept.token;
    if (code === 4403 || this.renewed === used) return this.told.trouble("refused", reason);
    try {
      this.renewed = await this.session.renew(used);
      this.connect();
    } catch {
      this.told.trouble("lost");
      setTimeout(() => this.connect(), 5000);
    }
  }

  /** Without a socket: ask for what is new, and let the server answer when there is something. */
  async poll() {
    if (this.polling) return;
    const stop = (this.polling = new AbortController());
    while (this.polling === stop) {
      const began = Date.now();
      try {
        await this.fetch({ wait: true, signal: stop.signal });
        this.told.trouble("");
        this.outbox.go();
        if (Date.now() - began < 1000) await pause(this.view ? 500 : 4000); // there was something, or there is nothing to wait for
      } catch (/** @type {any} */ problem) {
        if (stop.signal.aborted) return;
        this.told.trouble("lost");
        await pause(problem.wait || 3000);
      }
    }
  }

  /** A request in this session's name; a token that does not hold is renewed once. @param {string} path @param {any} [how] */
  async request(path, how = {}) {
    const token = await this.session.token();
    try {
      return await ask(this.page.server + path, { ...how, token });
    } catch (/** @type {any} */ problem) {
      if (problem.status !== 401) throw problem;
      return ask(this.page.server + path, { ...how, token: await this.session.renew(token) });
    }
  }

  // -- what comes ------------------------------------------------------------------------------------------------------

  /** @param {any} frame */
  heard(frame) {
    if (frame.type === "entry") this.take(frame);
    else if (frame.type === "typing") this.told.typing(frame.on, frame.text);
    else if (frame.type === "hello") this.resume(frame.contact);
  }

  /** Lines may overtake the older ones that are being caught up with: until those are here, nothing counts as known. @param {Contact | null} contact */
  resume(contact) {
    this.catchingUp = contact && contact.seq > (this.known[contact.id] ?? 0) ? contact : null;
    this.stand(contact);
  }

  /** @param {Entry} entry */
  take(entry) {
    const mine = this.lines.get(entry.contact) ?? new Map();
    this.lines.set(entry.contact, mine);
    const isNew = !mine.has(entry.seq);
    mine.set(entry.seq, entry);
    this.count(entry);
    if (!isNew) return;
    if (entry.body.client) this.outbox.forget(entry.body.client);
    this.told.line(entry);
    if (entry.kind !== "message" && entry.kind !== "tapped") this.refreshSoon();
  }

  /** @param {Entry} entry */
  count({ contact, seq }) {
    if (this.catchingUp) {
      if (contact !== this.catchingUp.id || seq !== this.catchingUp.seq) return;
      this.catchingUp = null;
    }
    for (const [id, lines] of this.lines) this.known[id] = Math.max(...lines.keys());
  }

  /**
   * What is new of a contact, or of the newest contact if we know none yet.
   * @param {{contact?: string, wait?: boolean, signal?: AbortSignal}} [what] @returns {Promise<void>}
   */
  async fetch({ contact = this.view?.id ?? "", wait, signal } = {}) {
    await this.session.token();
    const { mine } = this;
    if (mine !== this.session.id) return; // another tab has a new one, and this one is about to follow
    const found = await this.request(`/chat/entries?after=${this.known[contact] ?? 0}&contact=${contact}${wait ? "&wait=1" : ""}`, { signal, within: WAIT_WITHIN });
    if (found.newest < this.known[contact] || mine !== this.session.id) return; // overtaken, or of a session that is over
    for (const entry of found.entries) this.take(entry);
    const newest = found.entries.at(-1);
    if (newest) this.known[newest.contact] = newest.seq;
    if (newest && newest.seq < found.newest) return this.fetch({ contact: newest.contact, signal }); // the next page
    if (found.contact?.id === found.latest) this.stand(found.contact);
    else if (found.latest && !this.lines.has(found.latest)) return this.fetch({ contact: found.latest, signal });
  }

  refreshSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.refresh(), 120);
  }

  refresh() {
    return this.fetch().catch(() => {}); // the connection says that it is lost
  }

  /** @param {Contact | null} view */
  stand(view) {
    this.view = view;
    this.told.stand();
  }

  // -- what the customer does ----------------------------------------------------------------------------------------------

  /** @param {{parts: import("./types").Part[]} | {file: File}} what @param {Record<string, string>} [fields] */
  say(what, fields) {
    this.connect();
    this.outbox.add({ id: newId(), fields, ...what });
  }

  /** Given up when it stands still for two minutes. @param {import("./types").Unsent} item */
  async bring(item) {
    item.parts = [partOf(await this.request("/chat/media", { body: item.file, bar: item.bar, within: 120_000 }))];
  }

  /** @param {import("./types").Unsent} item */
  async deliver({ id, parts, fields }) {
    await this.pressing?.catch(() => {}); // what was pressed before arrives before, however slow the line
    const line = await this.request("/chat/messages", { body: { id, parts, ...(fields && { fields }) } });
    if ((this.known[line.contact] ?? 0) < line.seq) await this.fetch({ contact: line.contact });
  }

  /** Until the server has had it for a while, pressed again is the same press. @param {import("./types").Button} button */
  async tap(button) {
    const { label, payload } = button;
    const id = (button.press ??= newId());
    await (this.pressing = this.request("/chat/taps", { body: { id, payload: payload || label, label } }));
    setTimeout(() => delete button.press, TWO_CLICKS);
    await this.refresh();
  }

  /** Ask for something that needs no words: `human` or `end`. @param {"human" | "end"} what */
  async want(what) {
    await this.request(`/chat/${what}`, { body: {} });
    await this.refresh();
  }

  /** @param {string} contact @param {number} score @param {string} comment */
  async rate(contact, score, comment) {
    try {
      await this.request("/chat/survey", { body: { contact, score, comment } });
    } catch (/** @type {any} */ problem) {
      if (problem.status !== 409) throw problem; // rated already, in another tab
    }
    await this.refresh();
  }

  /** Everything up to this line has been before the customer's eyes. @param {string} contact @param {number} of */
  read(contact, of) {
    if (of <= (this.readTo[contact] ?? 0) || this.mine !== this.session.id) return;
    this.readTo[contact] = of;
    keep(`${this.page.key}seen`, this.readTo);
    this.request("/chat/read", { body: { contact, of } }).catch(() => {}); // the next one says it too
  }

  /** @param {boolean} on */
  typing(on) {
    this.connection?.send({ type: "typing", on });
  }

  /** Bring the lines of the contacts before the newest. */
  async lookAtEarlier() {
    const { contacts } = await this.request("/chat/contacts");
    for (const { id } of contacts) if (!this.lines.has(id)) await this.fetch({ contact: id });
  }

  /** @param {string} jwt */
  async identify(jwt) {
    this.leave();
    if (await this.session.identify(jwt)) this.outbox.items = [];
    this.connect();
  }

  stop() {
    clearInterval(this.again);
    clearTimeout(this.soon);
    clearTimeout(this.outbox.timer);
    this.leave();
  }

  /** Hear nothing more: what might still come is somebody else's. */
  leave() {
    this.polling?.abort();
    this.polling = null;
    this.connection?.stop();
    this.connection = null;
  }
}

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
