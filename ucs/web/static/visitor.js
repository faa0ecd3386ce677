// The customer's session, shared by all tabs of this browser.
//
// A refresh token is good once, and using an old one again ends the session: so only one tab at a time may use it, and the others
// take the access token that it brought.

import { Problem, ask } from "./wire.js";

const EARLY = 30_000; // milliseconds before the token runs out

export class Visitor {
  /** `changed(view, anew)` hears every session view the server gives; `anew` if an old session had ended. */
  constructor(channel, changed) {
    this.channel = channel;
    this.key = `ucs:${channel}`;
    this.changed = changed;
  }

  get kept() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? {};
    } catch {
      return {};
    }
  }

  keep(values) {
    try {
      localStorage.setItem(this.key, JSON.stringify(values));
    } catch {
      this.only = values; // storage is switched off: the session ends with the page
    }
  }

  get session() {
    return this.only ?? this.kept;
  }

  get exists() {
    return Boolean(this.session.refresh);
  }

  /** A good access token; begins a session if there is none. `name` is what the customer typed. */
  async token(name = "") {
    const { token, until } = this.session;
    if (token && until - EARLY > Date.now()) return token;
    return this.alone(() => this.fresh(name));
  }

  /** The server did not take `used`: another one, by whoever gets it first. */
  renew(used) {
    return this.alone(() => {
      const { token, until } = this.session;
      return token && token !== used && until > Date.now() ? token : this.fresh("", true);
    });
  }

  async fresh(name, force = false) {
    const { refresh, token, until } = this.session;
    if (!force && token && until - EARLY > Date.now()) return token; // another tab was quicker
    if (!refresh) return this.begin(name);
    try {
      return this.take(await ask("POST", "/chat/refresh", { refresh }));
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 401) throw problem;
      this.keep({});
      return this.begin(name, true);
    }
  }

  async begin(name, anew = false) {
    return this.take(await ask("POST", `/chat/${encodeURIComponent(this.channel)}/session`, { name }), anew);
  }

  take(view, anew = false) {
    this.keep({ refresh: view.refresh, token: view.token, until: Date.now() + view.expires_in * 1000 });
    this.changed(view, anew);
    return view.token;
  }

  alone(work) {
    return navigator.locks ? navigator.locks.request(this.key, work) : work(); // locks need a secure context
  }
}
