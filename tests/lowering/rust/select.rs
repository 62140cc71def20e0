async fn pump(mut rx: Receiver<Message>, token: CancellationToken) {
    loop {
        tokio::select! {
            biased;
            _ = token.cancelled() => break,
            Some(message) = rx.recv(), if !paused => {
                handle(message).await;
            }
            result = async { work().await } => finish(result).await,
            else => return,
        }
    }
}
