import { pool } from "./db";

export async function* pages(limit: number = 10, ...rest: string[]): AsyncGenerator<Row[]> {
  yield* pool.stream();
  yield await pool.query("SELECT 1");
  yield;
}
function overload(a: string): void;
function overload(a: any) {}
declare function ambient(a: string): void;
const arrow = async ({ id }: { id: string }, next?: () => void): Promise<User> => pool.one(id);
const expression = function () {
  return this.value;
};
setInterval(() => tick(), 1000);
app.get("/users/:id", auth, async (req, res) => {
  res.json(await arrow(req.params));
});
new Promise((resolve) => setTimeout(resolve, 10)).then(function done() {}, () => {});
const handlers = { list: () => [], async show(id) {}, get size() { return 1; }, set size(v) {}, [key()]: () => 1 };
async function action(data: FormData) {
  "use server";
  await pool.insert(data);
}
(() => {})();
(async () => {
  await main();
})();
const memo = useCallback(async () => {}, []);
