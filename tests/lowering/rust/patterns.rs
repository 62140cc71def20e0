const LIMIT: u32 = 3;

fn patterns(value: Value) {
    let (a, (b, ..)) = pair();
    let Point { x, y: Some(z), .. } = point;
    let [first, .., last] = list;
    let [head, tail @ ..] = list;
    let &(ref c, mut d) = other;
    let _ = ignored();
    match value {
        None => {}
        LIMIT => {}
        Shape::Circle(r) | Shape::Ring { inner: r, .. } => area(r),
        whole @ Some(part) => both(whole, part),
        Ok(Err(e)) => e.report(),
        -1 | 'a'..='z' => {}
        self::Kind::Other => {}
        (x, _) if x == 1 => x,
    }
    (a, b) = (b, a);
    [d, _] = swap();
    self_like.count += 1;
    value.items[0] = first;
    *c = 2;
    x <<= 1;
}
