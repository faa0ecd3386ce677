// The shapes that the widget's modules speak of. For the type checker alone: nothing here is served.

export interface Field {
  name: string;
  label: string;
  type: "text" | "email" | "tel" | "choice";
  options: string[];
  required: boolean;
}
/** What the server expected of a field of a body. */
export interface Wrong {
  field: string;
  expected: string;
}
export interface Survey {
  question: string;
  comment: string;
  thanks: string;
}
export interface About {
  channel: string;
  name: string;
  intro: string;
  locale: string;
  theme: "auto" | "light" | "dark";
  accent: string;
  accent_ink: string;
  open: boolean;
  opens_at: string | null;
  ready: boolean;
  waits: boolean;
  form: Field[];
  greetings: { say: string; after: number; url: string }[];
  survey: Survey | null;
  identities: boolean;
}
/** What the loader hands over. */
export interface Page {
  server: string;
  channel: string;
  key: string;
  inline: string;
  locale: string;
  theme: string;
  about?: About;
  host?: HTMLElement;
  root?: ShadowRoot;
  launcher?: HTMLButtonElement;
  emit(event: string, detail?: unknown): void;
  /** Asks the server again how the channel is. */
  refresh(): Promise<void>;
}
/** The same, once the server has answered and the host stands in the page. */
export type Shown = Page & Required<Pick<Page, "about" | "host" | "root">>;

export interface Widget {
  open(): void;
  close(): void;
  toggle(): void;
  greet(text: string): void;
  send(text: string): void;
  identify(jwt: string): Promise<void>;
  setLocale(code: string): Promise<void>;
  setTheme(name: string): void;
  destroy(): void;
}
/** `window.ucs`. */
export interface Ucs {
  open(): Promise<void>;
  close(): Promise<void>;
  toggle(): Promise<void>;
  send(text: string): Promise<void>;
  identify(jwt: string): Promise<void>;
  setLocale(code: string): Promise<void>;
  setTheme(name: string): Promise<void>;
  on(event: string, listener: Function): () => void;
  destroy(): void;
  push(...calls: any[][]): void;
}
export interface Contact {
  id: string;
  state: "new" | "robot" | "queued" | "offered" | "talking" | "wrap_up" | "closed";
  seq: number;
  opened_at: string;
  closed_at: string | null;
  agent: string;
  position: number | null;
  minutes: number | null;
  score: number;
  earlier: boolean;
}
export interface Button {
  label: string;
  payload?: string;
  url?: string;
  phone?: string;
  /** The id of a press that the server may not know yet. */
  press?: string;
}
export interface Part {
  type: string;
  text?: string;
  caption?: string;
  name?: string;
  media?: string;
  title?: string;
  address?: string;
  url?: string;
  latitude?: number;
  longitude?: number;
  phones?: string[];
  emails?: string[];
  cards?: Part[];
  buttons?: Button[];
  options?: Button[];
  style?: string;
}
export interface Entry {
  type: "entry";
  contact: string;
  seq: number;
  at: string;
  kind: string;
  by: string;
  body: Record<string, any>;
}
export interface Session {
  token: string;
  refresh: string;
  expires_in: number;
  open: boolean;
  proven: boolean;
  contact: Contact | null;
  media: { sizes: Record<string, number>; allow: string[]; deny: string[] };
}
/** A file of the media cache, as the API shows it. */
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
/** Something said that the server is not known to have. A file is kept in memory alone. */
export interface Unsent {
  id: string;
  parts?: Part[];
  fields?: Record<string, string>;
  file?: File;
  coming?: boolean;
  /** How far the file has come. */
  bar?: HTMLProgressElement;
  failed?: string;
  /** What is wrong with the answers to the form that came with it. */
  wrong?: Wrong[];
}
export type Words = Record<string, string>;
export type Tell = (key: string, values?: Record<string, string | number>) => string;

declare global {
  interface Window {
    ucs?: any;
  }
}
