//! What of a recording was not read, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Most entries of one recording; the last one sums up what is more.
const MAX_ENTRIES: usize = 100;

/// A part of a recording that was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The part, e.g. `track 2 (eng)`, `behind the audio`.
    pub what: String,
    /// Its length, bytes.
    pub bytes: u64,
    /// Why it was not read.
    pub reason: String,
}

impl fmt::Display for Unread {
    /// For people: `track 2 (eng), 4096 bytes: codec ac3 cannot be decoded`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} bytes: {}", self.what, self.bytes, self.reason)
    }
}

/// Collects them.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnreadList(Vec<Unread>);

impl UnreadList {
    pub(crate) fn add(&mut self, what: impl Into<String>, bytes: u64, reason: impl Into<String>) {
        let (what, reason) = (what.into(), reason.into());
        let full = self.0.len() >= MAX_ENTRIES;
        let same = self
            .0
            .iter()
            .position(|u| u.what == what && u.reason == reason);
        let last = full.then(|| self.0.len() - 1);
        match same.or(last).and_then(|i| self.0.get_mut(i)) {
            Some(known) => known.bytes = known.bytes.saturating_add(bytes),
            None => self.0.push(Unread {
                what,
                bytes,
                reason,
            }),
        }
    }

    pub(crate) fn extend(&mut self, others: Vec<Unread>) {
        for other in others {
            self.add(other.what, other.bytes, other.reason);
        }
    }

    pub(crate) fn list(&self) -> Vec<Unread> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_stays_short() {
        let mut list = UnreadList::default();
        for i in 0..10 * MAX_ENTRIES {
            list.add(format!("piece {i}"), 2, "no");
            list.add("track 2", 1, "codec");
        }
        let list = list.list();
        assert_eq!(list.len(), MAX_ENTRIES);
        let track = list.iter().find(|u| u.what == "track 2");
        assert_eq!(track.map(|u| u.bytes), Some(10 * MAX_ENTRIES as u64));
        let all: u64 = list.iter().map(|u| u.bytes).sum();
        assert_eq!(all, 30 * MAX_ENTRIES as u64);
    }
}
