// Requests over HTTP, each with a deadline, and what went wrong as a `Problem` that says whether to try again.

export class Problem extends Error {
  /**
   * `status` 0: no answer came. `fields`: what was expected of each, where a form is wrong.
   * @param {number} status @param {string} [message] @param {number} [wait] milliseconds @param {import("./types").Wrong[]} [fields]
   */
  constructor(status, message = "", wait = 0, fields = []) {
    super(message);
    this.status = status;
    this.wait = wait;
    this.fields = fields;
    this.passing = !status || status === 408 || status === 429 || status >= 500; // the same may well be taken later
  }
}

/**
 * JSON there and back; a file is sent as it is, and `bar` shows how far it has come. `within`: milliseconds in which nothing comes or goes.
 * @param {string} url @param {{body?: unknown, token?: string, signal?: AbortSignal, within?: number, bar?: HTMLProgressElement}} [how]
 * @returns {Promise<any>}
 */
export const ask = (url, /** @type {any} */ { body, token, signal, within = 20_000, bar } = {}) =>
  new Promise((done, fail) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much of a file has gone up
    const file = body instanceof File ? body : null;
    request.open(body ? "POST" : "GET", url);
    request.responseType = "json";
    const began = Date.now();
    request.timeout = within;
    const head = (/** @type {string} */ name, /** @type {string} */ value) => request.setRequestHeader(name, value);
    if (token) head("Authorization", `Bearer ${token}`);
    if (body) head("Content-Type", file ? file.type || "application/octet-stream" : "application/json");
    if (file) head("X-File-Name", encodeURIComponent(file.name).slice(0, 900));
    if (bar) request.upload.onprogress = ({ loaded, total }) => {
      bar.value = loaded / total;
      request.timeout = within + Date.now() - began; // what gets on is not given up, however slow the line
    };
    request.onloadend = () => {
      const { status, response } = request; // no response: no connection, or half an answer
      if (response && status < 300) done(response);
      else fail(new Problem(response ? status : 0, response?.detail, /** @type {any} */ (request.getResponseHeader("Retry-After")) * 1000, response?.errors));
    };
    signal?.addEventListener("abort", () => request.abort());
    request.send(file ?? (body && JSON.stringify(body)));
  });
