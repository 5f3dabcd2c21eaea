use super::frame::{BANDS, BandPowers};
use super::{Crosstalk, DECISIONS};

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
