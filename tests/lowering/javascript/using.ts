async function run(path: string) {
  before();
  await using handle = await open(path), other = lock();
  handle.read();
  using span = tracer.start();
  return span;
}
