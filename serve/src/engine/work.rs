//! The workers. Calls take turns on them, so that one that sends fast holds up no other; and calls
//! that wait for long silence, which costs a sender one frame, come behind all others.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, select_biased};
use voxhumana::Error;

use super::Shared;
use super::call::{Call, Desk, Work};
use super::event::{Body, EndReason};
use super::track::Track;

/// What a call may have done before it is the turn of another.
const TURN: usize = 8;
/// How long it may take at most, but for the last thing that is begun: gaps make frames dear.
const MAX_TURN: Duration = Duration::from_millis(5);

/// Where calls line up for their turn.
#[derive(Clone)]
pub struct Lines<T> {
    frames: T,
    /// Of calls in the midst of silence: only where no other call waits.
    silence: T,
}

/// The end at which they line up.
pub type Turns = Lines<Sender<Arc<Call>>>;
/// The end at which a worker takes them.
pub type Waiting = Lines<Receiver<Arc<Call>>>;

/// Both ends of the lines.
pub fn lines() -> (Turns, Waiting) {
    let (to_frames, frames) = crossbeam_channel::unbounded();
    let (to_silence, silence) = crossbeam_channel::unbounded();
    let lines = Lines {
        frames: to_frames,
        silence: to_silence,
    };
    (lines, Lines { frames, silence })
}

impl Waiting {
    /// The next call; `None` with the engine.
    fn next(&self) -> Option<Arc<Call>> {
        select_biased! {
            recv(self.frames) -> call => call.ok(),
            recv(self.silence) -> call => call.ok(),
        }
    }
}

/// Starts a worker, which ends with the engine.
pub fn spawn(engine: Weak<Shared>, lines: Waiting) -> io::Result<()> {
    let work = move || {
        while let Some(call) = lines.next() {
            let Some(engine) = engine.upgrade() else {
                break;
            };
            engine.turn(&call);
        }
    };
    // The name tells the command that its panics are caught and said elsewhere.
    let builder = thread::Builder::new().name("voxhumana-worker".into());
    builder.spawn(work).map(drop)
}

impl Shared {
    /// Gives a call something to do.
    pub(super) fn put(&self, call: &Arc<Call>, work: Work) {
        let mut inbox = call.inbox();
        if inbox.closed {
            return;
        }
        inbox.waiting.push_back(work);
        if !inbox.scheduled {
            inbox.scheduled = true;
            // Fails only where no worker is left, at the very end.
            let _ = self.turns.frames.send(Arc::clone(call));
        }
    }

    /// One turn of a call.
    fn turn(&self, call: &Arc<Call>) {
        let start = Instant::now();
        for _ in 0..TURN {
            let Some(work) = call.inbox().waiting.pop_front() else {
                break;
            };
            let done = catch_unwind(AssertUnwindSafe(|| self.work(call, work)));
            if done.is_err() {
                let message = "internal error: this is a bug in voxhumana, please report it";
                self.end(call, EndReason::Internal, Some(message.to_owned()));
            }
            // A part of silence is as much as a turn may have.
            let is_silent = matches!(call.inbox().waiting.front(), Some(Work::Silence { .. }));
            if is_silent || start.elapsed() > MAX_TURN {
                break;
            }
        }
        let mut inbox = call.inbox();
        let line = match inbox.waiting.front() {
            None => {
                inbox.scheduled = false;
                return;
            }
            Some(Work::Silence { .. }) => &self.turns.silence,
            Some(_) => &self.turns.frames,
        };
        let _ = line.send(Arc::clone(call));
    }

    fn work(&self, call: &Arc<Call>, work: Work) {
        match work {
            Work::Track(track) => {
                let mut desk = call.desk();
                desk.tracks.push(*track);
                call.show(&desk.tracks);
            }
            Work::Frame {
                track,
                payload,
                place,
                received,
                cost,
            } => {
                let start = Instant::now();
                let failed = self.frame(call, track, Some((&payload, place)));
                call.room.add_permits(cost as usize);
                self.meters.frames.increment(1);
                self.meters.push.record(start.elapsed());
                // What waits behind silence that its own sender has caused is not late.
                let caught_up = call.desk().caught_up;
                let due = caught_up.map_or(received, |caught_up| caught_up.max(received));
                self.after(call, track, failed, || self.meters.lagged(due.elapsed()));
            }
            Work::Silence { track } => {
                let failed = self.frame(call, track, None);
                self.after(call, track, failed, || {
                    call.desk().caught_up = Some(Instant::now());
                });
            }
            Work::Strays { track, count } => {
                if let Some(track) = call.desk().tracks.get_mut(track) {
                    track.count_strays(count);
                }
            }
            Work::End { reason, message } => self.end(call, reason, message),
        }
    }

    /// What follows after a frame or a part of silence: the end of the call if it has failed, more
    /// silence if that is owed, or `done`.
    fn after(
        &self,
        call: &Arc<Call>,
        track: usize,
        failed: Option<(EndReason, String)>,
        done: impl FnOnce(),
    ) {
        let owes = call.desk().tracks.get(track).is_some_and(Track::owes);
        if let Some((reason, message)) = failed {
            self.end(call, reason, Some(message));
        } else if owes {
            let mut inbox = call.inbox();
            inbox.waiting.push_front(Work::Silence { track });
        } else {
            done();
        }
    }

    /// Scores one frame, or a part of the silence before the last one; says why the call has to
    /// end, if it has to.
    fn frame(
        &self,
        call: &Call,
        index: usize,
        frame: Option<(&[u8], super::Place)>,
    ) -> Option<(EndReason, String)> {
        let mut desk = call.desk();
        let desk = &mut *desk;
        let call_s = desk.tracks.iter().map(|t| t.starts_s() + t.at_s());
        let call_s = call_s.fold(0.0, f64::max);
        let track = desk.tracks.get_mut(index)?;
        let (before_s, faults) = (track.at_s(), track.faults());
        let mut events = Vec::new();
        let rule = &self.options.alert;
        let pushed = match frame {
            Some((payload, place)) => track.push(payload, place, call_s, rule, &mut events),
            None => {
                if self.stop.is_cancelled() {
                    track.forgive();
                }
                track.go_on(rule, &mut events)
            }
        };
        let pushed = match pushed {
            Err(Error::Malformed { .. }) if call.is_lossy() && track.pass_over() => Ok(()),
            pushed => pushed,
        };
        self.meters.audio_s.increment(track.at_s() - before_s);
        self.meters
            .lost
            .increment(track.faults().lost - faults.lost);
        self.meters
            .late
            .increment(track.faults().late - faults.late);
        let (name, at_s) = (track.name.clone(), track.at_s());
        if !events.is_empty() {
            desk.quiet.look(&desk.tracks, &mut events);
            call.show(&desk.tracks);
            self.tell(call, desk, events);
        }
        match pushed {
            Err(error @ Error::Runtime { .. }) => Some((EndReason::Internal, error.to_string())),
            Err(error) => Some((EndReason::BadFrame, format!("track {name}: {error}"))),
            Ok(()) if at_s > self.options.limits.max_call.as_secs_f64() => Some((
                EndReason::TooLong,
                format!("track {name} is longer than --max-call allows"),
            )),
            Ok(()) => None,
        }
    }

    /// Tells that a call is on the line.
    pub(super) fn greet(&self, call: &Call) {
        let facts = call.facts();
        tracing::info!(call = call.id(), protocol = facts.protocol, "call started");
        let body = Body::Started {
            protocol: facts.protocol,
            from: facts.from,
            to: facts.to,
        };
        self.tell(call, &mut call.desk(), vec![body]);
    }

    /// Ends a call: the last verdicts, and nothing after them.
    fn end(&self, call: &Arc<Call>, reason: EndReason, message: Option<String>) {
        let mut inbox = call.inbox();
        if std::mem::replace(&mut inbox.closed, true) {
            return;
        }
        // Its memory as well: a call that has ended is kept for a while.
        inbox.waiting = VecDeque::new();
        drop(inbox);
        let mut desk = call.desk();
        let desk = &mut *desk;
        let mut events = Vec::new();
        let mut each = |step: &mut dyn FnMut(&mut Track) -> Result<(), Error>| {
            for track in &mut desk.tracks {
                let done = catch_unwind(AssertUnwindSafe(|| step(track)));
                if !matches!(done, Ok(Ok(()))) {
                    tracing::error!(call = call.id(), track = track.name, "no last verdict");
                }
            }
        };
        each(&mut Track::end);
        each(&mut |track| track.finish(&mut events));
        let why = message.as_deref();
        tracing::info!(call = call.id(), reason = reason.name(), why, "call ended");
        events.push(Body::Ended {
            reason,
            message: message.clone(),
            duration_s: desk.tracks.iter().map(|t| t.at_s()).fold(0.0, f64::max),
            channels: desk.tracks.iter().map(|t| t.report().clone()).collect(),
            faults: desk.tracks.iter().map(|t| t.faults()).collect(),
        });
        call.show(&desk.tracks);
        call.show_end(&desk.tracks, reason, message.clone());
        self.tell(call, desk, events);
        desk.tracks = Vec::new();
        self.meters.live.decrement(1);
        self.meters.ended(reason.name());
        self.registry.end(call.id());
        desk.permit = None;
        // Whoever waits for room finds the call over instead.
        call.room.close();
        call.over.cancel();
    }

    fn tell(&self, call: &Call, desk: &mut Desk, bodies: Vec<Body>) {
        for body in bodies {
            if let Body::Alert { track, at_s, .. } = &body {
                self.meters.alerts.increment(1);
                tracing::warn!(call = call.id(), track, at_s, "alert");
            }
            let event = call.tell(desk, body);
            if let Some(listener) = &self.options.listener {
                listener(&event);
            }
            if let Some(log) = &self.options.log
                && !log.put(event)
            {
                self.meters.log_dropped();
            }
        }
    }
}
