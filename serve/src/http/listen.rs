//! Connections: HTTP/1.1, plain or over TLS, whose headers come in time.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Smallest buffer for headers that the HTTP library takes, bytes.
const MIN_HEADER_BYTES: usize = 8_192;

/// Wait after a connection that could not be taken: of descriptors there may be more by then.
const AFTER_ERROR: Duration = Duration::from_millis(50);

/// What is spoken on every connection.
#[derive(Clone)]
pub struct Listening {
    pub router: Router,
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Time for the headers of a request, for the next one as well, and for a handshake.
    pub max_header_time: Duration,
    pub max_header_bytes: usize,
    /// Cancelled when no more is taken, and answers that are under way are the last.
    pub stop: CancellationToken,
}

impl Listening {
    /// Takes connections until it is asked to stop, and waits for them to end.
    pub async fn run(self, listener: TcpListener) {
        let connections = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let this = self.clone();
                    connections.spawn(async move {
                        if let Err(error) = this.connection(stream).await {
                            tracing::debug!(%error, "a connection was lost");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    sleep(AFTER_ERROR).await;
                }
            }
        }
        drop(listener);
        connections.close();
        connections.wait().await;
    }

    async fn connection(self, stream: TcpStream) -> io::Result<()> {
        // Messages are small, and late ones are worth little.
        stream.set_nodelay(true)?;
        let Some(config) = self.tls.clone() else {
            return self.requests(stream).await;
        };
        let handshake = TlsAcceptor::from(config).accept(stream);
        let stream = timeout(self.max_header_time, handshake).await??;
        self.requests(stream).await
    }

    async fn requests<S>(self, stream: S) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.max_header_time)
            .max_buf_size(self.max_header_bytes.max(MIN_HEADER_BYTES))
            .serve_connection(
                TokioIo::new(stream),
                TowerToHyperService::new(self.router.clone()),
            )
            .with_upgrades();
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        ended.map_err(io::Error::other)
    }
}
