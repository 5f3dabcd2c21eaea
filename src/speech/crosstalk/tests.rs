use super::frame::{BANDS, BandPowers};
use super::side::DECISIONS;
use super::{Crosstalk, TrackStart};

/// Frames of someone who speaks in turns of 2 s from `from` on, every other turn.
fn turns(frames: usize, seed: u64, from: usize) -> Vec<BandPowers> {
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut level, mut syllable) = ([0.0_f32; BANDS], 0);
    (0..frames)
        .map(|i| {
            if syllable == 0 {
                syllable = random.usize(4..12);
                level = std::array::from_fn(|_| 20.0 * random.f32() - 5.0);
            }
            syllable -= 1;
            let speaks = (i / 100 + from).is_multiple_of(2);
            let db = |b: usize| {
                if speaks {
                    level[b] + 2.0 * random.f32()
                } else {
                    -60.0
                }
            };
            let db: [f32; BANDS] = std::array::from_fn(db);
            db.map(|db| 10.0_f32.powf(db / 10.0))
        })
        .collect()
}

fn plus_leak(own: &[BandPowers], source: &[BandPowers], lag: usize, db: f32) -> Vec<BandPowers> {
    let gain = 10.0_f32.powf(db / 10.0);
    let leak = |i: usize, b: usize| i.checked_sub(lag).map_or(0.0, |i| gain * source[i][b]);
    let own = own.iter().enumerate();
    own.map(|(i, p)| std::array::from_fn(|b| p[b] + leak(i, b)))
        .collect()
}

/// Two tracks of a live call.
struct Live {
    crosstalk: Crosstalk,
    given: [usize; 2],
    marks: [Vec<bool>; 2],
}

impl Live {
    /// `start`: of the second.
    fn new() -> Self {
        let mut crosstalk = Crosstalk::live();
        assert_eq!(crosstalk.join(TrackStart::Call), Some(0));
        Self {
            crosstalk,
            given: [0; 2],
            marks: [Vec::new(), Vec::new()],
        }
    }

    fn give(&mut self, track: usize, powers: &[BandPowers]) {
        let from = self.given[track] as u64;
        self.given[track] += powers.len();
        // A frame is 160 samples at 8 kHz.
        let to = self.given[track] as u64;
        self.crosstalk.hear(track, 160 * from, 160 * to, 8_000);
        self.crosstalk.push(track, powers.iter().copied());
        self.crosstalk.advance();
        self.take();
    }

    fn take(&mut self) {
        for (track, marks) in self.marks.iter_mut().enumerate() {
            if track < self.crosstalk.sides.len() {
                marks.extend(self.crosstalk.marks(track).step_by(DECISIONS));
            }
        }
    }

    fn end(mut self) -> [Vec<bool>; 2] {
        for track in [0, 1] {
            self.crosstalk.end(track);
        }
        for track in [0, 1] {
            self.crosstalk.leave(track);
        }
        self.take();
        assert_eq!(self.marks.each_ref().map(Vec::len), self.given);
        self.marks
    }
}

/// The marks of two channels, one per frame.
fn marks(a: &[BandPowers], b: &[BandPowers], block: usize) -> [Vec<bool>; 2] {
    let mut crosstalk = Crosstalk::new(2).unwrap();
    crosstalk.part(1, 0);
    let mut marks = [Vec::new(), Vec::new()];
    let mut take = |crosstalk: &mut Crosstalk| {
        for (channel, marks) in marks.iter_mut().enumerate() {
            marks.extend(crosstalk.marks(channel).step_by(DECISIONS));
        }
    };
    for (a, b) in a.chunks(block).zip(b.chunks(block)) {
        crosstalk.push(0, a.iter().copied());
        crosstalk.push(1, b.iter().copied());
        crosstalk.advance();
        take(&mut crosstalk);
    }
    crosstalk.finish();
    take(&mut crosstalk);
    assert_eq!(marks.each_ref().map(Vec::len), [a.len(), b.len()]);
    marks
}

fn share(marks: &[bool], of: impl Fn(usize) -> bool) -> f64 {
    let of = || (0..marks.len()).filter(|&i| of(i));
    of().filter(|&i| marks[i]).count() as f64 / of().count() as f64
}

const N: usize = 1_500;
const A_SPEAKS: fn(usize) -> bool = |i| (i / 100).is_multiple_of(2);

#[test]
fn a_leak_is_marked_and_nothing_else() {
    let (a, own) = (turns(N, 1, 0), turns(N, 2, 1));
    for lag in [0, 1, 5, 12] {
        for db in [-12.0, -20.0, -30.0] {
            let [of_a, of_b] = marks(&a, &plus_leak(&own, &a, lag, db), 50);
            assert!(of_a.iter().all(|m| !m), "{lag} {db}");
            // The turns, without their edges.
            let leaked = |i: usize| A_SPEAKS(i) && (20..95).contains(&(i % 100));
            let spoken = |i: usize| !A_SPEAKS(i) && (20..95).contains(&(i % 100));
            assert!(
                share(&of_b, leaked) > 0.98,
                "{lag} {db}: {}",
                share(&of_b, leaked)
            );
            assert!(
                share(&of_b, spoken) < 0.01,
                "{lag} {db}: {}",
                share(&of_b, spoken)
            );
        }
    }
}

#[test]
fn a_clean_call_has_no_marks() {
    for b in [turns(N, 2, 1), turns(N, 3, 0)] {
        for side in marks(&turns(N, 1, 0), &b, 50) {
            assert!(side.iter().all(|m| !m));
        }
    }
    // A copy at about the same level is no leak.
    let a = turns(N, 1, 0);
    let copy: Vec<BandPowers> = a.iter().map(|p| p.map(|p| 0.25 * p)).collect();
    for side in marks(&a, &copy, 50) {
        assert!(side.iter().all(|m| !m));
    }
}

#[test]
fn who_speaks_over_a_leak_is_kept() {
    // B speaks all the time from frame 600 on, also while A does.
    let a = turns(N, 1, 0);
    let mut own = turns(N, 2, 1);
    let (even, odd) = (turns(N, 4, 0), turns(N, 4, 1));
    for i in 600..N {
        own[i] = if A_SPEAKS(i) { even[i] } else { odd[i] };
    }
    let [_, of_b] = marks(&a, &plus_leak(&own, &a, 4, -20.0), 50);
    let late = |i: usize| i >= 620;
    assert!(share(&of_b, late) < 0.05, "{}", share(&of_b, late));
    assert!(share(&of_b, |i| A_SPEAKS(i) && i < 580) > 0.8);
}

#[test]
fn blocks_do_not_matter() {
    let a = turns(N, 1, 0);
    let b = plus_leak(&turns(N, 2, 1), &a, 7, -25.0);
    let whole = marks(&a, &b, N);
    for block in [1, 13, 100] {
        assert_eq!(marks(&a, &b, block), whole, "blocks of {block}");
    }
}

#[test]
fn one_channel_or_very_many_are_not_compared() {
    assert!(Crosstalk::new(1).is_none());
    assert!(Crosstalk::new(9).is_none());
    assert!(Crosstalk::new(8).is_some());
}

#[test]
fn tracks_that_come_together_are_marked_as_channels_are() {
    let a = turns(N, 1, 0);
    let b = plus_leak(&turns(N, 2, 1), &a, 7, -25.0);
    let whole = marks(&a, &b, N);
    // Within the patience, whoever is ahead.
    for (of_a, of_b) in [(1, 1), (10, 7), (3, 15)] {
        let mut live = Live::new();
        live.crosstalk.join(TrackStart::Call);
        let (mut a, mut b) = (a.as_slice(), b.as_slice());
        while !a.is_empty() || !b.is_empty() {
            let behind = live.given[0] > live.given[1];
            let (track, side, n) = match behind || a.is_empty() {
                true => (1, &mut b, of_b),
                false => (0, &mut a, of_a),
            };
            let (now, later) = side.split_at(n.min(side.len()));
            live.give(track, now);
            *side = later;
        }
        assert_eq!(live.end(), whole, "{of_a} {of_b}");
    }
}

#[test]
fn a_track_that_joins_later_is_compared_from_there_on() {
    let a = turns(N, 1, 0);
    let b = plus_leak(&turns(N, 2, 1), &a, 7, -25.0);
    let leaked = |i: usize| A_SPEAKS(i) && (20..95).contains(&(i % 100));
    const JOINS: usize = 430;
    // Of the same call time, or with silence for what was before it.
    for start in [TrackStart::Now, TrackStart::Call] {
        let mut live = Live::new();
        live.give(0, &a[..JOINS]);
        live.crosstalk.join(start);
        let before = match start {
            TrackStart::Call => vec![[0.0; BANDS]; JOINS],
            TrackStart::Now => Vec::new(),
        };
        live.give(1, &before);
        for i in JOINS..N {
            live.give(0, &a[i..=i]);
            live.give(1, &b[i..=i]);
        }
        let [of_a, mut of_b] = live.end();
        assert!(of_a.iter().all(|m| !m));
        of_b.drain(..before.len());
        let late = |i: usize| i > 200 && leaked(i + JOINS);
        assert!(
            share(&of_b, late) > 0.98,
            "{start:?} {}",
            share(&of_b, late)
        );
        let spoken = |i: usize| !A_SPEAKS(i + JOINS) && (20..95).contains(&((i + JOINS) % 100));
        assert!(share(&of_b, spoken) < 0.01, "{start:?}");
    }
}

#[test]
fn a_track_that_pauses_holds_nobody_up_for_long() {
    let a = turns(N, 1, 0);
    let mut b = turns(N, 2, 1);
    // It sends nothing for 10 s, and then the silence that stands for them.
    let pause = 500..1_000;
    b[pause.clone()].fill([0.0; BANDS]);
    let b = plus_leak(&b, &a, 7, -25.0);
    let mut live = Live::new();
    live.crosstalk.join(TrackStart::Call);
    let mut longest = 0;
    for i in 0..N {
        live.give(0, &a[i..=i]);
        longest = longest.max(live.given[0] - live.marks[0].len());
        if i == pause.end {
            live.give(1, &vec![[0.0; BANDS]; pause.len()]);
        }
        if !pause.contains(&i) {
            live.give(1, &b[i..=i]);
        }
    }
    // The patience beyond what judging takes.
    assert!(longest <= 50 + 10 + 20 + 2, "{longest}");
    let [of_a, of_b] = live.end();
    assert!(of_a.iter().all(|m| !m));
    let leaked = |i: usize| A_SPEAKS(i) && (20..95).contains(&(i % 100));
    for known in [150..480, 1_200..N] {
        let heard = share(&of_b, |i| known.contains(&i) && leaked(i));
        assert!(heard > 0.98, "{known:?} {heard}");
    }
}

#[test]
fn tracks_that_come_one_after_the_other_are_left_as_they_are() {
    let a = turns(N, 1, 0);
    let b = plus_leak(&turns(N, 2, 1), &a, 7, -25.0);
    let mut live = Live::new();
    live.crosstalk.join(TrackStart::Call);
    live.give(0, &a);
    live.give(1, &b);
    for marks in live.end() {
        assert!(marks.iter().filter(|&&m| m).count() < 150);
    }
}

#[test]
fn a_track_that_leaves_gets_its_marks_and_is_not_waited_for() {
    let (a, b) = (turns(N, 1, 0), turns(N, 2, 1));
    let mut live = Live::new();
    live.crosstalk.join(TrackStart::Call);
    live.give(0, &a[..300]);
    live.give(1, &b[..290]);
    live.crosstalk.end(1);
    live.crosstalk.leave(1);
    live.take();
    assert_eq!(live.marks[1].len(), 290);
    live.give(0, &a[300..]);
    assert!(live.marks[0].len() > N - 70);
    live.end();
}
