//! How far it is behind what arrives: for people, and in a file for other programs.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;
use voxhumana::report::{Recording, Summary};

use super::spool::Sum;
use crate::atomic_file;
use crate::say::{self, say};
use crate::scan::nanoseconds;

/// People are told no more often.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// What was done since the start, and what is still to be done.
#[derive(Default)]
pub struct Behind {
    /// What the results add up to.
    sum: Summary,
    /// Bytes scanned, and the time that took.
    bytes: u64,
    busy: Duration,
    said: Option<Instant>,
    /// Folders that could not be read when they were last looked at.
    pub unreadable_folders: usize,
}

/// The file of `--status`.
#[derive(Debug, PartialEq, Serialize)]
struct Status {
    /// s since 1970.
    updated_s: i64,
    /// Complete files that are not done.
    waiting: u64,
    waiting_bytes: u64,
    /// s since the oldest of them was written.
    oldest_waiting_s: Option<i64>,
    /// s of work that they are, at the speed until now.
    work_s: Option<f64>,
    /// Files that are still being written.
    growing: u64,
    /// Folders that cannot be read now: what is in them is not known.
    unreadable_folders: usize,
    /// Since the start.
    recordings: u64,
    synthetic: u64,
    inconclusive: u64,
    bona_fide: u64,
    errors: u64,
    audio_s: f64,
}

/// Whether nothing is at `path` that was not a status: nothing at all, an empty file or an earlier
/// status. What is no file, as a pipe, keeps nothing.
pub fn may_replace(path: &Path) -> bool {
    let is_file = fs::metadata(path).is_ok_and(|found| found.is_file());
    let is_status = |bytes: Vec<u8>| {
        let found = serde_json::from_slice::<serde_json::Value>(&bytes);
        bytes.is_empty() || found.is_ok_and(|found| found.get("updated_s").is_some())
    };
    !is_file || fs::read(path).is_ok_and(is_status)
}

impl Behind {
    /// One more result.
    pub fn count(&mut self, recording: &Recording) {
        self.sum.add(recording);
    }

    /// So many bytes took so long.
    pub fn took(&mut self, bytes: u64, time: Duration) {
        self.bytes += bytes;
        self.busy += time;
    }

    /// What the results since the start add up to.
    pub fn sum(&self) -> &Summary {
        &self.sum
    }

    /// Says how far it is behind, if something waits, and when nothing does any more.
    pub fn say(&mut self, waiting: &Sum) {
        match (waiting.complete, self.said) {
            (0, None) => {}
            (0, Some(_)) => {
                self.said = None;
                let done = say::count(self.sum.recordings, "recording");
                say!("caught up: {done} since the start");
            }
            (_, Some(at)) if at.elapsed() < SAY_EVERY => {}
            _ => {
                self.said = Some(Instant::now());
                say!("{}", self.words(waiting, now_ns()));
            }
        }
    }

    /// Writes the file of `--status`.
    pub fn write(&self, path: &Path, waiting: &Sum) -> io::Result<()> {
        let status = self.status(waiting, now_ns());
        atomic_file::write(path, |out| {
            serde_json::to_writer(&mut *out, &status)?;
            out.write_all(b"\n")
        })
    }

    fn words(&self, waiting: &Sum, now_ns: i64) -> String {
        let status = self.status(waiting, now_ns);
        let mut words = format!(
            "behind: {} of {:.1} MB to scan",
            say::count(status.waiting, "recording"),
            status.waiting_bytes as f64 / 1e6
        );
        if let Some(oldest_s) = status.oldest_waiting_s {
            words += &format!(", the oldest written {} ago", span(oldest_s as f64));
        }
        if let Some(work_s) = status.work_s {
            words += &format!("; {} of work", span(work_s));
        }
        words
    }

    fn status(&self, waiting: &Sum, now_ns: i64) -> Status {
        let sum = &self.sum;
        let work_s = (self.bytes > 0)
            .then(|| waiting.bytes as f64 * self.busy.as_secs_f64() / self.bytes as f64);
        Status {
            updated_s: now_ns / 1_000_000_000,
            waiting: waiting.complete,
            waiting_bytes: waiting.bytes,
            // The clock of a file server may be ahead.
            oldest_waiting_s: waiting
                .oldest_ns
                .map(|then| now_ns.saturating_sub(then).max(0) / 1_000_000_000),
            work_s,
            growing: waiting.growing,
            unreadable_folders: self.unreadable_folders,
            recordings: sum.recordings,
            synthetic: sum.synthetic,
            inconclusive: sum.inconclusive,
            bona_fide: sum.bona_fide,
            errors: sum.errors,
            audio_s: sum.audio_s,
        }
    }
}

/// A span of time as people say it.
fn span(s: f64) -> String {
    match s {
        s if s < 100.0 => format!("{s:.0} s"),
        s if s < 6_000.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3_600.0),
        s => format!("{:.0} days", s / 86_400.0),
    }
}

fn now_ns() -> i64 {
    nanoseconds(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_told_with_its_age_and_the_work_that_it_is() {
        let mut behind = Behind::default();
        let waiting = Sum {
            complete: 12,
            bytes: 34_000_000,
            growing: 1,
            oldest_ns: Some(-60_000_000_000),
        };
        assert_eq!(
            behind.words(&waiting, 60_000_000_000),
            "behind: 12 recordings of 34.0 MB to scan, the oldest written 2 min ago"
        );
        behind.took(1_000_000, Duration::from_secs(3));
        assert_eq!(
            behind.words(&waiting, -120_000_000_000),
            "behind: 12 recordings of 34.0 MB to scan, the oldest written 0 s ago; 2 min of work"
        );
        let status = behind.status(&Sum::default(), 5_000_000_000);
        assert_eq!((status.updated_s, status.work_s), (5, Some(0.0)));
        assert_eq!(status.oldest_waiting_s, None);
    }

    #[test]
    fn spans_are_read_at_a_glance() {
        let spans = [0.4, 99.0, 600.0, 7_200.0, 864_000.0].map(span);
        assert_eq!(spans, ["0 s", "99 s", "10 min", "2 h", "10 days"]);
    }
}
