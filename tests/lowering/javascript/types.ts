import { Pool } from "pg";
import * as orm from "orm";

let a: Pool;
let b: orm.Entity<Pool, string>;
let c: Pool[] | null;
let d: readonly Pool[] & { x: number; f(): void; g?: Pool };
let e: Promise<Map<string, Array<Pool>>>;
let f: (a: Pool) => void;
let g: "lit" | 5 | true;
let h: typeof a;
let i: [Pool, string?];
let j: keyof Pool;
let k: Pool["query"];
let l: T extends Pool ? string : never;
function check(this: Foo, x: unknown): x is Pool {
  return <boolean>x;
}
abstract class Base<T extends Pool> {
  abstract pool: T;
  optional?: Partial<T>;
}
