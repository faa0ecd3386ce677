// The panel: who one is talking with, what was said, and where one writes. It draws what `chat.js` knows.

import { form, survey } from "./asking.js";
import { OPEN } from "./chat.js";
import { Composer } from "./composer.js";
import { fill, h, icon, sign } from "./dom.js";
import { Gallery, size } from "./media.js";
import { Timeline, drawUnsent, said } from "./timeline.js";

/** @typedef {import("./types").Entry} Entry */

export class Panel {
  /**
   * @param {import("./types").Shown} page @param {import("./chat.js").Chat} chat @param {import("./types").Tell} tell
   * @param {() => string} locale @param {{close: () => void}} told
   */
  constructor(page, chat, tell, locale, told) {
    this.page = page;
    this.chat = chat;
    this.tell = tell;
    this.locale = locale;
    this.gallery = new Gallery(chat, tell, locale);
    /** @type {Map<string, Timeline>} */
    this.timelines = new Map();
    this.atEnd = true;
    this.greeting = "";
    this.told = told;
    /** @type {string | undefined} */
    this.introduced = undefined;
    /** @type {string | undefined} */
    this.surveyed = undefined;
    this.avatar = h("span", { class: "avatar", "aria-hidden": "true" });
    this.standing = h("p", { class: "standing", role: "status" });
    this.menu = h("div", { class: "menu", hidden: true });
    this.moreButton = sign("more", tell("menu"), () => this.showMenu(this.menu.hidden), { "aria-expanded": "false" });
    this.trouble = h("p", { class: "trouble", role: "status", hidden: true });
    this.earlier = h("button", { type: "button", class: "plain earlier", hidden: true, onclick: () => this.lookBack() }, tell("earlier"));
    this.intro = h("div", { class: "intro" });
    this.log = h("div", { role: "log", "aria-live": "polite", "aria-label": tell("said") });
    this.unsent = h("ol", { class: "lines" });
    this.typing = h("p", { class: "typing", hidden: true }, h("span", { class: "dots" }, h("i"), h("i"), h("i")), h("span", { class: "hush" }));
    this.after = h("div", { class: "after" });
    const inner = h("div", { class: "inner" }, this.earlier, this.intro, this.log, this.unsent, this.typing, this.after);
    this.scroll = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": tell("talk"), onscroll: () => this.scrolled() }, inner);
    this.jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd(true) }, icon("down"), tell("new_lines"));
    this.sure = h("div", { class: "sure", role: "alertdialog", "aria-label": tell("end_sure"), hidden: true });
    this.composer = new Composer({
      key: page.key,
      tell,
      say: (parts) => this.say(() => chat.say(parts, this.answers())),
      sayFile: (file) => this.sayFile(file),
      typing: (on) => chat.typing(on),
      complain: (text) => this.complain(text),
    });
    this.turned = h("p", { class: "turned", hidden: true });
    this.node = h(
      "section",
      { class: "panel", role: page.inline ? "region" : "dialog", "aria-label": page.about.name, onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event) },
      h(
        "header",
        {},
        this.avatar,
        h("div", { class: "who" }, h("h2", {}, page.about.name), this.standing),
        this.moreButton,
        !page.inline && sign("close", tell("close"), told.close),
        this.menu,
      ),
      this.trouble,
      h("div", { class: "body" }, this.scroll, this.jump),
      this.sure,
      this.turned,
      this.composer.node,
    );
    new ResizeObserver(() => this.toEnd()).observe(inner);
    new ResizeObserver(() => this.toEnd()).observe(this.scroll);
    this.takeFiles();
    this.rebuild();
  }

  /** Everything that is known, drawn anew: a new language, or a new session. */
  rebuild() {
    this.timelines.clear();
    fill(this.log);
    for (const lines of this.chat.lines.values()) for (const entry of lines.values()) this.line(entry, false);
    this.stand();
    this.drawUnsent();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (!this.menu.hidden) this.showMenu(false);
    else if (!this.composer.choices.hidden) this.composer.menu(false);
    else if (!this.sure.hidden) this.askEnd(false);
    else if (!this.page.inline) this.told.close();
  }

  /** Files may be dropped on the panel and pasted into it. */
  takeFiles() {
    const { node } = this;
    const files = (/** @type {DataTransfer | null} */ data) => (data?.files.length && !this.composer.node.hidden ? data.files : null);
    const over = (/** @type {boolean} */ on) => node.classList.toggle("dropping", on && !this.composer.node.hidden);
    node.addEventListener("dragover", (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      over(true);
    });
    node.addEventListener("dragleave", (/** @type {DragEvent} */ event) => node.contains(/** @type {Node} */ (event.relatedTarget)) || over(false));
    node.addEventListener("drop", (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      over(false);
      this.composer.files(files(event.dataTransfer) ?? []);
    });
    node.addEventListener("paste", (/** @type {ClipboardEvent} */ event) => {
      const pasted = files(event.clipboardData);
      if (pasted) event.preventDefault();
      this.composer.files(pasted ?? []);
    });
    node.dataset.drop = this.tell("drop");
  }

  // -- what is said ------------------------------------------------------------------------------------------------------

  /** @param {string} contact */
  timeline(contact) {
    let found = this.timelines.get(contact);
    if (!found) {
      const tap = (/** @type {import("./types").Button} */ button) => this.tap(button);
      found = new Timeline({ tell: this.tell, locale: this.locale, gallery: this.gallery, us: this.page.about.name, tap });
      this.timelines.set(contact, found);
    }
    return found;
  }

  /** @param {Entry} entry */
  line(entry, scroll = true) {
    const timeline = this.timeline(entry.contact);
    timeline.take(entry);
    if (!timeline.node.parentNode) this.place(timeline);
    if (entry.by === "agent") this.showTyping(false);
    if (!scroll) return;
    this.toEnd(entry.by === "customer");
    if (!this.atEnd && said(entry)) this.jump.hidden = false;
    this.markRead();
  }

  /** Contacts stand in the order in which they were opened. @param {Timeline} timeline */
  place(timeline) {
    const began = (/** @type {Timeline | undefined} */ each) => each?.entries.values().next().value?.at ?? "";
    const later = [...this.timelines.values()].filter((each) => each.node.parentNode && began(each) > began(timeline));
    later.sort((one, other) => (began(one) < began(other) ? -1 : 1));
    this.log.insertBefore(timeline.node, later[0]?.node ?? null);
  }

  drawUnsent() {
    const { outbox } = this.chat;
    drawUnsent(this.unsent, outbox.items, this.tell, this.gallery, { retry: (id) => outbox.retry(id), forget: (id) => outbox.forget(id) });
    this.introduce();
  }

  /** @param {boolean} on */
  showTyping(on) {
    clearTimeout(this.typingOver);
    this.typing.hidden = !on;
    const name = this.chat.view?.agent || this.tell("agent");
    this.typing.lastElementChild.textContent = on ? this.tell("typing", { name }) : "";
    if (on) this.typingOver = setTimeout(() => this.showTyping(false), 6000);
  }

  // -- how it stands -----------------------------------------------------------------------------------------------------

  stand() {
    const { view } = this.chat;
    const agent = view?.agent ?? "";
    const name = agent || this.page.about.name;
    this.avatar.textContent = [...name.trim()][0]?.toUpperCase() ?? "";
    const text = this.how();
    if (this.standing.textContent !== text) this.standing.textContent = text;
    this.node.dataset.state = view?.state ?? "none";
    this.earlier.hidden = !this.chat.earlier;
    if (view?.state !== "talking") this.showTyping(false);
    fill(this.menu, this.actions().map(([key, act]) => h("button", { type: "button", onclick: () => (this.showMenu(false), act()) }, this.tell(key))));
    this.moreButton.hidden = !this.menu.childElementCount;
    this.introduce();
    this.survey();
  }

  /** In a sentence. */
  how() {
    const { tell } = this;
    const { view } = this.chat;
    const { about } = this.page;
    if (!view || (view.state === "closed" && !view.agent)) return tell(!about.open ? "closed" : about.ready ? "here" : "soon");
    if (view.state === "talking") return tell("talking", { name: view.agent || tell("agent") });
    if (view.state === "offered") return tell("offered");
    if (view.state === "robot") return tell("robot_here");
    if (view.state !== "queued") return tell("over");
    const place = view.position === 1 ? tell("next") : view.position ? tell("place", { n: view.position }) : tell("waiting");
    return view.minutes ? `${place} · ${tell("minutes", { n: view.minutes })}` : place;
  }

  /** @returns {[string, () => void][]} */
  actions() {
    const open = OPEN.includes(this.chat.view?.state ?? "");
    return [
      ...(this.timelines.size ? [/** @type {[string, () => void]} */ (["transcript", () => this.transcript()])] : []),
      ...(open ? [/** @type {[string, () => void]} */ (["end", () => this.askEnd(true)])] : []),
    ];
  }

  /** Before the first word: who we are, when we are here, what we ask. */
  introduce() {
    const { about } = this.page;
    const empty = !this.timelines.size && !this.chat.outbox.items.length;
    const asks = empty && about.form.length > 0 && !this.answered();
    const turned = !about.waits && !OPEN.includes(this.chat.view?.state ?? "");
    const key = `${empty} ${asks} ${turned} ${about.open} ${this.greeting}`;
    this.composer.node.hidden = asks || turned;
    this.turned.hidden = !turned;
    this.turned.textContent = turned ? this.tell("turned") : "";
    if (this.introduced === key) return;
    this.introduced = key;
    const opens = about.opens_at && new Date(about.opens_at);
    const when = opens && opens.toLocaleString(this.locale(), { weekday: "long", hour: "2-digit", minute: "2-digit" });
    fill(
      this.intro,
      empty && [
        this.greeting ? h("p", { class: "greeting" }, this.greeting) : h("p", { class: "hello" }, about.intro || this.tell("intro")),
        !about.open && h("p", { class: "hours" }, h("span", {}, when ? `${this.tell("opens", { when })} ` : `${this.tell("closed")}. `, !turned && this.tell("leave"))),
        asks && !turned && form(about.form, this.tell, (answers) => this.answer(answers)),
      ],
    );
  }

  answered() {
    return sessionStorage.getItem(`${this.page.key}:form`);
  }

  /** @param {Record<string, string>} answers */
  answer(answers) {
    sessionStorage.setItem(`${this.page.key}:form`, JSON.stringify(answers));
    this.introduce();
    this.composer.text.focus();
  }

  /** The answers to the form go with the first word of a contact. @returns {Record<string, string> | undefined} */
  answers() {
    const kept = this.answered();
    if (!kept || OPEN.includes(this.chat.view?.state ?? "") || this.chat.outbox.items.some((item) => item.fields)) return undefined;
    const asked = this.page.about.form.map(({ name }) => name);
    return Object.fromEntries(Object.entries(JSON.parse(kept)).filter(([name]) => asked.includes(name)));
  }

  /** When somebody has talked with the customer and it is over, once. */
  survey() {
    const { view } = this.chat;
    const asked = this.page.about.survey;
    const over = view && (view.state === "wrap_up" || view.state === "closed");
    const talked = view && [...(this.timelines.get(view.id)?.entries.values() ?? [])].some(({ kind }) => kind === "joined");
    const wanted = asked && over && talked && !view.score && this.skipped !== view.id;
    if (!wanted) {
      if (!over || this.skipped === view.id) fill(this.after);
      this.surveyed = view?.score ? this.surveyed : "";
      return;
    }
    if (this.surveyed === view.id) return;
    this.surveyed = view.id;
    const skip = () => {
      this.skipped = view.id;
      fill(this.after);
      this.composer.text.focus();
    };
    fill(this.after, survey(asked, this.tell, (score, comment) => this.chat.rate(view.id, score, comment), skip));
    this.toEnd();
  }

  // -- what is done ------------------------------------------------------------------------------------------------------

  /** @param {() => void} act */
  say(act) {
    this.complain("");
    act();
    this.toEnd(true);
  }

  /** @param {File} file */
  sayFile(file) {
    const { tell } = this;
    const family = /^(image|audio|video)\//.exec(file.type)?.[1] ?? "file";
    const limit = this.chat.rules?.sizes[family];
    if (!file.size) return this.complain(tell("file_empty", { name: file.name }));
    if (limit && file.size > limit) return this.complain(tell("file_big", { name: file.name, size: size(limit, this.locale()) }));
    this.say(() => this.chat.sayFile(file, this.answers()));
  }

  /** @param {import("./types").Button} button */
  async tap(button) {
    try {
      await this.chat.tap(button);
    } catch {
      this.complain(this.tell("lost"));
    }
  }

  /** @param {string} text */
  complain(text) {
    this.trouble.hidden = !text;
    this.trouble.textContent = text;
  }

  /** @param {boolean} open */
  showMenu(open) {
    this.menu.hidden = !open;
    this.moreButton.setAttribute("aria-expanded", String(open));
    if (open) this.menu.firstElementChild?.focus();
    else if (this.menu.contains(this.page.root.activeElement)) this.moreButton.focus();
  }

  /** @param {boolean} open */
  askEnd(open) {
    const { tell } = this;
    const end = () => {
      this.askEnd(false);
      this.chat.end().catch(() => this.complain(tell("lost")));
    };
    const keep = h("button", { type: "button", onclick: () => this.askEnd(false) }, tell("keep"));
    fill(this.sure, open && [h("p", {}, tell("end_sure")), h("div", {}, keep, h("button", { type: "button", class: "primary", onclick: end }, tell("end")))]);
    this.sure.hidden = !open;
    if (open) keep.focus();
    else this.composer.text.focus();
  }

  async lookBack() {
    this.earlier.hidden = true;
    const { scrollHeight, scrollTop } = this.scroll;
    this.atEnd = false;
    await this.chat.lookAtEarlier().catch(() => this.complain(this.tell("lost")));
    this.scroll.scrollTop = scrollTop + this.scroll.scrollHeight - scrollHeight;
    this.jump.hidden = true;
  }

  transcript() {
    const lists = [...this.log.children];
    const lines = [...this.timelines.values()].sort((one, other) => lists.indexOf(one.node) - lists.indexOf(other.node)).map((each) => each.transcript());
    const text = `${this.page.about.name}\n\n${lines.map((each) => each.join("\n")).join("\n\n")}\n`;
    const href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    h("a", { href, download: `${this.page.channel}-${new Date().toISOString().slice(0, 10)}.txt` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
  }

  // -- where one looks ---------------------------------------------------------------------------------------------------

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    this.atEnd = scrollHeight - scrollTop - clientHeight < 60;
    if (this.atEnd) this.jump.hidden = true;
  }

  toEnd(now = false) {
    this.atEnd ||= now;
    if (this.atEnd) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  /** What we said is read once the panel is open before somebody's eyes. */
  markRead() {
    const { view } = this.chat;
    clearTimeout(this.reading);
    if (!view || this.node.hidden || document.hidden) return;
    const lines = [...(this.timelines.get(view.id)?.entries.values() ?? [])].filter((entry) => said(entry) && entry.by !== "customer");
    const of = Math.max(0, ...lines.map(({ seq }) => seq));
    if (lines.some(({ by }) => by !== "system")) this.reading = setTimeout(() => this.chat.read(view.id, of), 700);
  }

  focus() {
    const first = this.composer.node.hidden ? this.intro.querySelector("input, select") ?? this.scroll : this.composer.text;
    first.focus({ preventScroll: true });
  }
}
