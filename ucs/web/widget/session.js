// The customer's session, shared by all tabs that show this site.
//
// A refresh token is good once, so only one tab at a time may use it; the others take the access token that it brought. Nothing of
// this is ever in an address or a cookie.

import { keep, kept, names } from "./store.js";
import { ask } from "./wire.js";

const EARLY = 30_000; // milliseconds before the token runs out

export class Session {
  /** `changed(view, anew)` hears every session the server gives; `anew` if an old one is over. @param {import("./types").Shown} page @param {(view: import("./types").Session, anew: unknown) => void} changed */
  constructor(page, changed) {
    this.page = page;
    this.changed = changed;
  }

  get kept() {
    return kept(this.page.key) ?? {};
  }

  /** Which session it is: a refresh token begins with that. Nothing where there is none. @returns {string | undefined} */
  get id() {
    return this.kept.refresh?.split(".")[0];
  }

  /** A good access token; a session is begun if there is none. @returns {Promise<string>} */
  token() {
    const { token, until } = this.kept;
    return token && until - EARLY > Date.now() ? Promise.resolve(token) : this.alone(() => this.fresh());
  }

  /** The server did not take `used`: another one, by whichever tab gets it first. @param {string} used @returns {Promise<string>} */
  renew(used) {
    return this.alone(() => {
      const { token, until } = this.kept;
      return token && token !== used && until > Date.now() ? token : this.fresh(true);
    });
  }

  async fresh(force = false) {
    const { refresh, token, until } = this.kept;
    if (!force && token && until - EARLY > Date.now()) return token;
    if (!refresh) return this.begin({});
    try {
      return this.take(await ask(`${this.page.server}/chat/refresh`, { body: { refresh } }));
    } catch (/** @type {any} */ problem) {
      if (problem.status !== 401) throw problem;
      keep(this.page.key);
      return this.begin({}, true);
    }
  }

  /** The tenant's own server says who this is; for who has been that before, nothing changes. Where it was somebody else, nothing of them
   * stays, neither a draft nor words that wait to be sent: then it says who. @param {string} identity */
  identify(identity) {
    return this.alone(async () => {
      const { kept, id, page } = this;
      const who = subject(identity);
      if (kept.who) {
        if (kept.who === who) return;
        names(page.key).forEach((name) => keep(name));
      }
      await this.begin({ identity }, id, who);
      return kept.who;
    });
  }

  /** @param {Record<string, string>} body @param {unknown} [anew] @param {string} [who] */
  async begin(body, anew, who = "") {
    const { server, channel, host } = this.page;
    body.language = host.lang;
    return this.take(await ask(`${server}/chat/${encodeURIComponent(channel)}/session`, { body }), anew, who);
  }

  /** @param {import("./types").Session} view @param {unknown} [anew] */
  take(view, anew, who = this.kept.who) {
    keep(this.page.key, { refresh: view.refresh, token: view.token, until: Date.now() + view.expires_in * 1000, who });
    this.changed(view, anew);
    return view.token;
  }

  /** @template T @param {() => T | Promise<T>} work @returns {Promise<T>} */
  async alone(work) {
    return navigator.locks ? navigator.locks.request(this.page.key, work) : work(); // locks need a secure context
  }
}

/** Whom a signed identity is about; the server checks whether it is true. @param {string} jwt @returns {string} */
function subject(jwt) {
  try {
    return String(JSON.parse(atob(jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub);
  } catch {
    return "";
  }
}
