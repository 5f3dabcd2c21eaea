//! Whether there is room for another call.
//!
//! A connection has its place before its call starts. One that says nothing holds it at the
//! pleasure of others only: where all places are taken, the oldest of those that have not started
//! yields.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::refusal::Refusal;
use crate::limits::Limits;

/// Counts the calls on the line.
#[derive(Debug, Default)]
pub struct Admission {
    counts: Mutex<Counts>,
    draining: AtomicBool,
}

#[derive(Debug, Default)]
struct Counts {
    /// Calls on the line, with those that are about to start.
    all: usize,
    by_token: HashMap<usize, usize>,
    /// Those that are about to start, by the numbers of their places: the oldest first.
    waiting: BTreeMap<u64, Waiting>,
    /// Number of the next place.
    next: u64,
}

/// One that is about to start.
#[derive(Debug)]
struct Waiting {
    token: Option<usize>,
    yielded: CancellationToken,
}

/// The place of one call; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    admission: Arc<Admission>,
    token: Option<usize>,
    number: u64,
    started: bool,
    yielded: CancellationToken,
}

impl Admission {
    /// Takes no new calls from now on.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether no new calls are taken.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Calls on the line, with those that are about to start.
    pub fn calls(&self) -> usize {
        self.lock().all
    }

    /// Whether there is room for a call, while scoring is `behind_ms` late.
    ///
    /// # Errors
    ///
    /// The limit that it would exceed.
    pub fn room(&self, limits: &Limits, behind_ms: u64) -> Result<(), Refusal> {
        if self.is_draining() {
            return Err(Refusal::Draining);
        }
        let limit_ms = u64::try_from(limits.max_behind.as_millis()).unwrap_or(u64::MAX);
        if behind_ms > limit_ms {
            return Err(Refusal::Behind {
                behind_ms,
                limit_ms,
            });
        }
        // Unknown on a few systems: no limit there.
        if let Some(memory) = memory_stats::memory_stats()
            && memory.physical_mem > limits.max_memory_bytes
        {
            return Err(Refusal::Memory {
                bytes: memory.physical_mem,
                limit: limits.max_memory_bytes,
            });
        }
        let counts = self.lock();
        if counts.all - counts.waiting.len() >= limits.max_calls {
            return Err(Refusal::Calls {
                limit: limits.max_calls,
            });
        }
        Ok(())
    }

    /// A place for a call with the token of this number, while scoring is `behind_ms` late.
    ///
    /// # Errors
    ///
    /// The limit that it would exceed.
    pub fn admit(
        self: &Arc<Self>,
        limits: &Limits,
        token: Option<usize>,
        behind_ms: u64,
    ) -> Result<Permit, Refusal> {
        self.room(limits, behind_ms)?;
        let mut counts = self.lock();
        let of_token = token.and_then(|token| counts.by_token.get(&token));
        if of_token.is_some_and(|n| *n >= limits.max_calls_per_token) {
            return Err(Refusal::Token {
                limit: limits.max_calls_per_token,
            });
        }
        if counts.all >= limits.max_calls {
            let Some((_, oldest)) = counts.waiting.pop_first() else {
                return Err(Refusal::Calls {
                    limit: limits.max_calls,
                });
            };
            counts.give_back(oldest.token);
            oldest.yielded.cancel();
        }
        let (number, yielded) = (counts.next, CancellationToken::new());
        counts.next += 1;
        counts.take(token);
        let waiting = Waiting {
            token,
            yielded: yielded.clone(),
        };
        counts.waiting.insert(number, waiting);
        Ok(Permit {
            admission: Arc::clone(self),
            token,
            number,
            started: false,
            yielded,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn take(&mut self, token: Option<usize>) {
        self.all += 1;
        if let Some(token) = token {
            *self.by_token.entry(token).or_default() += 1;
        }
    }

    fn give_back(&mut self, token: Option<usize>) {
        self.all = self.all.saturating_sub(1);
        if let Some(of_token) = token.and_then(|t| self.by_token.get_mut(&t)) {
            *of_token = of_token.saturating_sub(1);
        }
    }
}

impl Permit {
    /// The number of the token that the call came with.
    pub fn token(&self) -> Option<usize> {
        self.token
    }

    /// Waits until the place is another's, because its call had not started.
    pub async fn yielded(&self) {
        self.yielded.cancelled().await;
    }

    /// Its call is on the line, and yields to no other.
    pub(super) fn start(&mut self) {
        let mut counts = self.admission.lock();
        if counts.waiting.remove(&self.number).is_none() && !self.started {
            // It was to yield at this very moment: for once there is one call more.
            counts.take(self.token);
        }
        self.started = true;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.admission.lock();
        // One that has yielded has no place any more.
        if counts.waiting.remove(&self.number).is_some() || self.started {
            counts.give_back(self.token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_that_has_not_started_yields() {
        let limits = Limits {
            max_calls: 2,
            ..Limits::default()
        };
        let admission = Arc::new(Admission::default());
        let admit = |token| admission.admit(&limits, token, 0);
        let (old, mut young) = (admit(Some(1)).unwrap(), admit(Some(2)).unwrap());
        assert_eq!(admission.calls(), 2);
        let mut third = admit(Some(1)).unwrap();
        assert!(old.yielded.is_cancelled() && !young.yielded.is_cancelled());
        assert_eq!(admission.calls(), 2);
        assert_eq!(admission.lock().by_token[&1], 1);
        // Its place is another's: it gives back none.
        drop(old);
        assert_eq!(admission.calls(), 2);
        // Calls on the line yield to nobody.
        young.start();
        third.start();
        let refused = admit(None).unwrap_err();
        assert_eq!(refused, Refusal::Calls { limit: 2 });
        drop(young);
        let late = admit(None).unwrap();
        assert_eq!(admission.calls(), 2);
        drop((late, third));
        assert_eq!(admission.calls(), 0);
        assert!(admission.lock().waiting.is_empty());
    }

    #[test]
    fn a_call_that_starts_as_it_yields_is_counted() {
        let limits = Limits {
            max_calls: 1,
            ..Limits::default()
        };
        let admission = Arc::new(Admission::default());
        let mut first = admission.admit(&limits, None, 0).unwrap();
        let second = admission.admit(&limits, None, 0).unwrap();
        first.start();
        assert_eq!(admission.calls(), 2);
        drop((first, second));
        assert_eq!(admission.calls(), 0);
    }
}
