//! What a line adds to a voice and never changes is taken out before it is judged.
#![allow(clippy::unwrap_used)]

mod common;

use common::{RATE, marked, tiny, voice};
use voxhumana::{ChannelReport, Verdict};

fn scan(samples: &[f32]) -> ChannelReport {
    let detector = tiny().build().unwrap();
    detector
        .scan_samples(samples, RATE)
        .unwrap()
        .channels
        .remove(0)
}

fn plus(samples: &[f32], add: impl Fn(f64) -> f64) -> Vec<f32> {
    let samples = samples.iter().enumerate();
    let at = |i: usize| i as f64 / f64::from(RATE);
    samples.map(|(i, x)| x + add(at(i)) as f32).collect()
}

fn hum(hz: f64, t: f64) -> f64 {
    let lines = [(1.0, 0.3), (2.0, 0.2), (3.0, 0.1), (5.0, 0.1), (7.0, 0.05)];
    lines
        .iter()
        .map(|(k, a)| a * (std::f64::consts::TAU * k * hz * t).sin())
        .sum()
}

#[test]
fn an_offset_changes_nothing() {
    for samples in [voice(20.0, 1), marked(20.0, 2)] {
        let plain = scan(&samples);
        for moved in [
            plus(&samples, |_| 0.5),
            plus(&samples, |_| -0.05),
            plus(&samples, |_| 0.003),
            plus(&samples, |t| 0.01 * t),
            plus(&samples, |t| 0.1 * (0.3 * t).sin()),
        ] {
            let found = scan(&moved);
            assert_eq!(found.verdict, plain.verdict, "{found:?}");
            assert!((found.llr.unwrap() - plain.llr.unwrap()).abs() < 0.1);
            assert!((found.speech_s - plain.speech_s).abs() < 0.02 * plain.speech_s);
        }
    }
}

#[test]
fn hum_hides_no_speech_and_changes_no_verdict() {
    for (samples, verdict) in [
        (voice(20.0, 3), Verdict::BonaFide),
        (marked(20.0, 4), Verdict::Synthetic),
    ] {
        let plain = scan(&samples);
        for hz in [50.0, 60.0, 49.9, 60.08] {
            let found = scan(&plus(&samples, |t| hum(hz, t)));
            assert_eq!(found.verdict, verdict, "{found:?}");
            assert!(
                found.speech_s > 0.9 * plain.speech_s,
                "{hz}: {}",
                found.speech_s
            );
            assert!(
                found.speech_s < 1.1 * plain.speech_s,
                "{hz}: {}",
                found.speech_s
            );
        }
    }
    // Hum alone is no speech.
    let alone = scan(&plus(&vec![0.0; 10 * RATE as usize], |t| hum(50.0, t)));
    assert_eq!(alone.speech_s, 0.0);
}

#[test]
fn hum_in_one_channel_or_from_the_middle_on_goes_in_a_stream_too() {
    let plain = voice(24.0, 5);
    let hummed = plus(&plain, |t| if t < 10.0 { 0.0 } else { hum(60.0, t) });
    let whole = scan(&hummed);
    // Of the first 2 s it has not been found yet.
    assert!(
        whole.speech_s > 0.85 * scan(&plain).speech_s,
        "{}",
        whole.speech_s
    );
    let detector = tiny().build().unwrap();
    let mut stream = detector.stream(RATE).unwrap();
    for block in hummed.chunks(4_321) {
        stream.push(block).unwrap();
    }
    assert_eq!(stream.finish().unwrap(), whole);
    let both = detector.scan_channels(&[&plain, &hummed], RATE).unwrap();
    assert_eq!(both.channels[0].llr, scan(&plain).llr);
    assert_eq!(both.channels[1].llr, whole.llr);
}
