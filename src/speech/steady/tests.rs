use std::f64::consts::TAU;

use super::SteadyRemover;
use super::copy::Copy;

/// Noise in bursts, as loud as speech; differences of noise, so that it has no offset by chance.
fn bursts(seconds: f64, rate: u32) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(3);
    let mut last = 0.0;
    (0..(seconds * f64::from(rate)) as usize)
        .map(|i| {
            let t = i as f64 / f64::from(rate);
            let loud = (TAU * t).sin().max(0.0);
            let now = random.f64();
            let difference = now - std::mem::replace(&mut last, now);
            (0.1 * loud * difference) as f32
        })
        .collect()
}

fn plus(samples: &[f32], rate: u32, add: impl Fn(f64) -> f64) -> Vec<f32> {
    let at = |i: usize| i as f64 / f64::from(rate);
    let samples = samples.iter().enumerate();
    samples.map(|(i, x)| x + add(at(i)) as f32).collect()
}

fn hum(hz: f64) -> impl Fn(f64) -> f64 {
    move |t| {
        let lines = [
            (1.0, 0.3),
            (2.0, 0.15),
            (3.0, 0.1),
            (5.0, 0.06),
            (20.0, 0.02),
        ];
        lines
            .iter()
            .map(|(k, a)| a * (TAU * k * hz * t + k).sin())
            .sum()
    }
}

fn clean(samples: &[f32], rate: u32, block: usize) -> Vec<f32> {
    let (mut remover, mut out) = (SteadyRemover::new(rate), Vec::new());
    for part in samples.chunks(block) {
        remover.push(part, &mut out);
    }
    remover.finish(&mut out);
    out
}

fn rms(x: impl IntoIterator<Item = f32>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for x in x {
        sum += f64::from(x).powi(2);
        n += 1.0;
    }
    f64::sqrt(sum / n)
}

/// Root mean square of what is left of the disturbance, and of the sound itself.
fn left(sound: &[f32], cleaned: &[f32]) -> (f64, f64) {
    assert_eq!(sound.len(), cleaned.len());
    let rest = sound.iter().zip(cleaned).map(|(a, b)| a - b);
    (rms(rest), rms(sound.iter().copied()))
}

#[test]
fn sound_without_offset_and_hum_passes_bit_for_bit() {
    for rate in [1_000, 8_000, 11_025, 16_000, 44_100, 48_000] {
        let sound = bursts(7.3, rate);
        assert_eq!(clean(&sound, rate, 1_000), sound, "{rate} Hz");
    }
    // A tone that starts and stops, and one that no mains has.
    for hz in [425.0, 450.0, 1_400.0] {
        let tone = plus(&bursts(6.0, 8_000), 8_000, |t| 0.2 * (TAU * hz * t).sin());
        assert_eq!(clean(&tone, 8_000, 777), tone, "{hz} Hz");
    }
    assert!(clean(&[], 8_000, 1).is_empty());
    assert_eq!(clean(&[0.5; 100], 8_000, 7), [0.5; 100]);
}

#[test]
fn an_offset_goes_from_the_first_sample_on() {
    for (rate, offset) in [(8_000, 0.5), (16_000, -0.2), (44_100, 0.01), (8_000, 0.9)] {
        for seconds in [0.7, 1.9, 6.0] {
            let sound = bursts(seconds, rate);
            let (rest, level) = left(&sound, &clean(&plus(&sound, rate, |_| offset), rate, 999));
            assert!(
                rest < 0.1 * level,
                "{offset} over {seconds} s: {rest} of {level}"
            );
        }
    }
}

#[test]
fn an_offset_that_drifts_or_comes_late_goes() {
    let sound = bursts(20.0, 8_000);
    let (rest, level) = left(
        &sound,
        &clean(&plus(&sound, 8_000, |t| 0.02 * t), 8_000, 999),
    );
    assert!(rest < 0.1 * level, "{rest} of {level}");
    let late = plus(&sound, 8_000, |t| if t < 7.0 { 0.0 } else { 0.3 });
    let cleaned = clean(&late, 8_000, 999);
    assert_eq!(cleaned[..7 * 8_000], sound[..7 * 8_000]);
    let (rest, level) = left(&sound[9 * 8_000..], &cleaned[9 * 8_000..]);
    assert!(rest < 0.1 * level, "{rest} of {level}");
}

#[test]
fn hum_goes_from_the_first_sample_on() {
    for (rate, hz) in [
        (8_000, 50.0),
        (8_000, 60.0),
        (6_000, 50.0),
        (16_000, 49.9),
        (44_100, 60.1),
    ] {
        for seconds in [1.5, 10.0] {
            let sound = bursts(seconds, rate);
            let hummed = plus(&sound, rate, hum(hz));
            let (rest, level) = left(&sound, &clean(&hummed, rate, 1_234));
            assert!(
                rest < 0.5 * level,
                "{hz} Hz over {seconds} s: {rest} of {level}"
            );
        }
    }
    // With an offset as well.
    let sound = bursts(8.0, 8_000);
    let both = plus(&plus(&sound, 8_000, hum(50.0)), 8_000, |_| 0.4);
    let (rest, level) = left(&sound, &clean(&both, 8_000, 500));
    assert!(rest < 0.5 * level, "{rest} of {level}");
}

#[test]
fn hum_that_comes_late_goes() {
    let sound = bursts(14.0, 8_000);
    let late = plus(&sound, 8_000, |t| if t < 4.0 { 0.0 } else { hum(50.0)(t) });
    let cleaned = clean(&late, 8_000, 640);
    assert_eq!(cleaned[..4 * 8_000], sound[..4 * 8_000]);
    let (rest, level) = left(&sound[7 * 8_000..], &cleaned[7 * 8_000..]);
    assert!(rest < 0.5 * level, "{rest} of {level}");
}

#[test]
fn blocks_do_not_matter() {
    let sound = plus(&bursts(9.0, 8_000), 8_000, hum(60.0));
    let whole = clean(&sound, 8_000, sound.len());
    for block in [1, 37, 160, 8_000] {
        assert_eq!(clean(&sound, 8_000, block), whole, "blocks of {block}");
    }
}

#[test]
fn the_copy_holds_the_very_means() {
    let mut random = fastrand::Rng::with_seed(9);
    for rate in [8_000_u32, 16_000, 48_000] {
        let n = 2 * rate as usize;
        let coded = |_| f32::from(random.i16(..)) / 32_768.0;
        let coded: Vec<f32> = (0..n).map(coded).collect();
        let any: Vec<f32> = (0..n).map(|_| random.f32() - 0.5).collect();
        // One that turns out to be no 16 bits in its middle.
        let both = [&coded[..n / 2], &any[n / 2..]].concat();
        let factor = rate as usize / 4_000;
        for samples in [coded, any, both] {
            let mut copy = Copy::new(rate);
            assert_eq!(copy.missing(), n);
            copy.take(&samples);
            let few = samples.chunks_exact(factor);
            let sums = few.map(|few| few.iter().map(|&x| f64::from(x)).sum::<f64>());
            let means: Vec<f64> = sums.map(|sum| sum / factor as f64).collect();
            assert_eq!(copy.latest(), (means, 0));
        }
    }
}
