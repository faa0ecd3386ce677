// Asking the server over HTTP. What goes wrong is a `Problem` with the server's own sentence in it (RFC 9457).

import { t } from "./lang.js";

const WITHIN = 30_000; // milliseconds for an answer: after that the line is believed to be dead

/** `status` 0: we did not reach the server, and nobody knows whether it heard us. */
export class Problem extends Error {
  /** @param {number} status @param {string} detail @param {number} [wait] milliseconds */
  constructor(status, detail, wait = 0) {
    super(detail);
    this.status = status;
    this.wait = wait;
  }
  /** Whether asking the same again later may help. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** How far the server's clock is ahead of ours, in milliseconds, as its last answer told. */
const ahead = { by: 0 };
export const serverNow = () => Date.now() + ahead.by;

export class Wire {
  /**
   * @param {() => Promise<string>} tokens gives the token to ask with
   * @param {(used: string) => Promise<string>} renew gives a new one when the server no longer takes the old
   */
  constructor(tokens, renew) {
    this.tokens = tokens;
    this.renew = renew;
  }
  /** @param {string} path */
  get(path) {
    return this.ask("GET", path);
  }
  /** @param {string} path @param {object} [body] */
  post(path, body = {}) {
    return this.ask("POST", path, body);
  }
  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async ask(method, path, body) {
    const token = await this.tokens();
    try {
      return await ask(method, path, body, token);
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 401) throw problem;
      return ask(method, path, body, await this.renew(token));
    }
  }
}

/**
 * One request. Returns the JSON of the answer; throws a `Problem`.
 * @param {string} method @param {string} path @param {object} [body] @param {string} [token] @returns {Promise<any>}
 */
export async function ask(method, path, body, token) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), WITHIN);
  try {
    return await answerOf(fetch(path, { method, headers, body: sent, signal: stop.signal, cache: "no-store", credentials: "omit" }));
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Promise<Response>} coming @returns {Promise<any>} */
async function answerOf(coming) {
  let answer;
  try {
    answer = await coming;
  } catch {
    throw new Problem(0, t("unreachable"));
  }
  const said = Date.parse(answer.headers.get("Date") ?? "");
  if (Math.abs(said - serverNow()) > 2000) ahead.by = said - Date.now(); // the header counts whole seconds
  if (!answer.ok) throw await problemOf(answer);
  try {
    return await answer.json();
  } catch {
    throw new Problem(0, t("broke_off"));
  }
}

/** @param {Response} answer */
async function problemOf(answer) {
  let detail = "";
  try {
    detail = (await answer.json()).detail;
  } catch {
    // a proxy's page, not ours
  }
  const wait = Number(answer.headers.get("Retry-After")) * 1000 || 0;
  return new Problem(answer.status, detail || t("answered", { status: answer.status }), wait);
}
