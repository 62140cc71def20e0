struct Counter {
    hits: u32,
}

impl Counter {
    fn all(&mut self) -> bool {
        self.hits += 1;
        let list = [1, 0x1F, 1_000u64, 2.5e3, b'a'];
        let text = ("plain", "esc\n\"q\"", r"raw\n", r#"with "quotes""#, b"bytes", 'c', c"cstr", "dü", true);
        let part = &list[1..3];
        let rest = list[..];
        let one = list[0];
        let range = 1..=self.hits;
        let cast = (self.hits as f64) * -1.5;
        let lazily = !self.ready() && a || b == c;
        let zeros = [0u8; 16];
        let nested = self.pair.0.1;
        let unit = ();
        let chained = (self.a + 1).pow(2).max(&mut *other.b)?.c.await?;
        let generic = items.iter().map(|i| i * 2).collect::<Vec<_>>();
        let made = Counter { hits: 1 };
        (self.callback)(made);
        some.field = move |x: u32| -> u32 { x + 1 };
        lazily
    }
}
