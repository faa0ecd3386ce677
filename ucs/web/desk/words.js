// How things read in words: a message in one line, and the lines that nobody said.

import { t, tOf } from "./lang.js";

/** @typedef {import("./types").Part} Part */
/** @typedef {import("./types").Entry} Entry */

/** @param {Part[] | undefined} parts */
export function inOneLine(parts) {
  return (parts ?? [])
    .map((part) => part.text || part.caption || part.name || part.title || (part.cards?.[0]?.title ?? `[${tOf("part", part.type)}]`))
    .join(" · ")
    .replace(/\s+/g, " ");
}

/** A line of the list of contacts. @param {Entry | null} entry */
export const oneLine = (entry) => (entry ? entry.body.label || inOneLine(entry.body.parts) : "");

/** @param {number} score from 0 to 5 */
const stars = (score) => "★★★★★☆☆☆☆☆".slice(5 - score, 10 - score);

/** What a robot has found out: its summary, the slots, and how sure it was. @param {Entry["body"]} body */
function collected({ summary, slots, confidence }) {
  const found = Object.entries(slots ?? {}).filter((slot) => slot[1]).map(([name, value]) => `${name}: ${value}`);
  const sure = confidence === undefined ? [] : [`${Math.round(confidence * 100)} %`];
  return [summary, ...found, ...sure].filter(Boolean).map((words) => ` · ${words}`).join("");
}

/** What a line says that nobody said. @param {Entry} entry @param {import("./desk.js").Desk} desk */
export function remark({ kind, by, body }, desk) {
  const agent = desk.names.agent(body.agent ?? "");
  const queue = desk.names.queue(body.queue ?? "");
  const because = body.reason ? t("because", { reason: body.reason }) : "";
  switch (kind) {
    case "queued":
      return t("remark_queued", { queue });
    case "joined":
      return t(body.agent === desk.me.agent ? "remark_you_joined" : "remark_joined", { agent });
    case "declined":
      return t("remark_declined", { agent }) + because;
    case "offer_missed":
      return t("remark_offer_missed", { agent });
    case "transferred":
      if (body.agent === desk.me.agent) return t("remark_transferred_to_you");
      return t("remark_transferred", { to: body.agent ? agent : queue });
    case "taken_over":
      return body.from ? t("remark_taken_from", { agent, from: desk.names.agent(body.from) }) : t("remark_taken", { agent });
    case "agent_lost":
      return t("remark_agent_lost", { agent });
    case "unanswered":
      return t("remark_unanswered", { agent });
    case "robot_joined":
      return t("remark_robot_joined", { robot: body.name ?? "" });
    case "robot_failed":
      return t("remark_robot_failed") + because;
    case "handed_over":
      return t("remark_handed_over", { why: tOf("why", body.why ?? "") }) + because + collected(body);
    case "given_back":
      return t("remark_given_back", { agent: desk.names.agent(by.split(":")[1]) }) + (body.summary ? `: ${body.summary}` : "");
    case "renamed":
      return t("remark_renamed", { name: body.name });
    case "ended":
      return by === "customer" ? t("remark_ended") : t("remark_ended_by", { agent: desk.names.agent(by.split(":")[1]) }) + because;
    case "wrapped_up":
      return t("remark_wrapped_up") + (body.code ? `: ${body.code}` : "");
    case "rated":
      return t("remark_rated", { stars: stars(body.score ?? 0) }) + (body.comment ? ` “${body.comment}”` : "");
    case "given_up":
      return t("remark_given_up", { agent: desk.names.agent(by.split(":")[1]), what: tOf("given_up", body.kind ?? "") });
    case "closed":
      return t("remark_closed");
    default:
      return tOf("remark", kind);
  }
}
