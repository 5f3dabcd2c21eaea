//! Calls on the line: frames in, events out. Knows no protocol.
//!
//! | file | what it does |
//! |---|---|
//! | `call.rs` | one call, for those who feed it, work on it and look at it |
//! | `track.rs` | one side of it: payloads to scores |
//! | `jitter.rs` | packets into their order, where they overtake each other |
//! | `order.rs` | gaps, late frames, restarts |
//! | `alert.rs`, `quiet.rs` | when to say what |
//! | `event.rs`, `feed.rs`, `log.rs` | events, and their readers |
//! | `work.rs` | the workers, and the turns that calls take on them |
//! | `input.rs` | feeding a call |
//! | `admission.rs`, `refusal.rs` | room for another call |
//! | `meters.rs` | what is counted |

mod admission;
mod alert;
mod call;
mod event;
mod feed;
mod input;
mod jitter;
mod log;
mod meters;
mod order;
mod quiet;
mod refusal;
mod registry;
mod track;
mod work;

use std::io;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use voxhumana::Detector;

pub use admission::Permit;
pub use alert::{Alarm, AlertRule, Judgement};
pub use call::{Call, CallView, NewCall};
pub use event::{Body, EVENT_SCHEMA, EVENT_SCHEMA_VERSION, EndReason, Event};
pub use feed::Reader;
pub use input::{Broken, CallInput, MAX_TRACK_NAME_BYTES};
pub use jitter::{Jitter, MAX_WAITING, PATIENCE};
pub use log::EventLog;
pub use meters::Meters;
pub use order::{AFRESH, Faults, MAX_MISORDER, Place};
pub use refusal::Refusal;
pub use track::NewTrack;

use crate::limits::Limits;
use admission::Admission;
use registry::Registry;

/// Options of an [`Engine`].
pub struct EngineOptions {
    /// The limits.
    pub limits: Limits,
    /// When a track gets its alert.
    pub alert: AlertRule,
    /// Threads that score.
    pub workers: usize,
    /// Whether telephone numbers may stand in events and answers.
    pub log_numbers: bool,
    /// Where events are written.
    pub log: Option<EventLog>,
    /// Who is told every event, at once; must not wait.
    pub listener: Option<Listener>,
}

/// One who is told events.
pub type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// All calls of a server. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    detector: Detector,
    options: EngineOptions,
    admission: Arc<Admission>,
    registry: Registry,
    meters: Meters,
    turns: work::Turns,
    stop: CancellationToken,
}

impl Engine {
    /// Starts the workers.
    ///
    /// # Errors
    ///
    /// Those of the operating system when it gives no threads.
    pub fn new(detector: Detector, options: EngineOptions) -> io::Result<Self> {
        let (turns, waiting) = work::lines();
        let workers = options.workers.max(1);
        let engine = Self(Arc::new(Shared {
            detector,
            registry: Registry::new(options.limits.max_ended_calls),
            options,
            admission: Arc::default(),
            meters: Meters::new().map_err(io::Error::other)?,
            turns,
            stop: CancellationToken::new(),
        }));
        for _ in 0..workers {
            work::spawn(Arc::downgrade(&engine.0), waiting.clone())?;
        }
        Ok(engine)
    }

    /// A place for a call; `token` is the number of the token that it came with.
    ///
    /// # Errors
    ///
    /// The limit that it would exceed.
    pub fn admit(&self, token: Option<usize>) -> Result<Permit, Refusal> {
        let behind_ms = self.0.meters.behind_ms();
        let admitted = self
            .0
            .admission
            .admit(&self.0.options.limits, token, behind_ms);
        admitted.inspect_err(|refusal| self.refused(refusal))
    }

    /// Whether a call would be taken now, whatever token it comes with.
    ///
    /// # Errors
    ///
    /// The limit that it would exceed.
    pub fn room(&self) -> Result<(), Refusal> {
        let (limits, behind_ms) = (&self.0.options.limits, self.0.meters.behind_ms());
        self.0.admission.room(limits, behind_ms)
    }

    /// Counts a refusal, and says it in the log.
    pub fn refused(&self, refusal: &Refusal) {
        self.0.meters.refused(refusal.name());
        tracing::warn!(limit = refusal.name(), "refused: {refusal}");
    }

    /// Starts a call in its place.
    #[must_use]
    pub fn start(&self, mut permit: Permit, mut new: NewCall) -> CallInput {
        permit.start();
        if !self.0.options.log_numbers {
            new.from = None;
            new.to = None;
        }
        let call = Arc::new(Call::new(new, permit));
        self.0.registry.add(&call);
        self.0.meters.started(call.protocol());
        self.0.meters.live.increment(1);
        self.0.greet(&call);
        CallInput::new(self.clone(), call)
    }

    /// The call of this name, its own or that of its telephone system, also if it is over.
    #[must_use]
    pub fn call(&self, id: &str) -> Option<Arc<Call>> {
        self.0.registry.find(id)
    }

    /// The calls on the line, and those that have ended not long ago; oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Arc<Call>> {
        self.0.registry.all()
    }

    /// Ends a call, as if its telephone system had said so.
    pub fn hang_up(&self, call: &Arc<Call>) {
        let (reason, message) = (EndReason::HangUp, None);
        self.0.put(call, call::Work::End { reason, message });
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.options.limits
    }

    /// The detector.
    #[must_use]
    pub fn detector(&self) -> &Detector {
        &self.0.detector
    }

    /// What is counted.
    #[must_use]
    pub fn meters(&self) -> &Meters {
        &self.0.meters
    }

    /// Takes no new calls from now on; those on the line go on.
    pub fn drain(&self) {
        self.0.admission.drain();
    }

    /// Whether no new calls are taken.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.0.admission.is_draining()
    }

    /// Calls on the line, with those that are about to start.
    #[must_use]
    pub fn live(&self) -> usize {
        self.0.admission.calls()
    }

    /// Cancelled when the calls on the line have to end.
    #[must_use]
    pub fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// Goes on in a new file of events, where the old one was moved away.
    pub fn reopen_log(&self) {
        if let Some(log) = &self.0.options.log {
            log.reopen();
        }
    }

    /// Brings what is counted up to date; every few seconds.
    pub fn upkeep(&self) {
        if let Some(log) = &self.0.options.log {
            self.0.meters.log_lost(log.take_lost());
        }
        self.0.meters.upkeep();
    }

    /// Writes the log to its end.
    pub fn close_log(&self) {
        if let Some(log) = &self.0.options.log {
            log.close();
        }
    }
}
