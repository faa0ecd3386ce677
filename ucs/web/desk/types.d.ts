// What the server's answers and frames look like, as far as the desk reads them. The server describes all of it at /openapi.json.

export type State = "new" | "robot" | "queued" | "offered" | "talking" | "wrap_up" | "closed";
export type SeatState = "offline" | "idle" | "busy" | "rest" | "work";

export interface ContactView {
  id: string;
  channel: string;
  customer: string;
  name: string;
  address: string;
  state: State;
  epoch: number;
  seq: number;
  queue: string;
  agent: string;
  opened_at: string;
  since: string | null;
  offered_until: string | null;
  spoke_at: string | null;
  seen: number;
  priority: number;
  wrap_up_code: string;
  closed_at: string | null;
  reason: string;
  robot: string;
  slots: Record<string, string>;
}

export interface SeatView {
  agent: string;
  name: string;
  state: SeatState;
  reason: string;
  since: string | null;
  capacity: number;
  load: number;
  contacts: number;
  carries: string[];
  lost: boolean;
  epoch: number;
}

export interface QueueView {
  id: string;
  name: string;
  waiting: number;
  ready: number;
  staffed: number;
  longest_since?: string | null;
}

export interface Button {
  label: string;
  payload?: string;
  url?: string;
  phone?: string;
}

/** One part of a message, of any type: which fields it has depends on `type`. */
export interface Part {
  type: string;
  text?: string;
  caption?: string;
  name?: string;
  title?: string;
  media?: string;
  page?: boolean;
  seconds?: number | null;
  url?: string;
  address?: string;
  latitude?: number;
  longitude?: number;
  phones?: string[];
  emails?: string[];
  organization?: string;
  sticker?: string;
  buttons?: Button[];
  options?: Button[];
  cards?: Part[];
  kind?: string;
}

/** Who else got a message, or is to get it. */
export interface Copies {
  cc: string[];
  bcc: string[];
}

export interface Body {
  parts?: Part[];
  copies?: Copies;
  text?: string;
  to?: string;
  recipients?: string[];
  note?: string;
  along?: string[];
  of?: number;
  client?: string;
  reply_to?: number;
  status?: string;
  reason?: string;
  code?: string;
  emoji?: string;
  removed?: boolean;
  label?: string;
  payload?: string;
  typed?: string;
  kind?: string;
  name?: string;
  queue?: string;
  agent?: string;
  from?: string;
  media?: string;
  redacted?: boolean;
  album?: string;
  ready?: boolean;
  author?: { name: string };
  score?: number;
  comment?: string;
  fields?: Record<string, string>;
  why?: string;
  summary?: string;
  slots?: Record<string, string>;
  confidence?: number;
  marks?: Mark[];
}

/** Letters `start` to `end` of a text of a part, where a list of sensitive words has found something. */
export interface Mark {
  list: string;
  action: "warn" | "mask" | "block";
  part: number;
  text: number;
  start: number;
  end: number;
}

export interface Knowledge {
  title: string;
  text: string;
  url: string;
  score: number | null;
}

/** What a robot suggests; `of` is the newest line that it knew. */
export interface Advice {
  contact: string;
  epoch: number;
  of: number;
  robot: string;
  replies: string[];
  knowledge: Knowledge[];
  intent: string;
  confidence: number | null;
}

export interface Entry {
  type: "entry";
  contact: string;
  seq: number;
  at: string;
  kind: string;
  by: string;
  body: Body;
}

export interface Item {
  id: string;
  state: "pending" | "ready" | "failed";
  name: string;
  mime: string;
  size: number;
  seconds: number | null;
  width: number | null;
  height: number | null;
  reason: string;
  links: Record<string, string>;
}

export interface Identity {
  channel: string;
  address: string;
  proven: boolean;
  at: string;
}

export interface Customer {
  id: string;
  name: string;
  identities: Identity[];
  fields: Record<string, string>;
}

export interface ScreenPop {
  url: string;
  frame: string;
  trouble: string;
}

export interface Field {
  id: string;
  name: string;
  kind: "text" | "number" | "date" | "choice" | "yes_no";
  options: string[];
}

export interface Phrase {
  id: string;
  name: string;
  text: string;
  queues: string[];
}

export interface Settings {
  tenant: string;
  rest_reasons: string[];
  wrap_up_codes: Record<string, string[]>;
  phrases: Phrase[];
  fields: Field[];
  channels: Record<string, string>;
  copies: string[];
  forwards: string[];
  lists_for: string[];
}

export interface SignedIn {
  token: string;
  expires_in: number;
  tenant: string;
  agent: string;
  name: string;
  role: string;
}

/** What is written and not yet known to have arrived. `note`: it is a private note, `whisper` if it is meant for the agent. */
export interface Unsent {
  id: string;
  contact: string;
  parts?: Part[];
  note?: string;
  whisper?: boolean;
  reply_to?: number;
  copies?: Copies;
  failed?: string;
}

export interface OpenedContact {
  contact: ContactView;
  entries: Entry[];
  newest: number;
  earlier: ContactView[];
  customer: Customer;
  screen_pop: ScreenPop | null;
}
