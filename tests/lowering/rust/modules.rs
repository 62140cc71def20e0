mod store {
    use std::sync::Mutex;

    pub static CACHE: Mutex<Vec<u8>> = Mutex::new(Vec::new());

    pub fn open() -> u32 {
        inner::level() + super::helper() + self::close()
    }

    fn close() -> u32 {
        1
    }

    pub mod inner {
        use super::super::helper as h;

        pub fn level() -> u32 {
            h() + super::close()
        }
    }
}

use store::open as begin;

fn helper() -> u32 {
    0
}

fn main() {
    begin();
    store::open();
    store::inner::level();
    store::CACHE.lock();
    store::missing();
}

#[cfg(test)]
mod tests {
    use super::*;
    use super::main as entry;

    fn connect() {}

    #[test]
    fn works() {
        entry();
        let run = || helper();
        connect();
    }

    struct Fake;

    impl Fake {
        fn get(&self) {}
    }
}

#[cfg(all(test, feature = "slow"))]
fn only_in_tests() {}

#[cfg(not(test))]
fn outside_tests() {}

#[tokio::test]
async fn is_awaited() {
    connect();
}
