// What the desk uses of preact, and no more.
export type Child = VNode | string | number | bigint | boolean | null | undefined | Child[];
export interface VNode {
  type: unknown;
  props: unknown;
}
export function h(type: unknown, props?: object | null, ...children: Child[]): VNode;
export function render(node: Child, parent: Element): void;
export const Fragment: unknown;
export abstract class Component<P = object, S = object> {
  constructor(props: P);
  props: P;
  state: S;
  base: Element | null;
  setState(change: Partial<S>): void;
  forceUpdate(): void;
  shouldComponentUpdate?(next: P, state: S): boolean;
  abstract render(props: P, state: S): Child;
}
