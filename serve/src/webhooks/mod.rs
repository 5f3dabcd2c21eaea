//! Webhooks: events to one address, in the form of
//! [Standard Webhooks](https://www.standardwebhooks.com), from a queue on disk.
//!
//! An event is written to the queue within moments, and taken out when the receiver has answered
//! with 2xx. So each is delivered at least once, also over restarts; a receiver that drops
//! `webhook-id`s that it knows has each once.
//!
//! | file | what it does |
//! |---|---|
//! | `queue.rs` | the queue on disk |
//! | `sender.rs` | the thread that sends |
//! | `counts.rs` | what is counted |

mod counts;
mod queue;
mod sender;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use standardwebhooks::Webhook;

use crate::Error;
use crate::engine::{Event, Meters};
use crate::options::{WebhookOptions, secrets};
use counts::Counts;
use queue::{Queue, Waiting};
use sender::{Sender, now_ms};

/// Events on their way to the queue.
const ON_THE_WAY: usize = 1_024;
/// Events that are written at once.
const BATCH: usize = 256;

/// Time for a delivery that is under way when the server stops. A receiver that takes longer gets
/// the event again after the next start.
const LAST_DELIVERY: Duration = Duration::from_secs(2);

/// Shortest key, bytes: that of the specification.
const MIN_KEY_BYTES: usize = 24;

/// The way out to one receiver.
pub struct Webhooks {
    kinds: Vec<String>,
    events: Mutex<Option<crossbeam_channel::Sender<Waiting>>>,
    keeper: Mutex<Option<JoinHandle<()>>>,
    /// Disconnected when the sender has ended.
    sender: Receiver<()>,
    queue: Arc<Queue>,
    counts: Arc<Counts>,
}

impl Webhooks {
    /// Opens the queue, and sends what is in it.
    ///
    /// # Errors
    ///
    /// Those of the secret's and the queue's file, and of the operating system when it gives no
    /// threads.
    pub fn open(options: &WebhookOptions) -> Result<Self, Error> {
        let webhook = webhook(options)?;
        let queue = Queue::open(&options.queue, options.max_waiting).map_err(|error| {
            Error::io(options.queue.display())(std::io::Error::other(error.to_string()))
        })?;
        let (queue, counts) = (Arc::new(queue), Arc::new(Counts::default()));
        let (events, to_queue) = bounded(ON_THE_WAY);
        // One wake-up is as good as many.
        let (wake, awake) = bounded(1);
        let spawn = |work: Box<dyn FnOnce() + Send>| {
            let builder = thread::Builder::new().name("voxhumana-webhooks".into());
            builder.spawn(work).map_err(Error::io("a thread"))
        };
        let sender = Sender {
            queue: Arc::clone(&queue),
            counts: Arc::clone(&counts),
            url: options.url.clone(),
            webhook,
            waits: options.waits.clone(),
        };
        let (keep_in, count) = (Arc::clone(&queue), Arc::clone(&counts));
        let keeper = spawn(Box::new(move || {
            keep(&to_queue, &keep_in, &count, &wake);
        }))?;
        let (sends, sending) = bounded(0);
        spawn(Box::new(move || {
            // Dropped with the thread, however it ends.
            let _sends: crossbeam_channel::Sender<()> = sends;
            sender.run(&awake);
        }))?;
        Ok(Self {
            kinds: options.events.clone(),
            events: Mutex::new(Some(events)),
            keeper: Mutex::new(Some(keeper)),
            sender: sending,
            queue,
            counts,
        })
    }

    /// Takes an event, if it is of a kind that is sent.
    pub fn put(&self, event: &Event) {
        if !self.kinds.iter().any(|kind| kind == event.body.name()) {
            return;
        }
        let waiting = Waiting {
            // The same for each try, and for nothing else.
            id: format!("{}-{}", event.call_id, event.sequence),
            body: serde_json::to_string(event).unwrap_or_default(),
            tries: 0,
            due_ms: now_ms(),
        };
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = events.as_ref().map(|events| events.try_send(waiting));
        if !matches!(taken, Some(Ok(()))) {
            self.counts.dropped(1);
        }
    }

    /// Writes what is on its way to the queue, and waits a little for a delivery that is under way.
    /// What is in the queue then is sent after the next start.
    pub fn close(&self) {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let keeper = self
            .keeper
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(keeper) = keeper
            && keeper.join().is_err()
        {
            tracing::error!("a thread of webhooks has crashed");
        }
        // The end of that one has told the sender to end.
        if self.sender.recv_timeout(LAST_DELIVERY) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("a webhook was under way, and is sent again after the next start");
        }
    }

    /// Shows what is counted.
    pub fn meter(&self, meters: &Meters) {
        let waiting = self.queue.len().unwrap_or_default();
        meters.webhooks(waiting, self.counts.all());
    }
}

/// Writes events to the queue, as they come.
fn keep(
    events: &Receiver<Waiting>,
    queue: &Queue,
    counts: &Counts,
    wake: &crossbeam_channel::Sender<()>,
) {
    while let Ok(first) = events.recv() {
        let mut batch = vec![first];
        batch.extend(events.try_iter().take(BATCH - 1));
        let added = queue.add(&batch).unwrap_or_else(|error| {
            tracing::error!(%error, "the queue of webhooks cannot be written");
            0
        });
        counts.queued(added as u64);
        let lost = batch.len() - added;
        if lost > 0 {
            tracing::error!(lost, "webhooks lost: the queue has no room for them");
            counts.dropped(lost as u64);
        }
        // Full where it is awake already.
        let _ = wake.try_send(());
    }
}

fn webhook(options: &WebhookOptions) -> Result<Webhook, Error> {
    let path = options.secret_file.display();
    let secret = secrets(&options.secret_file)?.swap_remove(0);
    let wrong = || {
        Error::Options(format!(
            "{path}: no secret of webhooks; accepted: whsec_ and Base64 of 24 to 64 random bytes, \
             as of: echo whsec_$(openssl rand -base64 32)"
        ))
    };
    // Base64 has four characters for three bytes.
    let is_long = secret.len() >= "whsec_".len() + MIN_KEY_BYTES / 3 * 4;
    if !secret.starts_with("whsec_") || !is_long {
        return Err(wrong());
    }
    Webhook::new(&secret).map_err(|_| wrong())
}
