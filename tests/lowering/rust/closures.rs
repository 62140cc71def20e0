fn start(pool: Pool) {
    let double = |x| x * 2;
    let spawned = tokio::spawn(async move {
        let conn = pool.get().await?;
        conn.query(double(2)).await
    });
    std::thread::spawn(move || loop {
        work();
    });
    items.iter().for_each(|(k, v): (u8, u8)| drop(k + v));
    let handler = async |request: Request| respond(request).await;
    let lazy = async { 1 };
    let service = Service { on_error: |e| report(e), inner: Box::new(|| 0) };
    app.map(|req| async move { handle(req).await });
    let fut = join_all(items.into_iter().map(|item| async move { item.load().await }));
    (|| 1)();
}
