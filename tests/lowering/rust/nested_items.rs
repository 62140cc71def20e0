fn outer() -> u32 {
    before();
    return helper(Inner { n: 1 });

    use crate::late::before;

    struct Inner {
        n: u32,
    }

    impl Inner {
        fn get(&self) -> u32 {
            self.n + LOCAL
        }
    }

    const LOCAL: u32 = 1;

    fn helper(inner: Inner) -> u32 {
        fn deepest() {}
        deepest();
        inner.get()
    }
}

#[cfg(feature = "a")]
fn twice() {}
#[cfg(not(feature = "a"))]
fn twice() {
    twice()
}

extern "C" {
    fn foreign(x: u32);
}

pub const unsafe extern "C" fn exported() {
    foreign(1)
}
