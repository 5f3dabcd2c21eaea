//! Which files are complete: those that have stayed as they are for a while.
//!
//! The while is measured on this machine's clock between two looks at the file, so that the clock
//! of a file server does not matter.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::scan::Stamp;

/// After which times a recording that could not be read is tried again, before it becomes an error:
/// for shares that go away for a moment.
const TRIES_AFTER: [Duration; 3] = [
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(600),
];

/// Files that wait to be scanned.
pub struct Spool {
    settle: Duration,
    waiting: HashMap<PathBuf, Waiting>,
}

struct Waiting {
    stamp: Stamp,
    /// When it was first seen as it is.
    since: Instant,
    tries: usize,
    /// Not to be tried before.
    not_before: Instant,
}

/// A file that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    pub path: PathBuf,
    /// As which it was complete.
    pub stamp: Stamp,
}

/// What waits.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Files that are complete.
    pub complete: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that are still being written, as far as is known.
    pub growing: u64,
    /// The time of the oldest that is complete, ns since 1970.
    pub oldest_ns: Option<i64>,
}

impl Spool {
    /// Nothing waits.
    pub fn new(settle: Duration) -> Self {
        Self {
            settle,
            waiting: HashMap::new(),
        }
    }

    /// Takes note of a file that is not done.
    pub fn observe(&mut self, path: PathBuf, stamp: Stamp, now: Instant) {
        let waiting = self.waiting.entry(path).or_insert(Waiting {
            stamp,
            since: now,
            tries: 0,
            not_before: now,
        });
        if waiting.stamp != stamp {
            (waiting.stamp, waiting.since) = (stamp, now);
        }
    }

    /// A file is done, or it is none of ours.
    pub fn forget(&mut self, path: &Path) {
        self.waiting.remove(path);
    }

    /// Forgets the files that are gone, as a recorder's do when it gives them their final name. One
    /// that was complete is kept: that nobody will hear it is to be said.
    pub fn keep(&mut self, is_there: impl Fn(&Path) -> bool, now: Instant) {
        let settle = self.settle;
        self.waiting
            .retain(|path, w| is_there(path) || is_complete(w, settle, now));
    }

    /// A file could not be read: later again, unless that has been often enough.
    pub fn put_off(&mut self, path: &Path, now: Instant) -> bool {
        let Some(waiting) = self.waiting.get_mut(path) else {
            return false;
        };
        let Some(&after) = TRIES_AFTER.get(waiting.tries) else {
            return false;
        };
        waiting.tries += 1;
        waiting.not_before = now + after;
        true
    }

    /// A file changed while it was read: it is not complete.
    pub fn changed(&mut self, path: &Path, now: Instant) {
        if let Some(waiting) = self.waiting.get_mut(path) {
            waiting.since = now;
        }
    }

    /// The oldest files that are complete, at most so many.
    pub fn ready(&self, at_most: usize, now: Instant) -> Vec<Ready> {
        let due = |w: &Waiting| is_complete(w, self.settle, now) && w.not_before <= now;
        let due = self.waiting.iter().filter(|(_, waiting)| due(waiting));
        let mut ready: Vec<Ready> = due
            .map(|(path, waiting)| Ready {
                path: path.clone(),
                stamp: waiting.stamp,
            })
            .collect();
        ready.sort_by(|a, b| {
            let age = |r: &Ready| r.stamp.modified_ns;
            age(a).cmp(&age(b)).then_with(|| a.path.cmp(&b.path))
        });
        ready.truncate(at_most);
        ready
    }

    /// What waits.
    pub fn sum(&self, now: Instant) -> Sum {
        let mut sum = Sum::default();
        for waiting in self.waiting.values() {
            if !is_complete(waiting, self.settle, now) {
                sum.growing += 1;
                continue;
            }
            sum.complete += 1;
            sum.bytes += waiting.stamp.bytes;
            sum.oldest_ns = match (sum.oldest_ns, waiting.stamp.modified_ns) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        sum
    }
}

fn is_complete(waiting: &Waiting, settle: Duration, now: Instant) -> bool {
    now.duration_since(waiting.since) >= settle
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn stamp(bytes: u64) -> Stamp {
        Stamp {
            bytes,
            modified_ns: Some(1_000 - bytes as i64),
        }
    }

    fn names(ready: &[Ready]) -> Vec<&str> {
        ready.iter().map(|r| r.path.to_str().unwrap()).collect()
    }

    #[test]
    fn a_file_is_ready_when_it_has_stayed_as_it_is() {
        let start = Instant::now();
        let mut spool = Spool::new(10 * S);
        spool.observe("a".into(), stamp(1), start);
        spool.observe("a".into(), stamp(2), start + 9 * S);
        spool.observe("a".into(), stamp(2), start + 12 * S);
        assert!(spool.ready(9, start + 18 * S).is_empty());
        assert_eq!(spool.sum(start + 18 * S).growing, 1);
        let ready = spool.ready(9, start + 19 * S);
        assert_eq!((names(&ready), ready[0].stamp), (vec!["a"], stamp(2)));
        // Read too early, after all.
        spool.changed(Path::new("a"), start + 20 * S);
        assert!(spool.ready(9, start + 29 * S).is_empty());
        spool.forget(Path::new("a"));
        assert_eq!(spool.sum(start + 99 * S), Sum::default());
    }

    #[test]
    fn the_oldest_come_first_and_the_rest_is_counted() {
        let start = Instant::now();
        let mut spool = Spool::new(S);
        for (name, bytes) in [
            ("new", 10),
            ("old", 30),
            ("older", 40),
            ("b", 20),
            ("a", 20),
        ] {
            spool.observe(name.into(), stamp(bytes), start);
        }
        let now = start + S;
        assert_eq!(names(&spool.ready(4, now)), ["older", "old", "a", "b"]);
        let sum = spool.sum(now);
        assert_eq!((sum.complete, sum.bytes, sum.growing), (5, 120, 0));
        assert_eq!(sum.oldest_ns, Some(960));
    }

    #[test]
    fn what_vanishes_is_forgotten_unless_it_was_complete() {
        let start = Instant::now();
        let mut spool = Spool::new(10 * S);
        spool.observe("complete".into(), stamp(1), start);
        spool.observe("part".into(), stamp(1), start + 5 * S);
        spool.keep(|_| false, start + 11 * S);
        assert_eq!(names(&spool.ready(9, start + 99 * S)), ["complete"]);
    }

    #[test]
    fn what_cannot_be_read_is_tried_again_later_and_not_for_ever() {
        let start = Instant::now();
        let mut spool = Spool::new(S);
        let a = Path::new("a");
        spool.observe(a.into(), stamp(1), start);
        let mut now = start + S;
        for after in TRIES_AFTER {
            assert_eq!(spool.ready(9, now).len(), 1);
            assert!(spool.put_off(a, now));
            assert!(spool.ready(9, now + after - S).is_empty());
            now += after;
        }
        assert_eq!(spool.ready(9, now).len(), 1);
        assert!(!spool.put_off(a, now) && !spool.put_off(Path::new("b"), now));
    }
}
