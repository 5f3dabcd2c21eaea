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
