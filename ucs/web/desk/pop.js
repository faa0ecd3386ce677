// The page around a tenant's own page: it is told the address by the desk, and embeds it with as few rights as it can live with.
//
// Which origin may be embedded at all is the content policy's, set by the server. A page of another origin keeps that origin, so that
// whoever is signed in there stays signed in; one of our own gets none, so that it cannot reach the desk.

/** @type {HTMLIFrameElement | null} */
let shown = null;

/** @param {unknown} url @param {string} title */
function show(url, title) {
  if (typeof url !== "string" || !/^(https?:\/\/|\/(?![/\\]))/.test(url)) return;
  const frame = document.createElement("iframe");
  const foreign = new URL(url, location.href).origin !== location.origin;
  frame.setAttribute("sandbox", `allow-scripts allow-forms allow-popups${foreign ? " allow-same-origin" : ""}`);
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.title = title;
  frame.src = url;
  shown?.remove();
  document.body.append(frame);
  shown = frame;
}

window.addEventListener("message", (event) => {
  if (event.source === window.parent && event.origin === location.origin) show(event.data?.url, String(event.data?.title ?? ""));
});
window.parent.postMessage({ type: "pop" }, location.origin);
