//! The events of one call for whoever reads along: the last ones are kept, so that nobody has to be
//! there from the start.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::event::{Body, Event};

/// Events that are kept: some four minutes of a call of two tracks.
const KEPT: usize = 512;
/// Stands for the number of the last event: beyond all that is asked for.
const OVER: u64 = u64::MAX;

/// The events of a call.
#[derive(Debug)]
pub struct Feed {
    kept: Mutex<VecDeque<Arc<Event>>>,
    /// Number of the newest, 0 before the first; [`OVER`] when there will be no more.
    newest: watch::Sender<u64>,
}

impl Feed {
    pub fn new() -> Self {
        Self {
            kept: Mutex::default(),
            newest: watch::Sender::new(0),
        }
    }

    /// Adds an event, whose number is one more than that of the last.
    pub fn push(&self, event: Arc<Event>) {
        let is_last = matches!(event.body, Body::Ended { .. });
        let newest = if is_last { OVER } else { event.sequence };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(event);
        drop(kept);
        self.newest.send_replace(newest);
    }

    /// The kept events behind number `after`.
    fn after(&self, after: u64) -> Vec<Arc<Event>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let new = kept.iter().filter(|event| event.sequence > after);
        new.cloned().collect()
    }

    /// Number of the newest event, 0 before the first, and whether it is the last of all.
    pub fn told(&self) -> (u64, bool) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_last = |event: &Event| matches!(event.body, Body::Ended { .. });
        kept.back()
            .map_or((0, false), |event| (event.sequence, is_last(event)))
    }

    /// Reads along, from behind number `after` on.
    pub fn reader(self: &Arc<Self>, after: u64) -> Reader {
        Reader {
            newest: self.newest.subscribe(),
            feed: Arc::clone(self),
            after: after.min(OVER - 1),
        }
    }
}

/// One who reads along.
#[derive(Debug)]
pub struct Reader {
    feed: Arc<Feed>,
    newest: watch::Receiver<u64>,
    after: u64,
}

impl Reader {
    /// The next events, as soon as there are any; none where there will be no more. Who reads too
    /// slowly misses some: their numbers are missing.
    pub async fn next(&mut self) -> Vec<Arc<Event>> {
        loop {
            let after = self.after;
            let newest = self.newest.wait_for(|newest| *newest > after).await;
            // The sender lives in the feed that this reader holds.
            let is_over = newest.is_ok_and(|newest| *newest == OVER);
            let events = self.feed.after(after);
            if let Some(last) = events.last() {
                self.after = last.sequence;
                return events;
            }
            if is_over {
                return events;
            }
        }
    }
}
