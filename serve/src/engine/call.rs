//! One call: what waits for a worker, what the worker holds, and what others see of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use serde::{Serialize, Serializer};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use voxhumana::ChannelReport;

use super::admission::Permit;
use super::event::{Body, EVENT_SCHEMA_VERSION, EndReason, Event, rfc3339};
use super::feed::{Feed, Reader};
use super::order::{Faults, Place};
use super::quiet::Quiet;
use super::track::Track;

/// What one call may have waiting: so many frames of up to 1 kB, or one of 64 kB. Senders that are
/// faster than the workers wait.
pub(super) const ROOM: u32 = 64;

/// The facts about a call, known when it starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewCall {
    /// The way in: `twilio`, `telnyx`, …
    pub protocol: &'static str,
    /// The call's name in the telephone system.
    pub peer_id: Option<String>,
    /// The number that calls.
    pub from: Option<String>,
    /// The number that is called.
    pub to: Option<String>,
    /// Whether the line damages frames, as UDP does: some that cannot be decoded are passed over.
    pub is_lossy: bool,
}

/// Something for a worker to do.
pub(super) enum Work {
    Track(Box<Track>),
    Frame {
        track: usize,
        payload: Vec<u8>,
        place: Place,
        received: Instant,
        cost: u32,
    },
    /// More of the silence before the last frame of a track.
    Silence {
        track: usize,
    },
    /// Packets of a track that were dropped before they became frames.
    Strays {
        track: usize,
        count: u64,
    },
    End {
        reason: EndReason,
        message: Option<String>,
    },
}

/// What waits for a worker.
#[derive(Default)]
pub(super) struct Inbox {
    pub(super) waiting: VecDeque<Work>,
    /// Whether a worker has it, or is about to.
    pub(super) scheduled: bool,
    /// Whether the call is over: nothing more is taken.
    pub(super) closed: bool,
}

/// What the worker holds.
pub(super) struct Desk {
    pub(super) tracks: Vec<Track>,
    pub(super) quiet: Quiet,
    pub(super) permit: Option<Permit>,
    /// When long silence was done that a frame had before it.
    pub(super) caught_up: Option<Instant>,
    sequence: u64,
}

/// What others see.
#[derive(Default)]
struct Shown {
    /// Of a call that has ended.
    channels: Arc<Vec<ChannelReport>>,
    faults: Vec<Faults>,
    alerts: Vec<String>,
    duration_s: f64,
    ended: Option<EndReason>,
    message: Option<String>,
}

/// A call on the line, or one that has ended not long ago.
pub struct Call {
    id: Arc<str>,
    new: NewCall,
    /// That of `new`, as its events have it.
    peer_id: Option<Arc<str>>,
    /// The number of the token that it came with.
    token: Option<usize>,
    started: SystemTime,
    pub(super) room: Semaphore,
    pub(super) over: CancellationToken,
    inbox: Mutex<Inbox>,
    desk: Mutex<Desk>,
    shown: Mutex<Shown>,
    feed: Arc<Feed>,
}

/// A call in the form in which it is shown.
#[derive(Debug, Serialize)]
pub struct CallView<'a> {
    id: &'a str,
    protocol: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<EndReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(serialize_with = "rfc3339")]
    started: SystemTime,
    duration_s: f64,
    alerts: Vec<String>,
    #[serde(serialize_with = "all")]
    channels: Arc<Vec<ChannelReport>>,
    faults: Vec<Faults>,
}

fn all<S: Serializer>(channels: &Arc<Vec<ChannelReport>>, out: S) -> Result<S::Ok, S::Error> {
    channels.as_slice().serialize(out)
}

impl Call {
    pub(super) fn new(new: NewCall, permit: Permit) -> Self {
        Self {
            id: uuid::Uuid::now_v7().to_string().into(),
            peer_id: new.peer_id.as_deref().map(Arc::from),
            new,
            token: permit.token(),
            started: SystemTime::now(),
            room: Semaphore::new(ROOM as usize),
            over: CancellationToken::new(),
            inbox: Mutex::default(),
            desk: Mutex::new(Desk {
                tracks: Vec::new(),
                quiet: Quiet::default(),
                permit: Some(permit),
                caught_up: None,
                sequence: 0,
            }),
            shown: Mutex::default(),
            feed: Arc::new(Feed::new()),
        }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its name in the telephone system.
    #[must_use]
    pub fn peer_id(&self) -> Option<&str> {
        self.new.peer_id.as_deref()
    }

    /// Whether one who has this token may end it: whose it is, and anybody where it came without
    /// one, as over AudioSocket.
    #[must_use]
    pub fn may_be_ended_with(&self, token: Option<usize>) -> bool {
        self.token.is_none() || self.token == token
    }

    pub(super) fn protocol(&self) -> &'static str {
        self.new.protocol
    }

    pub(super) fn is_lossy(&self) -> bool {
        self.new.is_lossy
    }

    pub(super) fn facts(&self) -> NewCall {
        self.new.clone()
    }

    /// Reads its events, from behind number `after` on.
    #[must_use]
    pub fn events(&self, after: u64) -> Reader {
        self.feed.reader(after)
    }

    /// Number of its newest event, and whether it is the last of all.
    #[must_use]
    pub fn told(&self) -> (u64, bool) {
        self.feed.told()
    }

    /// Waits until it is over and its last verdict is out.
    pub async fn over(&self) {
        self.over.cancelled().await;
    }

    /// Why it is over, once it is.
    #[must_use]
    pub fn ended(&self) -> Option<(EndReason, Option<String>)> {
        let shown = lock(&self.shown);
        shown.ended.map(|reason| (reason, shown.message.clone()))
    }

    /// Its state now. Waits for the worker that has it, for some milliseconds at most.
    #[must_use]
    pub fn view(&self) -> CallView<'_> {
        let desk = self.desk();
        let shown = lock(&self.shown);
        let channels = if shown.ended.is_some() {
            Arc::clone(&shown.channels)
        } else {
            reports(&desk.tracks)
        };
        drop(desk);
        CallView {
            id: &self.id,
            protocol: self.new.protocol,
            peer_id: self.new.peer_id.as_deref(),
            from: self.new.from.as_deref(),
            to: self.new.to.as_deref(),
            state: if shown.ended.is_some() {
                "ended"
            } else {
                "live"
            },
            reason: shown.ended,
            message: shown.message.clone(),
            started: self.started,
            duration_s: shown.duration_s,
            alerts: shown.alerts.clone(),
            channels,
            faults: shown.faults.clone(),
        }
    }

    pub(super) fn inbox(&self) -> MutexGuard<'_, Inbox> {
        lock(&self.inbox)
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        lock(&self.desk)
    }

    /// Gives out an event, with its number and time.
    pub(super) fn tell(&self, desk: &mut Desk, body: Body) -> Arc<Event> {
        desk.sequence += 1;
        let event = Arc::new(Event {
            body,
            schema_version: EVENT_SCHEMA_VERSION,
            call_id: Arc::clone(&self.id),
            peer_id: self.peer_id.clone(),
            sequence: desk.sequence,
            time: SystemTime::now(),
        });
        self.feed.push(Arc::clone(&event));
        event
    }

    /// Shows what the worker has found, but for the reports: those of a call of hours are long,
    /// and whoever asks for them gets them from the desk.
    pub(super) fn show(&self, tracks: &[Track]) {
        let alerted = tracks.iter().filter(|track| track.alerted());
        let alerts = alerted.map(|track| track.name.clone()).collect();
        let mut shown = lock(&self.shown);
        shown.faults = tracks.iter().map(Track::faults).collect();
        shown.alerts = alerts;
        shown.duration_s = tracks.iter().map(Track::at_s).fold(0.0, f64::max);
    }

    /// Shows that it is over, with its last reports.
    pub(super) fn show_end(&self, tracks: &[Track], reason: EndReason, message: Option<String>) {
        let mut shown = lock(&self.shown);
        shown.channels = reports(tracks);
        shown.ended = Some(reason);
        shown.message = message;
    }
}

fn reports(tracks: &[Track]) -> Arc<Vec<ChannelReport>> {
    Arc::new(tracks.iter().map(|track| track.report().clone()).collect())
}

/// A panic of one worker must not take the call's other users with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
