// The one line that a page embeds. It draws a button, and brings the rest only when somebody wants to talk, has talked before, or is
// to be greeted. The page may call it before it is here: `(window.ucs ??= []).push(["open"])`.

(() => {
  const script = /** @type {HTMLScriptElement} */ (
    document.currentScript ?? document.querySelector('script[data-channel][src*="/widget.js"]')
  );
  const { channel = "", inline = "", locale = "", theme = "" } = script.dataset;
  const early = window.ucs;
  if (early && !Array.isArray(early)) return; // the line is there twice
  const server = new URL(script.src).origin;
  const key = `ucs:${channel}:`; // no id has a colon in it, so nothing of another channel begins like this

  /** @type {Map<string, Set<Function>>} */
  const listeners = new Map();
  /** @type {import("./types").Page} */
  const page = { server, channel, key, inline, locale, theme, about: undefined, emit, refresh: () => ask(0) };
  /** @type {Promise<import("./types").Widget> | undefined} */
  let coming;
  let gone = false;

  /** @param {string} event @param {unknown} [detail] */
  function emit(event, detail) {
    for (const listener of listeners.get(event) ?? []) listener(detail);
  }

  /** The rest of the widget, once. */
  function load() {
    if (!coming) {
      coming = known().then(() => import(`${server}/widget/{{version}}/main.js`)).then(({ start }) => start(page));
      coming.catch((problem) => {
        coming = undefined;
        emit("error", problem);
      });
    }
    return coming;
  }

  /** @type {Promise<void> | undefined} */
  let asked;
  const known = () => (asked ??= ask(0));

  /** What the server tells about the channel. A server that is away is asked again; one that refuses is not. @param {number} tries */
  async function ask(tries) {
    try {
      const answer = await fetch(`${server}/chat/${encodeURIComponent(channel)}/about`, { signal: AbortSignal.timeout(10_000) });
      if (answer.ok) page.about = await answer.json();
      else if (answer.status < 500 && answer.status !== 429) {
        gone = true;
        console.warn(`UCS: ${(await answer.json()).detail}`);
      }
    } catch {
      // no connection, or no answer in time: asked again below
    }
    if (gone) throw new Error("UCS: this page may not show the chat.");
    if (page.about) return draw();
    await new Promise((done) => setTimeout(done, Math.min(300, 5 * 3 ** tries) * 1000));
    if (!gone) return ask(tries + 1);
  }

  function draw() {
    if (page.host || gone) return;
    if (!customElements.get("ucs-widget")) customElements.define("ucs-widget", class extends HTMLElement {});
    const host = document.createElement("ucs-widget");
    const root = host.attachShadow({ mode: "open" });
    const style = new CSSStyleSheet();
    style.replaceSync(
      `:host{all:initial;--main:var(--ucs-accent,var(--accent,#2f5bd0));position:fixed;z-index:var(--ucs-z,2147483000);inset-block-end:var(--ucs-bottom,20px);inset-inline-end:var(--ucs-side,20px)}
:host([inline]){position:static;display:block;height:100%}
.launcher{all:unset;box-sizing:border-box;position:relative;display:grid;place-items:center;width:56px;height:56px;border-radius:50%;cursor:pointer;
background:var(--main);color:var(--ucs-accent-ink,var(--accent-ink,#fff));box-shadow:0 1px 3px rgb(0 0 0/.18),0 8px 24px rgb(0 0 0/.2);}
.launcher:hover{filter:brightness(1.08)}
.launcher:focus-visible{outline:3px solid var(--main);outline-offset:3px}
.launcher svg{width:27px;height:27px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}`,
    );
    root.adoptedStyleSheets = [style];
    const { accent, accent_ink, name } = /** @type {import("./types").About} */ (page.about);
    host.style.setProperty("--accent", accent); // nothing sets nothing
    host.style.setProperty("--accent-ink", accent_ink);
    page.host = host;
    page.root = root;
    if (inline) {
      host.toggleAttribute("inline", true);
      (document.querySelector(inline) ?? document.body).append(host);
      return void load();
    }
    const button = document.createElement("button");
    button.className = "launcher";
    button.setAttribute("aria-label", `Chat: ${name}`);
    button.setAttribute("aria-expanded", "false");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = svg.appendChild(document.createElementNS(svg.namespaceURI, "path"));
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", "M4 5.5h16v11H11l-5 4v-4H4z");
    button.append(svg);
    button.onclick = () => call("toggle");
    page.launcher = button;
    root.append(button);
    (document.body ?? document.documentElement).append(host);
    // Somebody who has talked here before gets what was said meanwhile.
    if (kept(key) || kept(`${key}open`)) load();
    else greet();
  }

  /** @param {string} name */
  function kept(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  }

  /** The first greeting that is meant for this address waits for its time. */
  function greet() {
    const { greetings } = /** @type {import("./types").About} */ (page.about);
    const greeting = greetings.find(({ url }) => fits(url));
    if (!greeting || kept(`${key}greeted`)) return;
    const due = async () => !gone && (await load()).greet(greeting.say);
    setTimeout(due, greeting.after * 1000);
  }

  /** Whether a greeting for this `url` is meant for the page. @param {string} url */
  function fits(url) {
    if (!url) return true;
    const here = url.startsWith("/") ? location.pathname : location.origin + location.pathname;
    const pattern = url.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*");
    return new RegExp(`^${pattern}$`).test(here);
  }

  /** @param {string} name @param {unknown[]} args */
  async function call(name, ...args) {
    return /** @type {any} */ (await load())[name](...args);
  }

  /** @type {import("./types").Ucs} */
  const ucs = {
    open: () => call("open"),
    close: () => call("close"),
    toggle: () => call("toggle"),
    send: (text) => call("send", text),
    identify: (jwt) => call("identify", jwt),
    setLocale: async (code) => (coming ? call("setLocale", code) : void (page.locale = code)),
    setTheme: async (name) => (coming ? call("setTheme", name) : void (page.theme = name)),
    on(event, listener) {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
      return () => listeners.get(event)?.delete(listener);
    },
    destroy() {
      gone = true;
      coming?.then((widget) => widget.destroy());
      page.host?.remove();
      delete window.ucs;
    },
    push: (...calls) => calls.forEach(([name, ...args]) => /** @type {any} */ (ucs)[name](...args)?.catch?.(() => {})),
  };
  // Another tab of this site has begun to talk: what is said there is heard here too.
  addEventListener("storage", (event) => event.key === key && !gone && load());
  window.ucs = ucs;
  ucs.push(.../** @type {any[]} */ (early ?? []));
  (window.requestIdleCallback ?? setTimeout)(() => known().catch(() => {}));
})();
