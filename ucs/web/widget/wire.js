// Requests over HTTP, each with a deadline, and what went wrong as a `Problem` that says whether to try again.

export class Problem extends Error {
  /** `status` 0: no answer came. @param {number} status @param {string} [message] @param {number} [wait] milliseconds */
  constructor(status, message = "", wait = 0) {
    super(message);
    this.status = status;
    this.wait = wait;
    this.passing = !status || status === 408 || status === 429 || status >= 500; // the same may well be taken later
  }
}

/**
 * JSON there and back; a file is sent as it is.
 * @param {string} url @param {{body?: unknown, token?: string, signal?: AbortSignal, within?: number}} [how]
 * @returns {Promise<any>}
 */
export async function ask(url, { body, token, signal, within = 20_000 } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), within);
  signal?.addEventListener("abort", () => stop.abort());
  const file = body instanceof File ? body : null;
  /** @type {Record<string, string>} */
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = file ? file.type || "application/octet-stream" : "application/json";
  if (file) headers["X-File-Name"] = encodeURIComponent(file.name).slice(0, 900);
  try {
    const answer = await fetch(url, { method: body ? "POST" : "GET", headers, body: file ?? (body ? JSON.stringify(body) : undefined), signal: stop.signal });
    const values = await answer.json();
    if (answer.ok) return values;
    throw new Problem(answer.status, values.detail, Number(answer.headers.get("Retry-After")) * 1000);
  } catch (problem) {
    if (problem instanceof Problem || signal?.aborted) throw problem;
    throw new Problem(0); // no connection, or half an answer
  } finally {
    clearTimeout(timer);
  }
}
