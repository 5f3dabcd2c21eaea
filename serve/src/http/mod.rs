//! What is asked over HTTP.
//!
//! | path | file |
//! |---|---|
//! | `POST /v1/scan` | `scan.rs`, `upload.rs` |
//! | `POST /v1/calls`, `DELETE /v1/calls/{id}` | `offers.rs` |
//! | `GET /v1/calls`, `/v1/calls/{id}`, `/v1/calls/{id}/events` | `calls.rs` |
//! | `/v1/streams/…` | `streams.rs` |
//! | `/`, `/docs` | `page.rs` |
//! | `/v1/openapi.json` | `openapi.rs` |
//! | queries and paths that cannot be read | `extract.rs` |
//! | connections | `listen.rs`, `tls.rs` |
//! | `/healthz`, `/readyz`, `/metrics` | `health.rs` |

mod auth;
mod calls;
mod extract;
mod health;
mod listen;
mod offers;
mod openapi;
mod page;
mod problem;
mod scan;
mod streams;
mod tls;
mod upload;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::Error;
use crate::engine::Engine;
use crate::options::{Options, secrets};
use crate::rtp::Rtp;
use crate::webhooks::Webhooks;

pub use listen::Listening;
pub use tls::config as tls_config;

/// What every request may use.
#[derive(Clone)]
pub struct App(Arc<State>);

struct State {
    engine: Engine,
    tokens: Vec<String>,
    /// Twilio's auth token, and the address by which it calls this server.
    twilio: Option<(String, String)>,
    /// Asks for no certificate of the client.
    is_open: bool,
    /// The name by which others call this server.
    public_host: Option<String>,
    rtp: Option<Rtp>,
    webhooks: Option<Arc<Webhooks>>,
    scans: Arc<Semaphore>,
    /// One check at a time.
    check: tokio::sync::Mutex<()>,
}

impl App {
    /// Reads the secrets that `options` name.
    ///
    /// # Errors
    ///
    /// Those of the files.
    pub fn new(
        engine: Engine,
        options: &Arc<Options>,
        webhooks: Option<Arc<Webhooks>>,
    ) -> Result<Self, Error> {
        let tokens = options.token_file.as_deref().map(secrets).transpose()?;
        let twilio = match (&options.twilio_auth_token_file, &options.public_url) {
            (Some(file), Some(url)) => {
                let url = url.trim_end_matches('/').to_owned();
                Some((secrets(file)?.swap_remove(0), url))
            }
            _ => None,
        };
        Ok(Self(Arc::new(State {
            scans: Arc::new(Semaphore::new(engine.limits().max_scans)),
            engine,
            webhooks,
            rtp: options
                .rtp
                .map(|range| Rtp::new(range, Arc::clone(options))),
            tokens: tokens.unwrap_or_default(),
            twilio,
            is_open: options.client_ca.is_none(),
            public_host: options.public_url.as_deref().and_then(host),
            check: tokio::sync::Mutex::default(),
        })))
    }

    /// Whether a recording is being taken in or scanned.
    pub fn is_scanning(&self) -> bool {
        self.0.scans.available_permits() < self.engine().limits().max_scans
    }

    fn engine(&self) -> &Engine {
        &self.0.engine
    }
}

/// The host of an address.
fn host(url: &str) -> Option<String> {
    url.parse::<Uri>().ok()?.host().map(ToOwned::to_owned)
}

/// All paths.
pub fn router(app: App) -> Router {
    let guarded = Router::new()
        .route("/v1/scan", post(scan::scan))
        .route("/v1/calls", get(calls::list).post(offers::offer))
        .route("/v1/calls/{id}", get(calls::one).delete(offers::hang_up))
        .route("/v1/calls/{id}/events", get(calls::events))
        .route("/v1/event.schema.json", get(calls::schema))
        .route("/v1/openapi.json", get(openapi::get))
        .route("/v1/streams/{dialect}", get(streams::open))
        .route("/metrics", get(health::metrics))
        // Before the layer, so that who may not ask does not learn it.
        .method_not_allowed_fallback(problem::no_method)
        .layer(from_fn_with_state(app.clone(), auth::check));
    Router::new()
        .merge(guarded)
        .route("/", get(page::get))
        .route("/docs", get(page::docs))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .method_not_allowed_fallback(problem::no_method)
        .fallback(problem::no_path)
        .layer(from_fn_with_state(app.clone(), auth::same_origin))
        // Uploads have a limit of their own, which is counted as they arrive.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::new())
        .with_state(app)
}
