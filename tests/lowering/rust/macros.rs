use log::info;
use serde_json::json;

fn macros(id: u32) -> Vec<u32> {
    let info = 1;
    info!("user {} of {name}: {:?}", id, total());
    tracing::warn!(user = %id, ?id, error = compute(), "failed");
    error!(target: "db", "down");
    debug!(user.id = id, @bad, shown(id));
    println!();
    assert_eq!(a(), "x", "message {}", id);
    let list = vec![id; count()];
    let map = hashmap! { "a" => first(), "b" => second() };
    let body = json!({ "id": id, "items": [1, load(id), { "deep": null }], (key): 2, "ok": id == 1 });
    let doc = doc! { "$set": { "name": name() } };
    sqlx::query!("SELECT * FROM t WHERE id = $1 AND x = '{}'", id).fetch_all(&pool);
    let rows = sqlx::query_as!(User, r#"SELECT 1"#, id + 1);
    let both = tokio::join!(load(1), load(2));
    tokio::try_join!(load(1), save())?;
    if matches!(kind(), Kind::A | Kind::B(_) if true) {}
    let page = html! { h1 { "Title" (id) } };
    let unknown = grammar!(a ==> b);
    let text = concat!("a", include_str!("q.sql"));
    write!(out, "{}-{}", id, id + 1)?;
    let nothing = empty![];
    crate::local!(id);
    macro_rules! inner {
        ($x:expr) => {
            $x + 1
        };
    }
    let events = async_stream::stream! {
        for item in items {
            yield load(item).await;
        }
    };
    vec![id]
}

macro_rules! declared {
    () => {
        never()
    };
}

include!("generated.rs");
