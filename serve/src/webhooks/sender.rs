//! The thread that sends: signs an event, posts it, and tries again later where that fails.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook,
};
use ureq::Agent;
use ureq::tls::TlsConfig;

use super::counts::Counts;
use super::queue::{Queue, Waiting};

/// Time for one delivery, of the specification's 15 to 30 s.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Longest sleep; a clock that is set finds the sender awake.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Wait after an error of the queue's file.
const AFTER_ERROR: Duration = Duration::from_secs(5);

/// What a sender needs.
pub struct Sender {
    pub queue: Arc<Queue>,
    pub counts: Arc<Counts>,
    pub url: String,
    pub webhook: Webhook,
    pub waits: Vec<Duration>,
}

impl Sender {
    /// Sends what is due, until `wake` is closed. Each event that is added comes with a wake-up.
    pub fn run(&self, wake: &Receiver<()>) {
        let agent = agent();
        loop {
            let sleep = match self.queue.first() {
                Ok(Some(event)) if event.due_ms <= now_ms() => {
                    // Asked to stop: the rest waits for the next start.
                    if matches!(wake.try_recv(), Err(error) if error.is_disconnected()) {
                        return;
                    }
                    match self.send(&agent, &event) {
                        Ok(()) => continue,
                        Err(error) => failed(&error),
                    }
                }
                Ok(Some(event)) => Duration::from_millis(event.due_ms.saturating_sub(now_ms())),
                Ok(None) => LONGEST_SLEEP,
                Err(error) => failed(&error),
            };
            match wake.recv_timeout(sleep.min(LONGEST_SLEEP)) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Tries once, and writes down what came of it.
    #[allow(clippy::result_large_err, reason = "the error of the database")]
    fn send(&self, agent: &Agent, event: &Waiting) -> Result<(), redb::Error> {
        let why = match self.post(agent, event) {
            Ok(()) => {
                self.queue.replace(event, None)?;
                self.counts.delivered();
                return Ok(());
            }
            Err(why) => why,
        };
        self.counts.failed();
        let wait = usize::try_from(event.tries)
            .ok()
            .and_then(|n| self.waits.get(n));
        let Some(wait) = wait else {
            tracing::error!(id = event.id, "webhook given up, {why}");
            self.queue.replace(event, None)?;
            self.counts.dropped(1);
            return Ok(());
        };
        tracing::warn!(id = event.id, again_in = ?wait, "webhook not delivered, {why}");
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let next = Waiting {
            tries: event.tries + 1,
            due_ms: now_ms().saturating_add(wait_ms),
            ..event.clone()
        };
        self.queue.replace(event, Some(&next))
    }

    /// Posts an event; says why it was not taken.
    fn post(&self, agent: &Agent, event: &Waiting) -> Result<(), String> {
        // That of the try: receivers refuse old ones, so that nobody can replay them.
        let timestamp = i64::try_from(now_ms() / 1_000).unwrap_or(i64::MAX);
        let body = event.body.as_bytes();
        let signature = self.webhook.sign(&event.id, timestamp, body);
        let signature = signature.map_err(|error| error.to_string())?;
        let answer = agent
            .post(self.url.as_str())
            .header("content-type", "application/json")
            .header(HEADER_WEBHOOK_ID, event.id.as_str())
            .header(HEADER_WEBHOOK_TIMESTAMP, timestamp.to_string())
            .header(HEADER_WEBHOOK_SIGNATURE, signature)
            .send(body)
            .map_err(|error| error.to_string())?;
        let status = answer.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(format!("answered with {status}"))
        }
    }
}

fn failed(error: &redb::Error) -> Duration {
    tracing::error!(%error, "the queue of webhooks cannot be used");
    AFTER_ERROR
}

/// Calls the one address that it is given: follows nowhere, and asks no proxy that the environment
/// names.
fn agent() -> Agent {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(provider)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(TIMEOUT))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(None)
        .user_agent(concat!("voxhumana/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// Ms since 1970.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
