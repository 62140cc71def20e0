for (let i = 0, n = rows.length; i < n; i += 1) {
  if (skip(i)) continue;
  work(i);
}
for (;;) break;
while (true) poll();
while (await next()) {}
do {
  step();
} while (more());
for (const key in table) use(key);
for (target.field of list) use();
for await (const chunk of stream) out.write(chunk);
outer: for (const a of as) {
  for (const b of bs) {
    if (b) break outer;
  }
}
switch (event.type) {
  case "a":
  case "b":
    one();
    break;
  case "c": {
    two();
    if (x) break;
    while (y) break;
    return;
  }
  default:
    throw new Error("no");
}
try {
  risky();
} catch ({ message }) {
  log(message);
} finally {
  close();
}
try {
  risky();
} catch {}
if (a) b();
else if (c) d();
else {
  e();
}
a(), b(), (c = d);
{
  let inner = 1;
}
x++;
x += 2;
x ??= make();
globalThis.pool ||= make();
delete cache[key];
