//! What the functions that frameworks call are said to serve.

use scalecliff_tests::{Source, check, solve};

/// The labels of the entries of files, each `path: text`, without those of start-up.
#[track_caller]
fn serves(files: &[(&str, &str)], expected: &[&str]) {
    let sources: Vec<Source> =
        files.iter().map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
    let program = solve(&sources);
    let labels = program.entries().iter().map(|entry| entry.label.as_str());
    let mut labels: Vec<&str> = labels.filter(|label| !matches!(*label, "start-up" | "main")).collect();
    labels.sort_unstable();
    assert_eq!(labels, expected);
}

#[test]
fn routes_of_nested_routers_have_whole_paths() {
    serves(
        &[
            (
                "src/main.rs",
                "use axum::{Router, routing::get};\nmod orders;\n\
                 async fn health() {}\nasync fn twice() {}\n\
                 fn shared() -> Router { Router::new().route(\"/twice\", get(twice)) }\n\
                 fn api() -> Router {\n  let v1 = Router::new().nest(\"/orders\", orders::routes());\n  \
                 Router::new().nest(\"/v1\", v1).merge(shared()).nest(\"/again\", shared())\n}\n\
                 fn app() -> Router { Router::new().route(\"/health\", get(health)).nest(\"/api\", api()) }\n",
            ),
            (
                "src/orders.rs",
                "use axum::{Router, routing::{get, post}};\n\
                 async fn list() {}\nasync fn one() {}\nasync fn add() {}\n\
                 pub fn routes() -> Router { Router::new().route(\"/\", get(list)).route(\"/{id}\", get(one)).merge(writing()) }\n\
                 fn writing() -> Router { Router::new().route(\"/new\", post(add)) }\n",
            ),
        ],
        &["GET /api/v1/orders", "GET /api/v1/orders/{id}", "GET /health", "GET /twice", "POST /api/v1/orders/new"],
    );
}

#[test]
fn documents_name_what_is_registered() {
    serves(
        &[(
            "src/main.rs",
            "use axum::{Router, routing::get};\nuse utoipa_axum::{router::OpenApiRouter, routes};\n\
             #[utoipa::path(get, path = \"/api/users\")]\nasync fn users() {}\n\
             #[utoipa::path(post, path = \"/api/users\", responses((status = 200)))]\nasync fn add() {}\n\
             #[utoipa::path(get, path = \"/api/nothing\")]\nasync fn nothing() {}\n\
             fn app() -> Router { Router::new().route(\"/users\", get(users)) }\n\
             fn documented() -> OpenApiRouter { OpenApiRouter::new().routes(routes!(add)) }\n",
        )],
        &["GET /api/users", "POST /api/users"],
    );
    serves(
        &[("src/lib.rs", "#[utoipa::path(get, path = \"/api/users\")]\nasync fn users() {}\n")],
        &["GET /api/users"],
    );
}

#[test]
fn a_page_size_is_told_by_who_gives_it() {
    let text = "from fastapi import FastAPI\nfrom sqlalchemy import create_engine, text\n\
                app = FastAPI()\nengine = create_engine(\"postgresql://db/shop\")\n\
                def names(size: int = 20):\n    with engine.connect() as connection:\n        \
                return connection.execute(text(\"SELECT name FROM orders LIMIT :size\"), {\"size\": size}).all()\n\
                @app.get(\"/newest\")\ndef newest():\n    return names()\n\
                @app.get(\"/names\")\ndef some(size: int = 50):\n    return names(size)\n";
    let program = solve(&[Source { path: "app.py".to_owned(), text: text.to_owned() }]);
    let rule = rules::all().iter().find(|rule| rule.info.slug == "unbounded-page-size");
    let findings = rule.map_or_else(Vec::new, |rule| check(&program, rule));
    let entries = findings.iter().flat_map(|finding| &finding.affected).map(|step| step.message.as_str());
    assert_eq!(entries.collect::<Vec<_>>(), ["GET /names"]);
    let first = findings.iter().filter_map(|finding| finding.evidence.first()).map(|step| step.message.as_str());
    assert_eq!(first.collect::<Vec<_>>(), ["GET /names is handled by `some`"]);
}
