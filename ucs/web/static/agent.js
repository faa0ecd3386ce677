// The agent's page: signing in, and the desk once that is done. The token lives in this tab alone.

import { Desk } from "./desk.js";
import { byId } from "./dom.js";
import { Problem, ask } from "./wire.js";

const KEY = "ucs:desk";
const EARLY = 120_000; // milliseconds before the token runs out

class SignIn {
  constructor() {
    this.form = byId("sign-in").querySelector("form");
    this.form.onsubmit = (event) => this.submit(event);
    const wanted = new URLSearchParams(location.hash.slice(1));
    const kept = this.kept ?? {};
    for (const name of ["tenant", "agent"]) this.form.elements[name].value = wanted.get(name) ?? kept[name] ?? "";
    if (this.kept?.token) this.enter();
    else this.show("");
  }

  get kept() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY));
    } catch {
      return null;
    }
  }

  keep(view) {
    const { token, tenant, agent, name, expires_in: lasts } = view;
    sessionStorage.setItem(KEY, JSON.stringify({ token, tenant, agent, name, until: Date.now() + lasts * 1000 }));
    return token;
  }

  show(why) {
    byId("desk").hidden = true;
    byId("sign-in").hidden = false;
    byId("sign-in-why").hidden = !why;
    byId("sign-in-why").textContent = why;
    const empty = ["tenant", "agent", "password"].find((name) => !this.form.elements[name].value);
    this.form.elements[empty ?? "password"].focus();
  }

  async submit(event) {
    event.preventDefault();
    const { tenant, agent, password } = Object.fromEntries(new FormData(this.form));
    const button = this.form.querySelector("button");
    button.disabled = true;
    try {
      this.keep(await ask("POST", "/desk/sign-in", { tenant: tenant.trim(), agent: agent.trim(), password }));
      this.form.elements.password.value = "";
      this.enter();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.show(problem.message);
    } finally {
      button.disabled = false;
    }
  }

  enter() {
    byId("sign-in").hidden = true;
    byId("desk").hidden = false;
    this.desk = new Desk(this.kept, {
      token: () => this.token(),
      renew: (used) => this.renew(used),
      leave: (why) => this.leave(why),
    });
  }

  async token() {
    const kept = this.kept;
    if (!kept) throw new Problem(401, "You are signed out.");
    return kept.until - EARLY > Date.now() ? kept.token : this.renew(kept.token);
  }

  /** One renewal at a time; whoever else asks gets the same. */
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

  leave(why) {
    const { tenant, agent } = this.kept ?? {};
    sessionStorage.setItem(KEY, JSON.stringify({ tenant, agent }));
    this.desk?.stop();
    this.desk = null;
    this.show(why);
  }
}

new SignIn();
