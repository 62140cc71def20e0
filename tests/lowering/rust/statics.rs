use once_cell::sync::OnceCell;
use std::sync::LazyLock;

const MAX: usize = 10 * SCALE;
const SCALE: usize = 2;
const _: () = assert!(MAX > 1);
static POOL: LazyLock<Pool> = LazyLock::new(|| Pool::connect("postgres://x", MAX));
pub static mut COUNTER: u64 = 0;
static CELL: OnceCell<Client> = OnceCell::new();
type Db = sqlx::Pool<sqlx::Postgres>;

lazy_static! {
    /// Shared.
    static ref REGEX: Regex = Regex::new("a+").unwrap();
    pub static ref CLIENT: Client = Client::new();
}

thread_local! {
    static LOCAL: RefCell<u32> = const { RefCell::new(1) };
}

fn pool() -> &'static Pool {
    static ONCE: OnceLock<Pool> = OnceLock::new();
    const SIZE: u32 = 4;
    lazy_static::lazy_static! {
        static ref INNER: u8 = compute();
    }
    ONCE.get_or_init(|| make(SIZE, *INNER, &REGEX));
    CELL.get_or_try_init(|| connect()).await;
    LOCAL.with(|l| l.borrow_mut().push(1));
    &POOL
}
