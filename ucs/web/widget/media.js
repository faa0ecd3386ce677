// Files as they are shown. A file is its id: what it is, whether it is here yet and under which signed link it lies is asked when it is to
// be shown. Links live for minutes, so a picture that no longer loads is asked for once more.

import { fill, h, icon } from "./dom.js";
import { Problem } from "./wire.js";

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** The part that says this file. @param {import("./types").Item} item @returns {import("./types").Part} */
export function partOf(item) {
  const family = item.mime.split("/")[0];
  if (PICTURES.includes(item.mime)) return { type: "image", media: item.id };
  if (family === "audio" || family === "video") return { type: family, media: item.id };
  return { type: "file", media: item.id, name: item.name };
}

/** @param {number} bytes @param {string} locale */
export function size(bytes, locale) {
  const [unit, by] = bytes < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  const shown = Math.max(bytes / by, 0.1);
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: shown < 10 ? 1 : 0 }).format(shown);
}

export class Gallery {
  /** @param {import("./chat.js").Chat} chat @param {import("./types").Tell} tell @param {() => string} locale */
  constructor(chat, tell, locale) {
    this.chat = chat;
    this.tell = tell;
    this.locale = locale;
    /** @type {Map<string, Set<() => void>>} media id → how to look again, for each place where it is shown */
    this.places = new Map();
  }

  /** A place for this file, filled when we know what it is. @param {import("./types").Part} part @param {import("./types").Entry} [entry] @returns {HTMLElement} */
  show(part, entry) {
    const place = h("div", { class: "media" }, this.row("file", part.name || this.tell("file_coming"), "waiting"));
    const query = entry ? `?contact=${entry.contact}&seq=${entry.seq}` : "";
    const look = async (again = true) => {
      try {
        const item = await this.chat.request(`/chat/media/${part.media}${query}`);
        if (item.state === "failed") fill(place, this.row("file", item.reason || this.tell("file_gone"), "failed"));
        else if (item.state === "ready") this.ready(place, part, item, () => again && look(false));
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        const words = problem.status === 404 ? this.tell("file_gone") : this.tell("file_lost");
        const retry = problem.status !== 404 && h("button", { type: "button", class: "plain", onclick: () => look() }, this.tell("retry"));
        fill(place, this.row("file", words, "failed", retry));
      }
    };
    const media = part.media ?? "";
    this.places.set(media, (this.places.get(media) ?? new Set()).add(look));
    look();
    return place;
  }

  /** A pending file has come, or never will. @param {string} media */
  settled(media) {
    for (const look of this.places.get(media) ?? []) look();
  }

  /** @param {string} sign @param {string} text @param {string} [kind] @param {any} [more] */
  row(sign, text, kind = "", more = null) {
    return h("div", { class: `file ${kind}` }, icon(sign), h("span", {}, text), more);
  }

  /** @param {HTMLElement} place @param {import("./types").Part} part @param {import("./types").Item} item @param {() => void} renew */
  ready(place, part, item, renew) {
    const { server } = this.chat.page;
    const at = (/** @type {string} */ name) => server + item.links[name];
    const family = part.type === "audio" ? "audio" : item.mime.split("/")[0];
    const open = { target: "_blank", rel: "noopener noreferrer" };
    if (item.links.preview) {
      const picture = h("img", { src: at("preview"), alt: part.caption || item.name || this.tell("picture"), loading: "lazy", onerror: renew });
      if (item.width && item.height) picture.style.aspectRatio = `${item.width} / ${item.height}`;
      fill(place, h("a", { href: at(item.links.web ? "web" : "original"), class: "picture", ...open }, picture));
    } else if (family === "audio" || family === "video") {
      const label = part.caption || item.name || this.tell(family);
      fill(place, h(family, { src: at("original"), controls: true, preload: "metadata", playsinline: true, "aria-label": label, onerror: renew }));
    } else {
      const told = [h("span", { class: "name" }, item.name || this.tell("file")), h("span", { class: "size" }, size(item.size, this.locale()))];
      fill(place, h("a", { href: at("original"), download: item.name, class: "file", ...open }, icon("file"), h("span", {}, told)));
    }
  }
}
