// What things are called on this screen: the server gives ids.

import { t } from "./lang.js";

export class Names {
  /** @param {import("./desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
  }

  /** @param {string} id */
  agent(id) {
    if (id === this.desk.me.agent) return t("you");
    return this.desk.agents.find((one) => one.agent === id)?.name || id;
  }

  /** @param {string} id */
  queue(id) {
    return this.desk.queues.find((one) => one.id === id)?.name || id;
  }

  /** @param {string} id */
  channel(id) {
    const known = this.desk.settings.channels;
    return Object.hasOwn(known, id) ? known[id] : id;
  }

  /** For whom a whisper is. @param {string} id */
  whisper(id) {
    return id === this.desk.me.agent ? t("whisper_to_you") : t("whisper_to", { agent: this.agent(id) });
  }

  /** Who made a line. @param {string} by @param {import("./held.js").Held} held */
  author(by, held) {
    const [kind, id] = by.split(":");
    if (kind === "customer") return held.name;
    if (kind === "robot") return held.lines.robot || id;
    return kind === "system" ? t("automatic") : this.agent(id);
  }
}
