// The desk: signing in, and once that is done the contacts, the conversation and what stands beside it.

import { SignIn } from "./sign_in.js";
import { Columns } from "./columns.js";
import { Desk } from "./desk.js";
import { listenToKeys } from "./keys.js";
import { Session } from "./session.js";
import { html } from "./ui.js";
import { render } from "./vendor/preact.js";

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
/** @type {Desk | null} */
let desk = null;
let why = "";
let drawing = 0;
let drawn = false;

const session = new Session((me, reason) => {
  desk?.stop();
  desk = me ? new Desk(session, drawSoon) : null;
  why = reason;
  draw();
});

/** Several changes in one moment are drawn once. */
function drawSoon() {
  if (!drawing) drawing = setTimeout(draw, 16);
}

function draw() {
  clearTimeout(drawing);
  drawing = 0;
  const page = desk ? html`<${Columns} desk=${desk} speak=${draw} />` : html`<${SignIn} session=${session} why=${why} speak=${draw} />`;
  if (!drawn) root.replaceChildren(); // what stood there until now is the page's own
  drawn = true;
  render(page, root);
  desk?.notify.badge();
}

listenToKeys(() => desk);
if (session.me) desk = new Desk(session, drawSoon);
draw();
