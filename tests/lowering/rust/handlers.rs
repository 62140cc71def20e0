use actix_web::{HttpResponse, get, web};
use axum::extract::{Json, Path, Query, State};

#[get("/users/{id}", guard = "is_admin")]
#[instrument(skip(pool), fields(id = %id))]
/// Loads one user.
async fn show(
    State(pool): State<PgPool>,
    Path((org, id)): Path<(String, i64)>,
    Query(Page { page, size: per_page }): Query<Page>,
    Json(mut body): Json<Value>,
    _: web::Data<App>,
) -> Result<HttpResponse, AppError> {
    let user = sqlx::query_as::<_, User>("SELECT * FROM users WHERE id = $1").bind(id).fetch_one(&pool).await?;
    Ok(HttpResponse::Ok().json(user))
}

#[tokio::main(flavor = "multi_thread", worker_threads = 4)]
async fn main() -> anyhow::Result<()> {
    let app = axum::Router::new()
        .route("/users/:id", axum::routing::get(show).post(|| async { "ok" }))
        .layer(TimeoutLayer::new(Duration::from_secs(10)));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
