//! The body of an upload, held to its limits as it arrives.
//!
//! All of it: a form may have much in front of its file, and may go quiet there.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::StatusCode;
use futures_util::{StreamExt, stream};
use tokio::time::timeout;

use super::problem::Problem;

/// What was exceeded, if anything was: whoever reads the body learns only that it broke off.
#[derive(Debug, Clone, Default)]
pub struct Exceeded(Arc<OnceLock<Limit>>);

#[derive(Debug, Clone, Copy)]
enum Limit {
    Idle,
    Bytes(u64),
}

impl Exceeded {
    /// The answer to that.
    pub fn problem(&self) -> Option<Problem> {
        self.0.get().map(|limit| match limit {
            Limit::Idle => {
                let detail = format!("fewer than {MIN_BYTES} bytes came in as long as --max-idle");
                Problem::new(StatusCode::REQUEST_TIMEOUT, "idle", detail)
            }
            Limit::Bytes(most) => {
                let detail = format!("--max-upload-bytes allows {most} bytes");
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "upload", detail)
            }
        })
    }

    fn note(&self, limit: Limit) -> io::Error {
        // The first one is what the client is told.
        let _ = self.0.set(limit);
        io::ErrorKind::ConnectionAborted.into()
    }
}

/// So much has to come within `max_idle`, unless the body ends: a byte now and then would keep a
/// place for ever. The thinnest codec that is sent as it is spoken has ten times as much.
const MIN_BYTES: u64 = 4_096;

/// A body that breaks off where it has more than `max_bytes`, or where too little comes in time.
pub fn limited(body: Body, max_bytes: u64, max_idle: Duration) -> (Body, Exceeded) {
    let exceeded = Exceeded::default();
    // Time that is left, and how far the body has to come in it. What the decoder takes does not
    // count.
    let due = (max_idle, MIN_BYTES);
    let start = (body.into_data_stream(), 0, due, exceeded.clone());
    let parts = stream::try_unfold(start, move |state| async move {
        let (mut parts, mut bytes, (mut left, mut wanted), exceeded) = state;
        let asked = Instant::now();
        let Ok(part) = timeout(left, parts.next()).await else {
            return Err(exceeded.note(Limit::Idle));
        };
        left = left.saturating_sub(asked.elapsed());
        let Some(part) = part.transpose().map_err(io::Error::other)? else {
            return Ok(None);
        };
        bytes += part.len() as u64;
        if bytes > max_bytes {
            return Err(exceeded.note(Limit::Bytes(max_bytes)));
        }
        if bytes >= wanted {
            (left, wanted) = (max_idle, bytes + MIN_BYTES);
        }
        Ok(Some((part, (parts, bytes, (left, wanted), exceeded))))
    });
    (Body::from_stream(parts), exceeded)
}
