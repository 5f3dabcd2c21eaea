//! Two voices in one channel, with a model that tells them apart by the first cepstra.
#![allow(clippy::unwrap_used)]

mod common;

use common::{RATE, marked, tiny, voice, voices_model};
use voxhumana::verdict::DecidedBy;
use voxhumana::{Detector, Verdict};

const TURN_S: f64 = 12.0;

/// Five turns; the second and fourth are synthetic.
fn call() -> Vec<f32> {
    let turn = |i: u64| match i % 2 {
        0 => voice(TURN_S, i),
        _ => marked(TURN_S, i),
    };
    (0..5).flat_map(turn).collect()
}

fn detector() -> Detector {
    Detector::builder().model(voices_model()).build().unwrap()
}

#[test]
fn the_worse_of_two_voices_decides() {
    let report = detector().scan_samples(&call(), RATE).unwrap();
    let channel = &report.channels[0];
    let [human, clone] = &channel.voices[..] else {
        panic!("{channel:?}");
    };
    assert_eq!(
        (human.name.as_str(), clone.name.as_str()),
        ("voice 1", "voice 2")
    );
    assert_eq!(human.verdict, Verdict::BonaFide);
    assert_eq!(clone.verdict, Verdict::Synthetic);
    assert!(human.llr.unwrap() > clone.llr.unwrap() + 2.0);
    assert_eq!(channel.verdict, Verdict::Synthetic);
    assert_eq!(channel.decided_by, Some(DecidedBy::Voice));
    assert!((human.speech_s + clone.speech_s - channel.speech_s).abs() < 1e-6);
    // Windows of 4 s blur the ends of a turn.
    for (voice, turns) in [(human, [0.0, 2.0, 4.0].as_slice()), (clone, &[1.0, 3.0])] {
        let own: f64 = turns
            .iter()
            .map(|turn| (turn * TURN_S, (turn + 1.0) * TURN_S))
            .flat_map(|(from, to)| {
                let spans = voice.speech_spans.iter();
                spans.map(move |[a, b]| (b.min(to) - a.max(from)).max(0.0))
            })
            .sum();
        assert!(own > 0.85 * voice.speech_s, "{own} of {}", voice.speech_s);
    }
}

#[test]
fn one_voice_is_one_and_a_model_without_the_rule_knows_none() {
    for samples in [
        voice(60.0, 1),
        marked(60.0, 2),
        voice(3.0, 3),
        vec![0.0; 16_000],
    ] {
        let report = detector().scan_samples(&samples, RATE).unwrap();
        assert!(report.channels[0].voices.is_empty());
        let without = tiny()
            .build()
            .unwrap()
            .scan_samples(&samples, RATE)
            .unwrap();
        assert_eq!(report.channels[0], without.channels[0]);
    }
    let report = tiny().build().unwrap().scan_samples(&call(), RATE).unwrap();
    assert!(report.channels[0].voices.is_empty());
}

#[test]
fn channels_of_their_own_are_not_split_and_the_same_channel_twice_is() {
    let (mixed, other) = (call(), voice(60.0, 9));
    let apart = detector().scan_channels(&[&mixed, &other], RATE).unwrap();
    assert!(apart.channels.iter().all(|c| c.voices.is_empty()));
    let twice = detector().scan_channels(&[&mixed, &mixed], RATE).unwrap();
    assert_eq!(twice.channels[0].voices.len(), 2);
    assert_eq!(twice.channels[0].voices, twice.channels[1].voices);
}

#[test]
fn a_stream_ends_with_what_a_scan_says() {
    let samples = call();
    let whole = detector().scan_samples(&samples, RATE).unwrap();
    let mut stream = detector().stream(RATE).unwrap();
    for block in samples.chunks(7_919) {
        stream.push(block).unwrap();
    }
    assert!(stream.so_far().voices.is_empty());
    assert_eq!(stream.finish().unwrap(), whole.channels[0]);
}
