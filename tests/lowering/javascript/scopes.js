function outer(a, { b, c: [d = a], ...e }, f = () => a, ...rest) {
  const before = () => hoisted + later + declared() + new Declared();
  if (a) {
    var hoisted = 1;
    let later = 2;
    function declared() {}
    {
      const later = 3;
      use(later);
    }
    use(later);
  }
  const later = 4;
  class Declared {}
  try {
    use(undefined);
  } catch (a) {
    use(a);
  }
  for (let i = 0; i < rest.length; i++) use(i);
  for (const b of rest) use(b);
  const self = function me(n) {
    return n ? me(n - 1) : null;
  };
  return [b, d, e, f, later, unknown];
}
let counter = 0;
const inc = () => ++counter;
[counter, inc.total] = [1, 2];
({ counter, x: inc.y = 5, ...inc.rest } = outer);
const [p, , q = 1, ...r] = outer();
