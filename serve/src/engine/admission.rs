//! Whether there is room for another call.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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
    all: usize,
    by_token: HashMap<usize, usize>,
}

/// The place of one call; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    admission: Arc<Admission>,
    token: Option<usize>,
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
        let mut counts = self.lock();
        if counts.all >= limits.max_calls {
            return Err(Refusal::Calls {
                limit: limits.max_calls,
            });
        }
        if let Some(token) = token {
            let of_token = counts.by_token.entry(token).or_default();
            if *of_token >= limits.max_calls_per_token {
                return Err(Refusal::Token {
                    limit: limits.max_calls_per_token,
                });
            }
            *of_token += 1;
        }
        counts.all += 1;
        Ok(Permit {
            admission: Arc::clone(self),
            token,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The number of the token that the call came with.
    pub fn token(&self) -> Option<usize> {
        self.token
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.admission.lock();
        counts.all = counts.all.saturating_sub(1);
        if let Some(of_token) = self.token.and_then(|t| counts.by_token.get_mut(&t)) {
            *of_token = of_token.saturating_sub(1);
        }
    }
}
