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
fn routers_with_a_path_of_their_own_have_whole_paths() {
    let orders = "from fastapi import APIRouter\nrouter = APIRouter(prefix='/orders')\n\n@router.get('/')\ndef orders():\n    pass\n\n\
                  @router.get('/{id}')\ndef order(id: int):\n    pass\n";
    serves(
        &[
            (
                "app/main.py",
                "from fastapi import FastAPI\nfrom app.config import API\nfrom app.routers import orders\nfrom app.users import router as users\n\n\
                 app = FastAPI()\napp.include_router(orders.router, prefix=API)\napp.include_router(users)\n\n\
                 @app.get('/health')\ndef health():\n    pass\n",
            ),
            ("app/config.py", "API = '/api'\n"),
            ("app/routers/__init__.py", ""),
            ("app/routers/orders.py", orders),
            (
                "app/users.py",
                "from fastapi import APIRouter\nfrom app.login import login\nrouter = APIRouter(prefix='/users')\n\
                 router.include_router(login, prefix='/session')\n\n@router.post('')\ndef add():\n    pass\n",
            ),
            (
                "app/login.py",
                "from fastapi import APIRouter\nlogin = APIRouter()\n\n@login.post('/login')\ndef enter():\n    pass\n",
            ),
            (
                "shop/views.py",
                "from flask import Blueprint, Flask\nshop = Blueprint('shop', __name__, url_prefix='/shop')\n\n\
                 @shop.route('/hooks')\ndef hooks():\n    pass\n\n\napp = Flask(__name__)\napp.register_blueprint(shop)\n",
            ),
        ],
        &[
            "/shop/hooks",
            "GET /api/orders",
            "GET /api/orders/{id}",
            "GET /health",
            "POST /users",
            "POST /users/session/login",
        ],
    );
}

#[test]
fn routers_of_other_files_have_whole_paths() {
    let router = "import { Router } from 'express';\nconst router = Router();\nrouter.get('/', list);\nrouter.route('/:id').get(one);\n\
                  function list(req, res) {}\nfunction one(req, res) {}\n";
    serves(
        &[
            (
                "src/server.ts",
                "import express from 'express';\nimport { API } from './config';\nimport api from './api';\n\
                 import * as plain from './plain';\nconst app = express();\napp.use(`${API}/v1`, check, api);\n\
                 app.use('/orders', require('./orders'));\napp.use('/plain', plain.default);\n\
                 app.get('/health', (req, res) => {});\nfunction check(req, res, next) {}\n",
            ),
            ("src/config.ts", "export const API = '/api';\n"),
            (
                "src/api.ts",
                "import { Router } from 'express';\nimport users from './users';\nexport default Router().use('/users', users);\n",
            ),
            ("src/users.ts", &format!("{router}export default router;\n")),
            ("src/plain.ts", &format!("{router}export {{ router as default }};\n")),
            (
                "src/orders.js",
                "const express = require('express');\nconst router = express.Router();\nrouter.post('', (req, res) => {});\n\
                 module.exports = router;\n",
            ),
        ],
        &[
            "Express middleware",
            "GET /api/v1/users",
            "GET /api/v1/users/:id",
            "GET /health",
            "GET /plain",
            "GET /plain/:id",
            "POST /orders",
        ],
    );
}

#[test]
fn routes_of_controllers_have_whole_paths() {
    serves(
        &[(
            "src/orders.controller.ts",
            "import { Controller, Get, Post } from '@nestjs/common';\n\
             @Controller('orders')\nexport class Orders {\n  @Get() all() {}\n  @Get(':id') one() {}\n  @Post('/new') add() {}\n}\n\
             @Controller({ path: 'users', version: '1' })\nexport class Users {\n  @Get('me') me() {}\n}\n\
             @Controller()\nexport class Root {\n  @Get('health') health() {}\n}\n",
        )],
        &["GET /health", "GET /orders", "GET /orders/:id", "GET /users/me", "POST /orders/new"],
    );
}

#[test]
fn only_routes_that_loop_are_affected_by_a_loop() {
    let text = "const express = require('express');\nconst { Pool } = require('pg');\nconst pool = new Pool();\n\
                const app = express();\nconst find = (id) => pool.query('SELECT name FROM users WHERE id = $1', [id]);\n\
                app.get('/users/:id', async (req, res) => res.json(await find(req.params.id)));\n\
                app.post('/users', async (req, res) => {\n  for (const id of req.body.ids) await find(id);\n  res.end();\n});\n";
    let program = solve(&[Source { path: "server.js".to_owned(), text: text.to_owned() }]);
    let rule = rules::all().iter().find(|rule| rule.info.slug == "n-plus-one");
    let findings = rule.map_or_else(Vec::new, |rule| check(&program, rule));
    let entries = findings.iter().flat_map(|finding| &finding.affected).map(|step| step.message.as_str());
    assert_eq!(entries.collect::<Vec<_>>(), ["POST /users"]);
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
