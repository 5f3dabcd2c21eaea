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
            [TAKE, TAKE, Step::Drop, TAKE, Step::Drop, Step::Drop, TAKE]
        );
        assert_eq!((faults.repeated, faults.resets, faults.lost), (3, 0, 0));
    }

    #[test]
    fn frames_in_a_row_that_come_twice_are_dropped_as_well() {
        let line: Vec<u64> = (1..=120).chain(21..=120).chain([121, 122]).collect();
        let (steps, faults) = numbers(&line);
        assert!(steps[120..220].iter().all(|s| *s == Step::Drop));
        assert_eq!(steps[220..], [TAKE, TAKE]);
        assert_eq!((faults.repeated, faults.resets, faults.lost), (100, 0, 0));
        let (_, faults) = numbers(&[1, 2, 1, 2, 3, 4, 3, 4]);
        assert_eq!((faults.repeated, faults.resets, faults.lost), (4, 0, 0));
    }

    /// Steps for numbers with times, ms, of frames of 20 ms.
    fn timed(all: &[(u64, u64)]) -> (Vec<Step>, Faults) {
        let mut order = Order::default();
        let place = |&(number, at_ms)| Place {
            number: Some(number),
            at_ns: Some(at_ms * MS),
        };
        let steps = all.iter().map(|n| order.step(place(n), 20 * MS)).collect();
        (steps, order.faults())
    }

    #[test]
    fn the_time_tells_a_repetition_from_a_sender_that_starts_again() {
        let (steps, faults) = timed(&[(1, 0), (2, 20), (3, 40), (2, 20), (3, 40), (4, 60)]);
        assert_eq!(steps[3..], [Step::Drop, Step::Drop, TAKE]);
        assert_eq!((faults.repeated, faults.resets), (2, 0));
        let (steps, faults) = timed(&[(1, 0), (2, 20), (3, 40), (1, 60), (2, 80), (3, 100)]);
        let both = Step::TakeBoth { silence_ns: 0 };
        assert_eq!(steps[3..], [Step::Hold, both, TAKE]);
        assert_eq!((faults.repeated, faults.resets), (0, 1));
    }

    #[test]
    fn a_pause_before_the_sender_starts_again_is_silence() {
        let silence_ns = 3_000 * MS;
        let (steps, faults) = timed(&[(500, 0), (1, 3_020), (2, 3_040), (3, 3_060)]);
        let both = Step::TakeBoth { silence_ns };
        assert_eq!(steps, [TAKE, Step::Hold, both, TAKE]);
        assert_eq!((faults.resets, faults.silence_ms), (1, 3_000));
        // A number that is far away says it alone.
        let (steps, faults) = timed(&[(5, 0), (AFRESH + 99, 3_020), (AFRESH + 100, 3_040)]);
        assert_eq!(steps, [TAKE, Step::Take { silence_ns }, TAKE]);
        assert_eq!((faults.resets, faults.silence_ms), (1, 3_000));
        // A clock that starts again says nothing of a pause, and is followed from there on.
        let (steps, faults) = timed(&[(500, 9_000), (1, 0), (2, 20), (3, 140)]);
        let gap = Step::Take {
            silence_ns: 100 * MS,
        };
        assert_eq!(steps[2..], [Step::TakeBoth { silence_ns: 0 }, gap]);
        assert_eq!(faults.resets, 1);
    }

    #[test]
    fn one_frame_from_elsewhere_is_a_stray() {
        let (steps, faults) = numbers(&[1, 2, 900_000, 3, 4]);
        assert_eq!(steps, [TAKE, TAKE, Step::Hold, TAKE, TAKE]);
        assert_eq!((faults.strays, faults.resets, faults.lost), (1, 0, 0));
    }

    #[test]
    fn numbers_that_start_again_are_a_reset_and_no_loss() {
        for (all, restart) in [
            ((1..=60).chain(1..=70).collect(), 60),
            ((500..502).chain(1..4).collect(), 2),
            ((1..300).chain(1..3).collect(), 299),
            (vec![1, 2, 900_000, 900_001, 900_002], 2),
        ] {
            let (steps, faults) = numbers(&all);
            assert_eq!(steps[restart], Step::Hold, "{restart}");
            assert_eq!(steps[restart + 1], Step::TakeBoth { silence_ns: 0 });
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
        assert_eq!(step(8, 90_000_000), Step::Hold);
        assert_eq!(step(9, 90_000_020), Step::TakeBoth { silence_ns: 0 });
        // A caller was put on hold.
        let hold = Step::TakeBoth {
            silence_ns: 400_000 * MS,
        };
        assert_eq!(step(10, 90_400_040), Step::Hold);
        assert_eq!(step(11, 90_400_060), hold);
        let faults = order.faults();
        assert_eq!((faults.silence_ms, faults.resets), (400_300, 1));
    }

    #[test]
    fn one_time_stamp_that_is_wrong_is_no_pause() {
        let both = Step::TakeBoth { silence_ns: 0 };
        let (steps, faults) = timed(&[(1, 0), (2, 20), (3, 600_000), (2, 20), (4, 60), (5, 80)]);
        assert_eq!(steps, [TAKE, TAKE, Step::Hold, Step::Drop, both, TAKE]);
        assert_eq!((faults.silence_ms, faults.lost, faults.resets), (0, 0, 0));
        // A loss right behind the pause is silence as well.
        let (steps, faults) = timed(&[(1, 0), (2, 60_020), (5, 60_120)]);
        let silence_ns = (60_000 + 80) * MS;
        assert_eq!(steps, [TAKE, Step::Hold, Step::TakeBoth { silence_ns }]);
        assert_eq!((faults.silence_ms, faults.lost), (60_080, 2));
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
            if let Step::Take { silence_ns } | Step::TakeBoth { silence_ns } =
                order.step(place, random.u64(0..2_000) * MS)
            {
                assert!(silence_ns <= MAX_PAUSE_NS);
            }
        }
    }
}
