//! From frames as they arrive to audio in its order: gaps become silence, late frames are dropped,
//! and a sender that starts its numbers again is told from a loss.

use serde::Serialize;

/// Numbers that are remembered, back from the newest: frames that are later are out of reach.
const WINDOW: u64 = 128;
/// Nanoseconds of a millisecond. Times are counted in the former: packets may be no whole number of
/// the latter.
const MS: u64 = 1_000_000;
/// Longest loss by numbers that is filled with silence. Those that jump further were started again.
const MAX_LOSS_NS: u64 = 120_000 * MS;
/// Longest pause by the sender's clock that is filled: callers are put on hold, and wait in queues.
/// A clock that jumps further has started again.
const MAX_PAUSE_NS: u64 = 15 * 60_000 * MS;
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
    /// Silence that stands for lost frames and for pauses of the sender, ms.
    pub silence_ms: u64,
}

/// What to do with a frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Take it, after so much silence, nanoseconds.
    Take { silence_ns: u64 },
    /// Keep it: whether it is a reset or a repetition, the next frame says.
    Hold,
    /// Take the frame that was held, and then this one.
    TakeBoth,
    /// Drop it.
    Drop,
}

/// The order of one track.
#[derive(Debug, Default)]
pub struct Order {
    /// The number that comes next, if numbers are given.
    next: Option<u64>,
    /// Bit n: the number `next - 1 - n` has come.
    seen: u128,
    /// The number after that of the frame that is held.
    after_held: Option<u64>,
    /// Whether it was counted as one that came twice.
    held_is_back: bool,
    /// The time at which the audio so far ends on the sender's clock, nanoseconds.
    end_ns: Option<u64>,
    /// Silence that stands for what did not come.
    silence_ns: u64,
    faults: Faults,
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
        if self.after_held == Some(number) && number != next {
            // Two in a row from elsewhere (RFC 3550, appendix A.1): the sender has started again.
            self.faults.resets += 1;
            self.faults.repeated -= u64::from(self.held_is_back);
            self.start(number);
            self.end_ns = place.at_ns.map(|at| at + frame_ns);
            return Step::TakeBoth;
        }
        self.after_held = None;
        if number >= next {
            let missing = number - next;
            if missing.saturating_mul(frame_ns.max(1)) > MAX_LOSS_NS {
                self.hold(number, false);
                return Step::Hold;
            }
            self.seen = self
                .seen
                .checked_shl(u32::try_from(missing).unwrap_or(u32::MAX))
                .and_then(|seen| seen.checked_shl(1))
                .unwrap_or(0)
                | 1;
            self.next = Some(number.saturating_add(1));
            return self.take(place, frame_ns, missing);
        }
        let back = next - 1 - number;
        if back < WINDOW && self.seen & (1 << back) == 0 {
            self.seen |= 1 << back;
            self.faults.late += 1;
            return Step::Drop;
        }
        // One that has come already, or is out of reach.
        self.faults.repeated += 1;
        self.hold(number, true);
        Step::Hold
    }

    fn hold(&mut self, number: u64, is_back: bool) {
        self.after_held = Some(number.saturating_add(1));
        self.held_is_back = is_back;
    }

    fn start(&mut self, number: u64) {
        self.next = Some(number.saturating_add(1));
        // What came before the first frame is neither late nor missing.
        self.seen = u128::MAX;
        self.after_held = None;
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
mod tests {
    use super::*;

    fn numbers(all: &[u64]) -> (Vec<Step>, Faults) {
        let mut order = Order::default();
        let place = |&n| Place {
            number: Some(n),
            at_ns: None,
        };
        let steps = all.iter().map(|n| order.step(place(n), 20 * MS)).collect();
        (steps, order.faults())
    }

    const TAKE: Step = Step::Take { silence_ns: 0 };

    #[test]
    fn a_good_line_has_no_faults() {
        let (steps, faults) = numbers(&[1, 2, 3, 4]);
        assert!(steps.iter().all(|s| *s == TAKE));
        assert_eq!(faults, Faults::default());
        // A stream that is joined late is no loss either.
        let (steps, faults) = numbers(&[500, 501]);
        assert!(steps.iter().all(|s| *s == TAKE));
        assert_eq!(faults, Faults::default());
    }

    #[test]
    fn gaps_are_silence_and_late_frames_are_dropped() {
        let (steps, faults) = numbers(&[1, 2, 5, 3, 6]);
        let gap = Step::Take {
            silence_ns: 40 * MS,
        };
        assert_eq!(steps, [TAKE, TAKE, gap, Step::Drop, TAKE]);
        let expected = Faults {
            lost: 2,
            late: 1,
            silence_ms: 40,
            ..Faults::default()
        };
        assert_eq!(faults, expected);
    }

    #[test]
    fn a_frame_that_comes_twice_is_dropped() {
        let (steps, faults) = numbers(&[1, 2, 2, 3, 3, 3, 4]);
        assert_eq!(
            steps,
            [TAKE, TAKE, Step::Hold, TAKE, Step::Hold, Step::Hold, TAKE]
        );
        assert_eq!((faults.repeated, faults.resets, faults.lost), (3, 0, 0));
    }

    #[test]
    fn numbers_that_start_again_are_a_reset_and_no_loss() {
        for (all, restart) in [
            (vec![1, 2, 3, 1, 2, 3], 3),
            ((1..300).chain(1..3).collect(), 299),
            (vec![1, 2, 900_000, 900_001, 900_002], 2),
        ] {
            let (steps, faults) = numbers(&all);
            assert_eq!(steps[restart], Step::Hold, "{restart}");
            assert_eq!(steps[restart + 1], Step::TakeBoth);
            assert!(steps[restart + 2..].iter().all(|s| *s == TAKE));
            assert_eq!((faults.resets, faults.lost, faults.silence_ms), (1, 0, 0));
        }
    }

    #[test]
    fn the_senders_clock_says_how_long_a_gap_was() {
        let mut order = Order::default();
        let mut step = |number, at_ms| {
            let place = Place {
                number: Some(number),
                at_ns: Some(at_ms * MS),
            };
            order.step(place, 20 * MS)
        };
        // Numbers of both tracks in one row: no time is missing, so nothing is filled.
        assert_eq!(step(1, 5), TAKE);
        assert_eq!(step(3, 25), TAKE);
        // A pause that the sender did not send, and jitter.
        assert_eq!(
            step(4, 245),
            Step::Take {
                silence_ns: 200 * MS
            }
        );
        assert_eq!(step(5, 275), TAKE);
        assert_eq!(step(6, 285), TAKE);
        // The jitter has not moved the clock.
        assert_eq!(
            step(7, 405),
            Step::Take {
                silence_ns: 100 * MS
            }
        );
        // A clock that goes wild is not believed.
        assert_eq!(step(8, 90_000_000), TAKE);
        assert_eq!(step(9, 90_000_020), TAKE);
        // A caller was put on hold.
        let hold = Step::Take {
            silence_ns: 400_000 * MS,
        };
        assert_eq!(step(10, 90_400_040), hold);
        let faults = order.faults();
        assert_eq!((faults.silence_ms, faults.resets), (400_300, 1));
    }

    #[test]
    fn frames_of_no_whole_milliseconds_leave_no_gaps() {
        // 2.5 ms, and 694 samples at 44.1 kHz.
        for frame_ns in [2_500_000, 15_736_961] {
            let mut order = Order::default();
            for number in 0..100_000 {
                let place = Place {
                    number: Some(number),
                    at_ns: Some(number * frame_ns),
                };
                assert_eq!(order.step(place, frame_ns), TAKE, "{number}");
            }
            assert_eq!(order.faults(), Faults::default());
        }
    }

    #[test]
    fn a_track_that_begins_later_starts_with_silence() {
        let mut order = Order::default();
        let place = Place {
            number: Some(1),
            at_ns: Some(3_000 * MS),
        };
        assert_eq!(
            order.step(place, 20 * MS),
            Step::Take {
                silence_ns: 3_000 * MS
            }
        );
    }

    #[test]
    fn any_numbers_are_taken_without_a_panic() {
        let mut random = fastrand::Rng::with_seed(2);
        let mut order = Order::default();
        for _ in 0..20_000 {
            let pick = |r: &mut fastrand::Rng| match r.u8(0..4) {
                0 => None,
                1 => Some(r.u64(..)),
                2 => Some(u64::MAX - r.u64(0..3)),
                _ => Some(r.u64(0..300)),
            };
            let place = Place {
                number: pick(&mut random),
                at_ns: pick(&mut random),
            };
            if let Step::Take { silence_ns } = order.step(place, random.u64(0..2_000) * MS) {
                assert!(silence_ns <= MAX_PAUSE_NS);
            }
        }
    }
}
