import { a } from "./a";

export { a as b, local as default2, missing };
export { c as d, default } from "./c";
export { default as E } from "./e";
export * from "./all";
export * as ns from "./ns";
export const x = 1, { y, z: [w] } = source();
export let handler = async () => {};
export function local() {}
export class Service {}
export enum Kind { A, B = 5, C, D = "d" }
export interface Shape { area: number; scale(): void }
export type Options = { pool: Pool; size?: number };
export type Alias = string;
export type { Shape as Shape2 };
export default function main() {
  return later();
}
function later() {}

namespace Outer {
  export const inner = local();
  const hidden = inner;
}
Outer.inner;

export namespace Deep.er {
  export class Thing {}
}
export import Thing = Deep.er.Thing;
export declare const ambient: string;
export const later2 = () => Deep, { pool = makePool() } = source();
