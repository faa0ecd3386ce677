// What the page is told about the platforms.
export interface Media { key: string; name: string; mime: string }
export interface Button { label: string; payload: string; url: string; phone: string }
export interface Part {
  type: string;
  text?: string;
  media?: Media | null;
  caption?: string;
  name?: string;
  phones?: string[];
  latitude?: number;
  longitude?: number;
  title?: string;
  address?: string;
  sticker?: string;
  url?: string;
  kind?: string;
  buttons?: Button[];
  options?: Button[];
  style?: "buttons" | "list";
  cards?: Part[];
}
/** What a customer does with one message. */
export type Deed = "quote" | "edit" | "recall" | "react";
export interface Bubble {
  number: number;
  side: "customer" | "account";
  parts: Part[];
  trouble: string;
  on_its_way: boolean;
  removed: boolean;
  edited: boolean;
  quotes: number;
  album: string;
  reaction: string;
  can: Deed[];
}
export interface Phone { customer: string; name: string; follows: boolean; writing: boolean; bubbles: Bubble[] }
export interface Manners { times: number; delay: number; reorder: boolean }
export interface Platform {
  id: string;
  title: string;
  look: { accent: string; ground: string; mine: string };
  gives: string[];
  stickers: [string, string][];
  reactions: string[];
  quoting: string[];
  faults: [string, string][];
  refusals: [string, string][];
  manners: Manners;
  phones: Phone[];
}
export type Act = (path: string, body: object | FormData) => Promise<any>;
