// Asking the server over HTTP. What goes wrong is a `Problem` with the server's own sentence in it (RFC 9457).

/** `status` 0: we did not reach the server, and nobody knows whether it heard us. */
export class Problem extends Error {
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
export const ahead = { by: 0 };
export const serverNow = () => Date.now() + ahead.by;

/** `tokens()` gives the token to ask with, `renew()` a new one when the server no longer takes the old. */
export class Wire {
  constructor(tokens, renew) {
    this.tokens = tokens;
    this.renew = renew;
  }
  get(path, signal) {
    return this.ask("GET", path, undefined, signal);
  }
  post(path, body = {}) {
    return this.ask("POST", path, body);
  }
  async ask(method, path, body, signal) {
    const token = await this.tokens();
    try {
      return await ask(method, path, body, token, signal);
    } catch (problem) {
      if (problem.status !== 401) throw problem;
      return ask(method, path, body, await this.renew(token), signal);
    }
  }
}

/** One request. Returns the JSON of the answer; throws a `Problem`. */
export async function ask(method, path, body, token, signal) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    answer = await fetch(path, { method, headers, body: sent, signal, cache: "no-store", credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The server cannot be reached. Check your connection.");
  }
  const said = Date.parse(answer.headers.get("Date") ?? "");
  if (Math.abs(said - serverNow()) > 2000) ahead.by = said - Date.now(); // the header counts whole seconds
  if (!answer.ok) throw await problemOf(answer);
  try {
    return await answer.json();
  } catch {
    throw new Problem(0, "The answer broke off.");
  }
}

async function problemOf(answer) {
  let detail = "";
  try {
    detail = (await answer.json()).detail;
  } catch {
    // a proxy's page, not ours
  }
  const wait = Number(answer.headers.get("Retry-After")) * 1000 || 0;
  return new Problem(answer.status, detail || `The server answered ${answer.status}.`, wait);
}
