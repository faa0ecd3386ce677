// Who is signed in in this tab: the token, its renewal, and the end. The newest sign-in of an agent wins.

import { read, write } from "./kept.js";
import { t } from "./lang.js";
import { Problem, ask } from "./wire.js";

const KEY = "ucs:desk";
const LAST = "ucs:desk:last"; // tenant and agent of last time, for the form
const EARLY = 120_000; // milliseconds before the token runs out

/** @typedef {{token: string, tenant: string, agent: string, name: string, role: string, until: number}} Me */

export class Session {
  /** @param {(me: Me | null, why: string) => void} changed is told who is signed in, and why nobody is any more */
  constructor(changed) {
    this.changed = changed;
    /** @type {Promise<string> | null} */
    this.renewing = null;
  }

  /** @returns {Me | null} */
  get me() {
    return read("sessionStorage", KEY);
  }

  /** What the form begins with. @returns {{tenant: string, agent: string}} */
  get last() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const kept = read("localStorage", LAST) ?? {};
    return { tenant: wanted.get("tenant") ?? kept.tenant ?? "", agent: wanted.get("agent") ?? kept.agent ?? "" };
  }

  /** @param {import("./types").SignedIn} view */
  keep(view) {
    const { token, tenant, agent, name, role, expires_in: lasts } = view;
    write("sessionStorage", KEY, { token, tenant, agent, name, role, until: Date.now() + lasts * 1000 });
    return token;
  }

  /** Throws a `Problem`. @param {string} tenant @param {string} agent @param {string} password */
  async signIn(tenant, agent, password) {
    this.keep(await ask("POST", "/desk/sign-in", { tenant, agent, password }));
    write("localStorage", LAST, { tenant, agent });
    this.changed(this.me, "");
  }

  async token() {
    const { me } = this;
    if (!me) throw new Problem(401, t("signed_out"));
    return me.until - EARLY > Date.now() ? me.token : this.renew(me.token);
  }

  /** One renewal at a time; whoever else asks gets the same. @param {string} used */
  renew(used) {
    this.renewing ??= ask("POST", "/desk/renew", {}, used)
      .then((view) => this.keep(view))
      .catch((problem) => {
        if (problem.status === 401 || problem.status === 409) this.leave(problem.message);
        throw problem;
      })
      .finally(() => (this.renewing = null));
    return this.renewing;
  }

  /** @param {string} why */
  leave(why) {
    write("sessionStorage", KEY, null);
    this.changed(null, why);
  }
}
