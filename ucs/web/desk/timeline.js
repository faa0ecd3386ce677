// The lines of a contact in a scrolling box. Only a window of them is in the page, however many there are: it moves with the reader.

import { t } from "./lang.js";
import { Line } from "./line.js";
import { albumOf } from "./lines.js";
import { Sending } from "./sending.js";
import { day, sameDay } from "./time.js";
import { Icon, html } from "./ui.js";
import { Component } from "./vendor/preact.js";

const FIRST = 80; // lines drawn at first, from the newest
const MORE = 60; // added when the reader comes near an edge
export const MOST = 220; // lines that are in the page at once
const NEAR = 500; // pixels
const AT_END = 60;
const TOGETHER = 180_000; // milliseconds within which the same author is not named again

/**
 * @typedef {{desk: import("./desk.js").Desk, held: import("./held.js").Held, quote?: (seq: number) => void}} Props
 * @typedef {{run: number[], at: number}} Run numbers that stand together, and where in the window the first of them does
 * @typedef {{from: number, to: number, below: number}} Window `to` is exclusive; `below` is how many have come unseen
 */

/** @extends {Component<Props, Window>} */
export class Timeline extends Component {
  /** @param {Props} props */
  constructor(props) {
    super(props);
    const { length } = props.held.lines.shown;
    this.state = { from: Math.max(0, length - FIRST), to: length, below: 0 };
    this.known = length;
    this.atEnd = true;
    this.settledAt = 0; // where we scrolled to ourselves, at the end
    /** @type {HTMLElement | null} */
    this.box = null;
    /** @type {{seq: string, top: number} | null} */
    this.anchor = null;
    this.settle = this.settle.bind(this);
    this.sizes = new ResizeObserver(() => this.atEnd && this.settle());
  }

  componentDidMount() {
    if (this.box) {
      this.sizes.observe(this.box);
      for (const child of this.box.children) this.sizes.observe(child);
    }
    this.settle();
  }

  componentWillUnmount() {
    this.sizes.disconnect();
  }

  /** New lines: who is at the end goes with them, who reads further up is left there and told. */
  componentDidUpdate() {
    const { length } = this.props.held.lines.shown;
    const came = length - this.known;
    this.known = length;
    if (came > 0) {
      const { from, to, below } = this.state;
      if (this.atEnd) this.setState({ from: Math.max(0, Math.min(from, length - FIRST), length - MOST), to: length, below: 0 });
      else this.setState({ from, to: to + came > length ? to : to, below: below + came });
    }
    this.settle();
  }

  /** After drawing: at the end, or where the line that was looked at still stands. */
  settle() {
    const { box, anchor } = this;
    if (!box) return;
    this.anchor = null;
    const node = anchor && box.querySelector(`[data-seq="${anchor.seq}"]`);
    if (node) box.scrollTop += node.getBoundingClientRect().top - anchor.top;
    else if (this.atEnd) {
      box.scrollTop = box.scrollHeight;
      this.settledAt = box.scrollTop;
    }
  }

  /** Remember where a line in view stands, for what comes above it must not move it. */
  hold() {
    const { box } = this;
    if (!box) return;
    const top = box.getBoundingClientRect().top;
    const nodes = /** @type {HTMLElement[]} */ ([...box.querySelectorAll("[data-seq]")]);
    const node = nodes.find((one) => one.getBoundingClientRect().bottom > top);
    this.anchor = node ? { seq: node.dataset.seq ?? "", top: node.getBoundingClientRect().top } : null;
  }

  scrolled() {
    const { box } = this;
    if (!box) return;
    const { length } = this.props.held.lines.shown;
    const { from, to } = this.state;
    const left = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (this.atEnd && left >= AT_END && box.scrollTop >= this.settledAt) return this.settle(); // a picture grew, nobody scrolled
    this.atEnd = to >= length && left < AT_END;
    if (box.scrollTop < NEAR && from > 0) {
      this.hold();
      const first = Math.max(0, from - MORE);
      this.setState({ from: first, to: Math.min(to, first + MOST) });
    } else if (left < NEAR && to < length) {
      this.hold();
      const last = Math.min(length, to + MORE);
      this.setState({ from: Math.max(from, last - MOST), to: last });
    } else if (this.atEnd && this.state.below) this.setState({ below: 0 });
  }

  toEnd() {
    const { length } = this.props.held.lines.shown;
    this.atEnd = true;
    this.anchor = null;
    this.setState({ from: Math.max(0, length - FIRST), to: length, below: 0 });
  }

  /** @param {Props} props @param {Window} state */
  render({ desk, held, quote }, { from, to, below }) {
    const { shown } = held.lines;
    const window = shown.slice(from, this.atEnd ? shown.length : to);
    const read = held.lines.lastRead;
    const unsent = desk.outbox.of(held.view.id);
    return html`<div class="talk-lines">
      <section class="scroll" tabindex="0" aria-label=${t("messages")} ref=${(/** @type {HTMLElement | null} */ box) => (this.box = box)}
        onScroll=${() => this.scrolled()}>
        <div class="inner">
          <div role="log" aria-live="polite" aria-relevant="additions">
            <ol class="lines">${runs(window, held.lines).map((run) => this.run(run, shown[from + run.at - 1], { desk, held, quote }, read))}</ol></div>
          ${unsent.length > 0 && html`<ol class="lines">${unsent.map((item) => html`<${Sending} key=${item.id} desk=${desk} item=${item} />`)}</ol>`}
          ${held.typing && html`<p class="typing"><span></span><span></span><span></span><b class="quiet">${held.name} ${t("is_writing")}</b></p>`}
        </div>
      </section>
      ${!this.atEnd && html`<button type="button" class="to-end" onClick=${() => this.toEnd()}>
        <${Icon} name="down" size="16" /> ${below ? t("new_below", { n: below }) : t("to_newest")}</button>`}
    </div>`;
  }

  /** A line, or several that were sent together and stand in one bubble's place.
   * @param {Run} run @param {number | undefined} before @param {Props} props @param {number} read */
  run({ run }, before, { desk, held, quote }, read) {
    const [first, ...others] = run;
    if (!others.length) return this.line(desk, held, first, before, quote, read);
    const [day, line] = this.line(desk, held, first, before, quote, read);
    const more = others.map((seq, at) => this.line(desk, held, seq, run[at], quote, read)[1]);
    return [day, html`<li key=${`album ${first}`} class="album"><ol aria-label=${t("sent_together", { n: run.length })}>${line}${more}</ol></li>`];
  }

  /** @param {Props["desk"]} desk @param {Props["held"]} held @param {number} seq @param {number | undefined} before @param {Props["quote"]} quote
   * @param {number} read */
  line(desk, held, seq, before, quote, read) {
    const entry = /** @type {import("./types").Entry} */ (held.lines.entries.get(seq));
    const last = before === undefined ? undefined : held.lines.entries.get(before);
    const newDay = !last || !sameDay(last.at, entry.at);
    const follows = !newDay && last.by === entry.by && last.kind === entry.kind && Date.parse(entry.at) - Date.parse(last.at) < TOGETHER;
    return [
      newDay && html`<li key=${`day ${entry.at.slice(0, 10)}`} class="day"><span>${day(entry.at)}</span></li>`,
      html`<${Line} key=${seq} desk=${desk} held=${held} entry=${entry} about=${held.lines.about.get(seq)} follows=${follows} quote=${quote}
        name=${held.name} agents=${desk.agents.length} state=${held.view.state} forwards=${desk.settings.forwards.includes(held.view.channel)} status=${seq === read ? "read" : held.lines.status(seq)} />`,
    ];
  }
}

/** The numbers of lines, those of one album together. @param {number[]} window @param {import("./lines.js").Lines} lines */
function runs(window, lines) {
  /** @type {Run[]} */
  const found = [];
  let album = "";
  window.forEach((seq, at) => {
    const now = albumOf(lines.entries.get(seq));
    if (now && now === album) found[found.length - 1].run.push(seq);
    else found.push({ run: [seq], at });
    album = now;
  });
  return found;
}
