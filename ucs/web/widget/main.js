// The widget itself, brought by the loader when it is wanted: puts chat and panel together, and does what the page asks through `window.ucs`.

import { Chat } from "./chat.js";
import { h, press, sign } from "./dom.js";
import { Panel } from "./panel.js";
import { keep, kept } from "./store.js";
import { languageFor, wordsFor } from "./words.js";

/** @typedef {import("./types").Shown} Shown */

const ASK_EVERY = 60_000; // milliseconds
const OPEN_FOR = 1_800_000; // milliseconds: whoever goes on to the next page of the site finds the panel as it was

/** @param {Shown} page @returns {Promise<import("./types").Widget>} */
export async function start(page) {
  const style = new CSSStyleSheet();
  style.replaceSync(`{{style}}`); // widget.css: the server puts it here
  page.root.adoptedStyleSheets = [...page.root.adoptedStyleSheets, style];
  return new Shell(page, await wordsFor(language(page)));
}

/** What the page wants, else what the channel says, else what the reader reads. @param {Shown} page */
function language(page) {
  return languageFor([page.locale, page.about.locale, document.documentElement.lang, ...navigator.languages]);
}

class Shell {
  /** @param {Shown} page @param {import("./types").Words} words */
  constructor(page, words) {
    this.page = page;
    this.words = words;
    this.unread = 0;
    this.isOpen = false;
    /** @type {any} */
    this.badge = undefined;
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.over = new AbortController();
    this.dark.addEventListener("change", () => this.setTheme(page.theme), this.over);
    this.chat = new Chat(page, {
      line: (entry) => this.line(entry),
      stand: () => {
        this.panel?.stand();
        page.emit("state", this.chat?.view?.state ?? "none");
      },
      unsent: () => this.panel?.drawUnsent(),
      typing: (on, text) => this.panel?.showTyping(on, text),
      trouble: (kind, detail = "") => this.panel?.complain(kind && `${this.tell(kind)} ${detail}`.trim()),
      anew: () => this.panel?.rebuild(),
    });
    this.look = () => {
      if (!this.isOpen || document.hidden) return;
      this.panel?.markRead();
      if (!this.panel?.isOpen()) page.refresh().then(() => this.panel?.stand(), () => {}); // are we still there?
    };
    this.looking = setInterval(this.look, ASK_EVERY);
    addEventListener("visibilitychange", this.look, this.over);
    addEventListener("storage", () => this.chat.follow(), this.over);
    this.draw();
    this.setTheme(page.theme);
    if (this.chat.session.id || this.chat.outbox.items.length) this.chat.connect();
    if (page.inline || Date.now() - kept(`${page.key}open`) < OPEN_FOR) this.open(false);
    page.emit("ready");
  }

  /** @param {string} key @param {Record<string, string | number>} [values] */
  tell(key, values = {}) {
    return (this.words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  }

  /** The panel in the present language. */
  draw() {
    const { page } = this;
    const old = this.panel;
    this.panel = new Panel(page, this.chat, (key, values) => this.tell(key, values), this.words.locale, () => this.close());
    this.panel.node.hidden = !this.isOpen;
    if (old) {
      this.panel.greeting = old.greeting;
      old.node.replaceWith(this.panel.node);
      this.panel.introduce();
    } else page.root.append(this.panel.node);
    page.host.lang = this.words.locale;
    page.host.dir = this.words.dir ?? "ltr";
    this.label();
  }

  label() {
    const { launcher } = this.page;
    if (!launcher) return;
    const badge = (this.badge ??= launcher.appendChild(h("span", { class: "badge" })));
    badge.hidden = !this.unread;
    badge.textContent = String(Math.min(99, this.unread));
    launcher.setAttribute("aria-expanded", String(this.isOpen));
    launcher.setAttribute("aria-label", this.unread ? this.tell("unread", { n: this.unread }) : this.tell(this.isOpen ? "close" : "open"));
    launcher.classList.toggle("open", this.isOpen);
  }

  /** @param {import("./types").Entry} entry */
  line(entry) {
    const { contact, seq, kind, by, body } = entry;
    this.panel?.line(entry);
    if (kind !== "message" || by === "customer") return;
    if (by !== "system" && (!this.isOpen || document.hidden) && seq > (this.chat.readTo[contact] ?? 0)) {
      this.unread += 1;
      this.label();
      this.page.emit("unread", this.unread);
    }
    this.page.emit("message", { contact, seq, by, parts: body.parts });
  }

  open(focus = true) {
    const { page } = this;
    if (this.isOpen) return;
    this.isOpen = true;
    this.unread = 0;
    this.greeted?.();
    keep(`${page.key}open`, Date.now());
    const panel = /** @type {Panel} */ (this.panel);
    panel.node.hidden = false;
    panel.composer.arrange();
    panel.toEnd(true);
    this.look();
    if (focus) panel.focus();
    this.label();
    page.emit("open");
  }

  close() {
    if (!this.isOpen || this.page.inline) return;
    this.isOpen = false;
    /** @type {Panel} */ (this.panel).node.hidden = true;
    keep(`${this.page.key}open`);
    this.label();
    this.page.launcher?.focus();
    this.page.emit("close");
  }

  toggle() {
    this.isOpen ? this.close() : this.open();
  }

  /** A word beside the button, to who has said nothing yet. @param {string} text */
  greet(text) {
    const { panel, page } = this;
    if (this.isOpen || this.chat.session.id || !panel) return;
    panel.greeting = text;
    panel.introduce();
    this.greeted = () => {
      keep(`${page.key}greeted`, true);
      bubble.remove();
    };
    const bubble = h("div", { class: "greeting", role: "status" }, press("words", () => this.open(), text), sign("close", this.tell("discard"), this.greeted));
    page.root.append(bubble);
    page.emit("greeting", text);
  }

  /** @param {string} text */
  send(text) {
    if (text.trim()) this.chat.say({ parts: [{ type: "text", text }] }, this.panel?.answers());
  }

  /** @param {string} jwt */
  identify(jwt) {
    return this.chat.identify(jwt);
  }

  /** @param {string} code */
  async setLocale(code) {
    this.page.locale = code;
    this.words = await wordsFor(language(this.page));
    this.draw();
  }

  /** @param {string} name */
  setTheme(name) {
    this.page.theme = name;
    const wanted = name || this.page.about.theme;
    this.page.host.toggleAttribute("dark", wanted === "dark" || (wanted !== "light" && this.dark.matches));
  }

  destroy() {
    this.chat.stop();
    this.over.abort();
    clearInterval(this.looking);
  }
}
