//! The calls by their names.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::call::Call;

/// Calls on the line, and the last ones that have ended.
pub struct Registry {
    max_ended: usize,
    calls: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    live: HashMap<String, Arc<Call>>,
    ended: VecDeque<Arc<Call>>,
}

impl Registry {
    pub fn new(max_ended: usize) -> Self {
        Self {
            max_ended,
            calls: Mutex::default(),
        }
    }

    pub fn add(&self, call: &Arc<Call>) {
        self.lock()
            .live
            .insert(call.id().to_owned(), Arc::clone(call));
    }

    /// Moves a call to those that have ended.
    pub fn end(&self, id: &str) {
        let mut calls = self.lock();
        let ended = calls.live.remove(id);
        calls.ended.extend(ended);
        while calls.ended.len() > self.max_ended {
            calls.ended.pop_front();
        }
    }

    pub fn find(&self, id: &str) -> Option<Arc<Call>> {
        let calls = self.lock();
        let own = || calls.ended.iter().rev().find(|call| call.id() == id);
        if let Some(call) = calls.live.get(id).or_else(own) {
            return Some(Arc::clone(call));
        }
        // Of several calls that a telephone system gave one name, the newest on the line, or the
        // one that ended last. Version 7 of UUIDs ascends with time.
        let named = |call: &&Arc<Call>| call.peer_id() == Some(id);
        let live = calls.live.values().filter(named).max_by_key(|c| c.id());
        let ended = || calls.ended.iter().rev().find(named);
        live.or_else(ended).cloned()
    }

    pub fn all(&self) -> Vec<Arc<Call>> {
        let calls = self.lock();
        let mut all: Vec<_> = calls
            .ended
            .iter()
            .chain(calls.live.values())
            .cloned()
            .collect();
        // Version 7 of UUIDs ascends with time.
        all.sort_by(|a, b| a.id().cmp(b.id()));
        all
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
