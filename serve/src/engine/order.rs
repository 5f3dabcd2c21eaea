//! From frames as they arrive to audio in its order: gaps become silence, late frames are dropped,
//! and a sender that starts its numbers again is told from a loss.

use serde::Serialize;

/// A number so far back, or less, is that of a frame that is late or comes again; one further back
/// may show that the sender has started again (`MAX_MISORDER` of RFC 3550, appendix A.1).
pub const MAX_MISORDER: u64 = 100;
/// Unless it is the very first number, so far back or further: a sender that counts from 1 starts
/// again there, and a repetition seldom does so after a second.
const FIRST_AGAIN: u64 = 50;
/// A number so far ahead says that the sender has started again, and that whoever gave the number
/// is sure of it: no second frame has to show it.
pub const AFRESH: u64 = 1 << 40;
/// Nanoseconds of a millisecond. Times are counted in the former: packets may be no whole number of
/// the latter.
const MS: u64 = 1_000_000;
/// Longest loss by numbers that is filled with silence. Those that jump further were started again.
const MAX_LOSS_NS: u64 = 120_000 * MS;
/// Longest pause by the sender's clock that is filled: callers are put on hold, and wait in queues.
/// A clock that jumps further has started again.
const MAX_PAUSE_NS: u64 = 15 * 60_000 * MS;
/// A longer pause between two frames that follow each other is believed once the next frame goes on
/// from there: one time stamp that is wrong would be minutes of silence.
const MAX_SURE_PAUSE_NS: u64 = 2_000 * MS;
/// Time stamps of senders jitter; a jump below this is none.
const MIN_GAP_NS: u64 = 60 * MS;

/// When a frame belongs, as far as its protocol says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Number of the frame in its track; one more than that of the frame before.
    pub number: Option<u64>,
    /// Its start, nanoseconds from the start of the stream.
    pub at_ns: Option<u64>,
}

/// Frames that did not come as they should have; all zero on a good line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// Frames that never came in time; silence stands for them.
    pub lost: u64,
    /// Frames that came after their silence; dropped.
    pub late: u64,
    /// Frames that came twice; dropped.
    pub repeated: u64,
    /// Times the sender started its numbers again.
    pub resets: u64,
    /// Frames that could not be decoded, on a line that damages some; passed over.
    pub damaged: u64,
    /// Frames of another sender, or with numbers from elsewhere, that no other confirmed; dropped.
    pub strays: u64,
    /// Silence that stands for lost frames and for pauses of the sender, ms.
    pub silence_ms: u64,
}

/// What to do with a frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Take it, after so much silence, nanoseconds.
    Take { silence_ns: u64 },
    /// Keep it: whether it is a reset, a repetition, or behind a pause, the next frame says.
    Hold,
    /// Take the frame that was held, after so much silence, nanoseconds, and then this one.
    TakeBoth { silence_ns: u64 },
    /// Drop it.
    Drop,
}

/// The order of one track.
#[derive(Debug, Default)]
pub struct Order {
    /// The number that comes next, if numbers are given.
    next: Option<u64>,
    /// The number with which the sender has started.
    first: u64,
    /// Bit n: the number `next - 1 - n` has come.
    seen: u128,
    /// The frame that is held.
    held: Option<Held>,
    /// The time of the newest frame on the sender's clock, nanoseconds.
    newest_ns: Option<u64>,
    /// The time at which the audio so far ends on the sender's clock, nanoseconds.
    end_ns: Option<u64>,
    /// Silence that stands for what did not come.
    silence_ns: u64,
    faults: Faults,
}

/// A frame that waits for the next to show what it is.
#[derive(Debug, Clone, Copy)]
struct Held {
    place: Place,
    why: Why,
}

/// Why a frame waits.
#[derive(Debug, Clone, Copy)]
enum Why {
    /// The sender may have started again.
    Elsewhere {
        /// The number that would show it.
        confirmed_by: u64,
        /// Whether it was counted as one that came twice.
        is_back: bool,
    },
    /// It comes next, after a long pause by its time.
    Later {
        /// Its length.
        frame_ns: u64,
    },
}

impl Order {
    /// Faults so far.
    pub fn faults(&self) -> Faults {
        Faults {
            silence_ms: self.silence_ns / MS,
            ..self.faults
        }
    }

    /// The step for a frame of `frame_ns` at `place`.
    pub fn step(&mut self, place: Place, frame_ns: u64) -> Step {
        let Some(number) = place.number else {
            return self.take(place, frame_ns, 0);
        };
        let Some(next) = self.next else {
            self.start(number);
            return self.take(place, frame_ns, 0);
        };
        let later = match self.held.take() {
            Some(Held {
                place: held,
                why:
                    Why::Elsewhere {
                        confirmed_by,
                        is_back,
                    },
            }) => {
                if confirmed_by == number && number != next {
                    // Two in a row from elsewhere (RFC 3550, appendix A.1).
                    self.faults.repeated -= u64::from(is_back);
                    let silence_ns = self.restart(number, held.at_ns, place.at_ns, frame_ns);
                    self.first = number.saturating_sub(1);
                    return Step::TakeBoth { silence_ns };
                }
                self.faults.strays += u64::from(!is_back);
                None
            }
            Some(Held {
                place,
                why: Why::Later { frame_ns },
            }) => Some((place, frame_ns)),
            None => None,
        };
        if number >= next {
            let missing = number - next;
            if missing >= AFRESH {
                let silence_ns = self.restart(number, place.at_ns, place.at_ns, frame_ns);
                return Step::Take { silence_ns };
            }
            if missing.saturating_mul(frame_ns.max(1)) > MAX_LOSS_NS {
                self.hold(number, place, false);
                return Step::Hold;
            }
            self.seen = self
                .seen
                .checked_shl(u32::try_from(missing).unwrap_or(u32::MAX))
                .and_then(|seen| seen.checked_shl(1))
                .unwrap_or(0)
                | 1;
            self.next = Some(number.saturating_add(1));
            if let Some((held, held_ns)) = later {
                let before = self.take_later(held, held_ns, place);
                return match self.take(place, frame_ns, missing) {
                    Step::Take { silence_ns } => Step::TakeBoth {
                        silence_ns: before.saturating_add(silence_ns),
                    },
                    other => other,
                };
            }
            let pause_ns = match (place.at_ns, self.end_ns) {
                (Some(at), Some(end)) => at.saturating_sub(end),
                _ => 0,
            };
            if missing == 0 && pause_ns > MAX_SURE_PAUSE_NS {
                let why = Why::Later { frame_ns };
                self.held = Some(Held { place, why });
                return Step::Hold;
            }
            return self.take(place, frame_ns, missing);
        }
        // What comes late says nothing of the frame that waits.
        if let Some((place, frame_ns)) = later {
            let why = Why::Later { frame_ns };
            self.held = Some(Held { place, why });
        }
        let back = next - 1 - number;
        // The time stamp tells one that comes again from one of a sender that has started again.
        let is_past = match (place.at_ns, self.newest_ns) {
            (Some(at), Some(newest)) => at <= newest,
            _ => true,
        };
        let is_first_again = number == self.first && back + 1 >= FIRST_AGAIN;
        if back < MAX_MISORDER && is_past && !is_first_again {
            let seen = self.seen & (1 << back) != 0;
            self.seen |= 1 << back;
            self.faults.repeated += u64::from(seen);
            self.faults.late += u64::from(!seen);
            return Step::Drop;
        }
        self.faults.repeated += 1;
        self.hold(number, place, true);
        Step::Hold
    }

    fn hold(&mut self, number: u64, place: Place, is_back: bool) {
        let confirmed_by = number.saturating_add(1);
        let why = Why::Elsewhere {
            confirmed_by,
            is_back,
        };
        self.held = Some(Held { place, why });
    }

    /// Takes a frame that has waited behind a long pause, now that `next` has come; gives the
    /// silence before it, nanoseconds: none where its time was wrong.
    fn take_later(&mut self, held: Place, frame_ns: u64, next: Place) -> u64 {
        if next.at_ns >= held.at_ns {
            return match self.take(held, frame_ns, 0) {
                Step::Take { silence_ns } => silence_ns,
                _ => 0,
            };
        }
        self.end_ns = self.end_ns.map(|end| end.saturating_add(frame_ns));
        0
    }

    fn start(&mut self, number: u64) {
        self.first = number;
        self.next = Some(number.saturating_add(1));
        // What came before the first frame is neither late nor missing.
        self.seen = u128::MAX;
    }

    /// The sender has started again, with a frame at `from_ns`, and goes on with one of this number
    /// at `at_ns`. Gives the silence between, nanoseconds: a pause by a clock that goes on.
    fn restart(
        &mut self,
        number: u64,
        from_ns: Option<u64>,
        at_ns: Option<u64>,
        frame_ns: u64,
    ) -> u64 {
        self.faults.resets += 1;
        self.start(number);
        let pause_ns = match (from_ns, self.end_ns) {
            (Some(from), Some(end)) => from.saturating_sub(end),
            _ => 0,
        };
        self.newest_ns = at_ns;
        self.end_ns = at_ns.map(|at| at.saturating_add(frame_ns));
        let is_pause = (MIN_GAP_NS..=MAX_PAUSE_NS).contains(&pause_ns);
        let silence_ns = if is_pause { pause_ns } else { 0 };
        self.silence_ns += silence_ns;
        silence_ns
    }

    /// Takes a frame, `missing` frames after the one before.
    fn take(&mut self, place: Place, frame_ns: u64, missing: u64) -> Step {
        // The sender's clock, where there is one: it also knows of pauses that were not sent.
        let silence_ns = match (place.at_ns, self.end_ns) {
            (Some(at), Some(end)) => at.saturating_sub(end),
            // The first frame: the track begins after the stream.
            (Some(at), None) => at,
            (None, _) => missing.saturating_mul(frame_ns),
        };
        let silence_ns = match silence_ns {
            0..MIN_GAP_NS if missing == 0 => 0,
            gap if gap > MAX_PAUSE_NS => {
                self.faults.resets += 1;
                0
            }
            gap => gap,
        };
        if let Some(at) = place.at_ns {
            self.newest_ns = Some(at);
            let end = at.saturating_add(frame_ns);
            self.end_ns = Some(match self.end_ns {
                // Below the jitter the audio keeps its own clock, so that nothing adds up.
                Some(old) if silence_ns == 0 && at < old.saturating_add(MIN_GAP_NS) => {
                    old.saturating_add(frame_ns)
                }
                _ => end,
            });
        }
        self.silence_ns += silence_ns;
        // Some senders number the frames of both tracks in one row: no time is missing there.
        if place.at_ns.is_none() || silence_ns > 0 {
            self.faults.lost += missing;
        }
        Step::Take { silence_ns }
    }
}

#[cfg(test)]
mod tests;
