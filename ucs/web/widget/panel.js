// The panel: who one is talking with, what was said, and where one writes. It draws what `chat.js` knows.

import { form, survey } from "./asking.js";
import { OPEN } from "./chat.js";
import { Composer } from "./composer.js";
import { fill, h, icon, menu, press, sign } from "./dom.js";
import { Gallery, size } from "./media.js";
import { keep, kept } from "./store.js";
import { giveTranscript, standing } from "./telling.js";
import { Timeline, drawUnsent, said } from "./timeline.js";

/** @typedef {import("./types").Entry} Entry */

export class Panel {
  /**
   * @param {import("./types").Shown} page @param {import("./chat.js").Chat} chat @param {import("./types").Tell} tell
   * @param {string} locale @param {() => void} close
   */
  constructor(page, chat, tell, locale, close) {
    this.page = page;
    this.chat = chat;
    this.tell = tell;
    this.locale = locale;
    this.close = close;
    this.gallery = new Gallery(chat, tell);
    /** @type {Map<string, Timeline>} */
    this.timelines = new Map();
    this.atEnd = true;
    this.greeting = "";
    /** @type {string | undefined} */
    this.introduced = undefined;
    /** @type {string | undefined} */
    this.surveyed = kept(`${page.key}skipped`);

    const { name } = page.about;
    this.avatar = h("span", { class: "avatar", "aria-hidden": "true" });
    this.standing = h("p", { class: "standing", role: "status" });
    this.copy = press("", () => giveTranscript(this.log, locale, page.channel), tell("transcript"));
    this.end = press("", () => this.askEnd(true), tell("end"));
    this.more = menu(sign("more", tell("menu"), null, "summary"), this.copy, this.end);
    this.trouble = h("p", { class: "trouble", role: "status" });
    this.earlier = press("plain", () => this.lookBack(), tell("earlier"));
    this.intro = h("div", { class: "intro" });
    this.log = h("div", { role: "log", "aria-label": tell("said") });
    this.unsent = h("ol", { class: "waiting" });
    this.draft = h("p", { class: "bubble", "aria-hidden": "true" });
    this.typing = h("p", { class: "typing", role: "status", hidden: true });
    this.after = h("div");
    const inner = h("div", { class: "inner" }, this.earlier, this.intro, this.log, this.unsent, this.draft, this.typing, this.after);
    this.scroll = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": tell("talk"), onscroll: () => this.scrolled() }, inner);
    this.jump = press("jump", () => this.toEnd(true), icon("down"), tell("new_lines"));
    this.sure = h("div", { class: "sure", role: "alertdialog", "aria-label": tell("end_sure") });
    this.turned = h("p", { class: "sure turned", hidden: true }, tell("turned"));
    this.human = press("plain human", () => this.want("human"), tell("human"));
    this.composer = new Composer({
      key: page.key,
      tell,
      say: (part) => this.say({ parts: [part] }),
      sayFile: (file) => this.sayFile(file),
      typing: (on) => chat.typing(on),
      complain: (text) => this.complain(text),
    });
    this.node = h(
      "section",
      {
        class: "panel",
        role: page.inline ? "region" : "dialog",
        "aria-label": name,
        onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && this.escape(),
        ondragover: (/** @type {Event} */ event) => event.preventDefault(),
        ondrop: (/** @type {DragEvent} */ event) => this.files(event, event.dataTransfer),
        onpaste: (/** @type {ClipboardEvent} */ event) => event.clipboardData?.files.length && this.files(event, event.clipboardData),
      },
      h("header", {}, this.avatar, h("div", { class: "who" }, h(page.inline ? "h1" : "h2", {}, name), this.standing), this.more, !page.inline && sign("close", tell("close"), close)),
      this.trouble,
      h("div", { class: "body" }, this.scroll, this.jump),
      this.sure,
      this.turned,
      this.human,
      this.composer.node,
    );
    for (const each of [inner, this.scroll]) new ResizeObserver(() => this.toEnd()).observe(each);
    this.askEnd(false);
    this.rebuild();
  }

  /** Everything that is known, drawn anew: a new language, or a new session. */
  rebuild() {
    this.timelines.clear();
    fill(this.log);
    for (const lines of this.chat.lines.values()) for (const entry of lines.values()) this.line(entry, false);
    this.stand();
    this.drawUnsent();
    this.scrolled();
    this.composer.read();
  }

  escape() {
    const open = this.node.querySelector("details[open]");
    if (open) {
      open.open = false;
      open.firstChild.focus();
    } else if (!this.sure.hidden) this.askEnd(false);
    else this.close();
  }

  /** @param {Event} event @param {DataTransfer | null} data */
  files(event, data) {
    event.preventDefault();
    this.composer.files(data?.files ?? []);
  }

  // -- what is said ------------------------------------------------------------------------------------------------------

  /** @param {Entry} entry */
  line(entry, scroll = true) {
    const { contact, by } = entry;
    let timeline = this.timelines.get(contact);
    if (!timeline) {
      const { tell, locale, gallery, page } = this;
      timeline = new Timeline({ tell, locale, gallery, us: page.about.name, tap: (button) => this.chat.tap(button).catch(() => this.complain(this.tell("lost"))) });
      this.timelines.set(contact, timeline);
      // Contacts stand in the order in which they were opened.
      const later = [...this.log.children].find((each) => each.dataset.at > entry.at);
      timeline.node.dataset.at = entry.at;
      this.log.insertBefore(timeline.node, later ?? null);
    }
    timeline.take(entry);
    if (said(entry) && by !== "customer") this.showTyping(false);
    if (!scroll) return;
    this.toEnd(by === "customer");
    this.jump.hidden = this.atEnd || !said(entry);
    this.markRead();
  }

  drawUnsent() {
    drawUnsent(this.unsent, this.chat.outbox, this.tell);
    this.introduce();
  }

  /** Somebody writes, or a robot has got so far: its words are spoken once they are said. @param {boolean} on @param {string} [text] */
  showTyping(on, text = "") {
    clearTimeout(this.typingOver);
    this.draft.textContent = text;
    if (this.typing.hidden === on) fill(this.typing, on && [h("i"), h("i"), h("i"), h("span", { class: "author" }, this.tell("typing", { name: this.chat.view?.agent || this.tell("agent") }))]);
    this.typing.hidden = !on;
    if (on) this.typingOver = setTimeout(() => this.showTyping(false), 6000);
  }

  // -- how it stands -----------------------------------------------------------------------------------------------------

  stand() {
    const { view } = this.chat;
    const open = this.isOpen();
    this.avatar.textContent = [...(view?.agent || this.page.about.name)][0];
    const text = standing(view, this.page.about, this.talked(), this.tell);
    if (this.standing.textContent !== text) this.standing.textContent = text;
    this.earlier.hidden = !view?.earlier || this.lookedBack;
    if (!open) this.showTyping(false);
    this.more.hidden = !view;
    this.end.hidden = !open;
    this.human.hidden = view?.state !== "robot";
    this.introduce();
    this.survey();
    if (view && !open) this.given = false;
  }

  isOpen() {
    return OPEN.includes(this.chat.view?.state ?? "");
  }

  /** Before the first word: who we are, when we are here, what we ask. */
  introduce() {
    const { chat, tell, greeting } = this;
    const { intro, open, opens_at, waits, form: fields } = this.page.about;
    const empty = !this.timelines.size && !chat.outbox.items.length;
    const turned = !waits && !this.isOpen();
    const wrong = chat.outbox.items.find((item) => item.wrong)?.wrong;
    const given = kept(`${this.page.key}form`);
    const asks = wrong || (empty && !turned && fields.length > 0 && !given);
    this.composer.node.hidden = asks || turned;
    this.turned.hidden = !turned;
    const key = `${[empty, asks, turned, open, greeting, wrong]}`;
    if (this.introduced === key) return; // somebody may be filling it in
    this.introduced = key;
    const when = opens_at && new Date(opens_at).toLocaleString(this.locale, { dateStyle: "full", timeStyle: "short" });
    fill(
      this.intro,
      empty && [
        greeting ? h("p", { class: "bubble" }, greeting) : h("p", { class: "hello" }, intro || tell("intro")),
        !open && h("p", { class: "bubble" }, when && `${tell("opens", { when })} `, !turned && tell("leave")),
      ],
      asks && form(fields, tell, wrong ?? [], given ?? {}, (answers) => this.answer(answers)),
    );
    if (wrong) this.intro.querySelector("[aria-invalid=true]")?.focus();
  }

  /** @param {Record<string, string>} answers */
  answer(answers) {
    keep(`${this.page.key}form`, answers);
    this.chat.outbox.amend(answers);
    this.introduce();
    this.composer.text.focus();
  }

  /** The answers to the form go with the first word of a contact. @returns {Record<string, string> | undefined} */
  answers() {
    const answers = Object.entries(kept(`${this.page.key}form`) ?? {});
    if (this.given || this.isOpen()) return;
    this.given = true;
    return Object.fromEntries(answers.filter(([name]) => this.page.about.form.some((field) => field.name === name)));
  }

  /** Whether anybody has talked with the customer in the present contact. */
  talked() {
    return this.timelines.get(this.chat.view?.id ?? "")?.before("joined", Infinity);
  }

  /** When somebody has and it is over, once. */
  survey() {
    const { view } = this.chat;
    const asked = this.page.about.survey;
    const over = view && !this.isOpen();
    if (!asked || !over || view.score || !this.talked()) {
      if (over) return;
      fill(this.after);
      this.surveyed = "";
    } else if (this.surveyed !== view.id) {
      this.surveyed = view.id;
      const skip = () => {
        keep(`${this.page.key}skipped`, view.id);
        fill(this.after);
      };
      fill(this.after, survey(asked, this.tell, (score, comment) => this.chat.rate(view.id, score, comment), skip));
      this.toEnd();
    }
  }

  // -- what is done ------------------------------------------------------------------------------------------------------

  /** @param {{parts: import("./types").Part[]} | {file: File}} what */
  say(what) {
    this.complain("");
    this.chat.say(what, this.answers());
    this.toEnd(true);
  }

  /** @param {File} file */
  sayFile(file) {
    const { tell } = this;
    const { name } = file;
    const { sizes } = this.chat.rules ?? {};
    const limit = sizes?.[file.type.split("/")[0]] ?? sizes?.file ?? Infinity;
    if (!file.size) this.complain(tell("file_empty", { name }));
    else if (file.size > limit) this.complain(tell("file_big", { name, size: size(limit) }));
    else this.say({ file });
  }

  /** @param {string} text */
  complain(text) {
    this.trouble.textContent = text;
  }

  /** @param {"human" | "end"} what */
  want(what) {
    this.chat.want(what).catch(() => this.complain(this.tell("lost")));
  }

  /** @param {boolean} open */
  askEnd(open) {
    const { tell } = this;
    const end = () => {
      this.askEnd(false);
      this.want("end");
    };
    const stay = press("", () => this.askEnd(false), tell("keep"));
    fill(this.sure, open && [h("p", {}, tell("end_sure")), stay, press("primary", end, tell("end"))]);
    this.sure.hidden = !open;
    if (open) stay.focus();
    else if (this.page.root.activeElement) this.composer.text.focus();
  }

  async lookBack() {
    this.lookedBack = this.earlier.hidden = true;
    const { scrollTop, scrollHeight } = this.scroll;
    this.atEnd = false;
    await this.chat.lookAtEarlier().catch(() => this.complain(this.tell("lost")));
    this.scroll.scrollTop = scrollTop + this.scroll.scrollHeight - scrollHeight;
    this.scrolled();
    this.jump.hidden = true;
  }

  // -- where one looks ---------------------------------------------------------------------------------------------------

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroll;
    this.atEnd = scrollHeight - scrollTop - clientHeight < 60 || (this.atEnd && !(scrollTop < this.top)); // what grows takes nobody away
    this.top = scrollTop;
    if (this.atEnd) this.jump.hidden = true;
  }

  toEnd(now = false) {
    this.atEnd ||= now;
    if (this.atEnd) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  /** What people of ours said is read once the panel is open before somebody's eyes. */
  markRead() {
    const { view } = this.chat;
    clearTimeout(this.reading);
    if (!view || this.node.hidden || document.hidden) return;
    const last = this.timelines.get(view.id)?.sorted().findLast((entry) => said(entry) && /agent|robot/.test(entry.by));
    if (last) this.reading = setTimeout(() => this.chat.read(view.id, last.seq), 700);
  }

  focus() {
    const first = this.composer.node.hidden ? this.intro.querySelector("input, select") ?? this.scroll : this.composer.text;
    first.focus({ preventScroll: true });
  }
}
