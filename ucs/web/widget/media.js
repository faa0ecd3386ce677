// Files as they are shown. A file is its id: what it is, whether it is here yet and under which signed link it lies is asked when it is to
// be shown. Links live for minutes, so a picture that no longer loads is asked for once more.

import { fill, h, icon, press } from "./dom.js";

const PICTURES = /^image\/(png|jpeg|gif|webp)$/;

/** The part that says this file. @param {import("./types").Item} item @returns {import("./types").Part} */
export function partOf({ id, mime, name }) {
  const family = mime.split("/")[0];
  if (PICTURES.test(mime)) return { type: "image", media: id };
  return family === "audio" || family === "video" ? { type: family, media: id } : { type: "file", media: id, name };
}

/** @param {number} bytes */
export const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** @param {...import("./dom.js").Children} shown */
export const fileRow = (...shown) => h("div", { class: "file" }, icon("file"), ...shown);

export class Gallery {
  /** @param {import("./chat.js").Chat} chat @param {import("./types").Tell} tell */
  constructor(chat, tell) {
    this.chat = chat;
    this.tell = tell;
    /** @type {Map<string, Set<() => void>>} media id → how to look again, for each place where it is shown */
    this.places = new Map();
  }

  /** A place for this file, filled when we know what it is. @param {import("./types").Part} part @param {import("./types").Entry} entry @returns {HTMLElement} */
  show(part, { contact, seq }) {
    const { chat, tell } = this;
    const media = part.media ?? "";
    const place = h("div", { class: "media" }, fileRow(part.name || tell("file_coming")));
    const look = async (again = true) => {
      try {
        const item = await chat.request(`/chat/media/${media}?contact=${contact}&seq=${seq}`);
        if (item.state === "failed") fill(place, fileRow(item.reason || tell("file_gone")));
        else if (item.state === "ready") this.ready(place, part, item, () => again && look(false));
      } catch (/** @type {any} */ problem) {
        const gone = problem.status === 404;
        fill(place, fileRow(tell(gone ? "file_gone" : "file_lost"), " ", !gone && press("plain", () => look(), tell("retry"))));
      }
    };
    this.places.set(media, (this.places.get(media) ?? new Set()).add(look));
    look();
    return place;
  }

  /** A pending file has come, or never will. @param {string} media */
  settled(media) {
    for (const look of this.places.get(media) ?? []) look();
  }

  /** @param {HTMLElement} place @param {import("./types").Part} part @param {import("./types").Item} item @param {() => void} onerror asks for new links */
  ready(place, part, { links, mime, name, size: bytes, width, height }, onerror) {
    const { tell } = this;
    const at = (/** @type {string} */ link) => this.chat.page.server + (links[link] ?? links.original);
    const family = part.type === "audio" ? "audio" : mime.split("/")[0];
    const label = part.caption || name || tell(family);
    const open = { target: "_blank", rel: "noopener noreferrer" };
    if (links.preview) {
      const picture = h("img", { src: at("preview"), alt: label, width, height, onerror });
      fill(place, h("a", { href: at("web"), ...open }, picture));
    } else if (family === "audio" || family === "video") {
      fill(place, h(family, { src: at("web"), controls: true, preload: "metadata", "aria-label": label, onerror }));
    } else fill(place, h("a", { href: at("original"), download: name, ...open }, fileRow(h("u", {}, name || tell("file")), " ", size(bytes))));
  }
}
