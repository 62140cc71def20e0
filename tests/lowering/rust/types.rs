use sqlx::PgPool;
use std::sync::Arc;

#[derive(Debug, Clone, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct User {
    #[serde(default)]
    pub id: i64,
    name: Option<String>,
    tags: [&'static str; 4],
    repo: Arc<dyn Repo + Send + Sync>,
    boxed: Box<dyn Fn(&str) -> bool>,
    raw: *const User,
}

struct Wrapper(PgPool, Vec<(u8, u16)>);

enum Event {
    Created(User),
    #[deprecated]
    Moved { from: u32, to: u32 },
    Both(u8, u8),
    Code = 7,
}

union Bits {
    a: u32,
    b: f32,
}

type Result<T> = std::result::Result<T, crate::Error>;

trait Repo: Send + Clone {
    const LIMIT: usize = 10;
    type Item;
    fn find(&self, id: i64) -> Option<User>;
    async fn all(&self) -> Vec<User> {
        Self::prepare();
        self.find(1);
        vec![]
    }
    fn prepare() {}
}

impl<T: Repo> Wrapper {
    const MAX: u32 = 5;

    pub async fn new(pool: PgPool) -> Self {
        Self::check(&pool);
        Self(pool, Vec::new())
    }

    fn check(pool: &PgPool) -> Result<()> {
        Ok(())
    }

    fn size(self: Arc<Self>, other: Self) -> usize {
        self.0.size() + Self::MAX
    }
}

impl<T> Repo for Box<T> {
    fn find(&self, id: i64) -> Option<User> {
        let copy: Self = self.clone();
        None
    }
}

fn build(pool: PgPool) -> User {
    User { id: 1, name: None, ..Default::default() }
}

fn returns() -> impl Iterator<Item = User> + '_ {}
fn never(callback: fn(u8) -> u8) -> ! {}
