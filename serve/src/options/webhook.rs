//! Where events are sent, and which.

use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;

use crate::Error;

/// Kinds of events that can be sent; `score` is too often for it.
const KINDS: [&str; 6] = ["started", "speech", "verdict", "quiet", "alert", "ended"];

/// Waits before the tries after the first: those of the Standard Webhooks specification, section
/// *Deliverability and reliability*.
const WAITS_S: [u64; 9] = [
    5,
    5 * 60,
    30 * 60,
    2 * 3_600,
    5 * 3_600,
    10 * 3_600,
    14 * 3_600,
    20 * 3_600,
    24 * 3_600,
];

/// Events that wait at most: of a receiver that is down, those of some thousand calls.
const MAX_WAITING: u64 = 10_000;

/// Where events are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookOptions {
    /// The one address that is called.
    pub url: String,
    /// File with the secret that signs: `whsec_` and Base64.
    pub secret_file: PathBuf,
    /// File of the queue.
    pub queue: PathBuf,
    /// Kinds of events that are sent.
    pub events: Vec<String>,
    /// Waits before the tries after the first.
    pub waits: Vec<Duration>,
    /// Events that may wait; those beyond are lost, and counted.
    pub max_waiting: u64,
}

impl WebhookOptions {
    /// To `url`, signed and queued by these files: alerts, and the ends of calls.
    #[must_use]
    pub fn new(url: String, secret_file: PathBuf, queue: PathBuf) -> Self {
        Self {
            url,
            secret_file,
            queue,
            events: vec!["alert".to_owned(), "ended".to_owned()],
            waits: WAITS_S.map(Duration::from_secs).to_vec(),
            max_waiting: MAX_WAITING,
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let refuse = |text: String| Err(Error::Options(text));
        let url = &self.url;
        let parsed: Option<Uri> = url.parse().ok();
        let scheme = parsed.as_ref().and_then(Uri::scheme_str);
        match (scheme, parsed.as_ref().and_then(Uri::host)) {
            (Some("https"), Some(_)) => {}
            (Some("http"), Some("localhost" | "127.0.0.1" | "[::1]")) => {}
            (Some("http"), Some(_)) => {
                return refuse(format!(
                    "--webhook {url}: beyond this machine events are not sent in the clear; \
                     accepted: https"
                ));
            }
            _ => return refuse(format!("--webhook {url}: accepted: https://HOST/PATH")),
        }
        for kind in &self.events {
            if !KINDS.contains(&&**kind) {
                let known = KINDS.join(", ");
                return refuse(format!("--webhook-events {kind}: accepted: {known}"));
            }
        }
        Ok(())
    }
}
