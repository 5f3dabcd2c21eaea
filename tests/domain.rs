//! Sound that is no single voice speaking does not count, with a model that is rigged to take a
//! tone for it.
#![allow(clippy::unwrap_used)]

mod common;

use common::{RATE, domain_model, foreign, marked, tiny, voice};
use voxhumana::{ChannelReport, Detector, DetectorBuilder, Reason, Verdict};

fn checked() -> DetectorBuilder {
    Detector::builder().model(domain_model())
}

fn scan(detector: &DetectorBuilder, samples: &[f32]) -> ChannelReport {
    let detector = detector.clone().build().unwrap();
    let report = detector.scan_samples(samples, RATE).unwrap();
    report.channels.into_iter().next().unwrap()
}

/// 40 s of a voice, `passage`, 40 s of the voice again.
fn around(passage: Vec<f32>) -> Vec<f32> {
    [voice(40.0, 1), passage, voice(40.0, 2)].concat()
}

#[test]
fn all_in_domain_is_as_without_the_check() {
    for samples in [voice(20.0, 3), marked(20.0, 4), around(marked(10.0, 5))] {
        let with = scan(&checked(), &samples);
        assert_eq!(with.out_of_domain_share, Some(0.0));
        let mut without = scan(&tiny(), &samples);
        assert_eq!(without.out_of_domain_share, None);
        without.out_of_domain_share = Some(0.0);
        assert_eq!(with, without);
    }
}

#[test]
fn all_out_of_domain_is_inconclusive_and_still_scored() {
    for samples in [foreign(voice(20.0, 6)), foreign(marked(20.0, 7))] {
        let channel = scan(&checked(), &samples);
        assert_eq!(channel.verdict, Verdict::Inconclusive, "{channel:?}");
        assert_eq!(channel.reason, Some(Reason::OutOfDomain));
        assert_eq!(channel.out_of_domain_share, Some(1.0));
        // All windows count, as they do without the check.
        let without = scan(&tiny(), &samples);
        assert_ne!(without.verdict, Verdict::Inconclusive);
        assert_eq!(channel.llr, without.llr);
        assert_eq!(channel.segments, without.segments);
        assert!(channel.worst_stretch.is_none() && without.worst_stretch.is_some());
    }
}

#[test]
fn a_passage_out_of_domain_neither_flags_nor_hides() {
    // It sounds synthetic, which says nothing: the model does not know such sound.
    let samples = around(foreign(marked(15.0, 8)));
    assert_eq!(scan(&tiny(), &samples).verdict, Verdict::Synthetic);
    let channel = scan(&checked(), &samples);
    assert_eq!(channel.verdict, Verdict::BonaFide, "{channel:?}");
    let share = channel.out_of_domain_share.unwrap();
    assert!((0.1..0.3).contains(&share), "{share}");
    // The rest scores as the voice does alone.
    let alone = scan(&checked(), &[voice(40.0, 1), voice(40.0, 2)].concat());
    assert!((channel.llr.unwrap() - alone.llr.unwrap()).abs() < 0.5);
    let worst = channel.worst_stretch.unwrap();
    assert!(worst.llr > 1.0, "{worst:?}");

    // A clone outside the passage is found all the same.
    let mut samples = around(foreign(voice(15.0, 9)));
    samples.extend(marked(12.0, 10));
    let channel = scan(&checked(), &samples);
    assert_eq!(channel.verdict, Verdict::Synthetic, "{channel:?}");
    assert!(channel.worst_stretch.unwrap().start_s > 90.0);
}

#[test]
fn a_stream_gives_what_a_scan_gives() {
    for samples in [
        around(foreign(marked(15.0, 11))),
        foreign(voice(9.0, 12)),
        foreign(voice(2.0, 13)),
    ] {
        let whole = scan(&checked(), &samples);
        assert!(whole.out_of_domain_share.unwrap() > 0.0);
        let mut stream = checked().build().unwrap().stream(RATE).unwrap();
        for block in samples.chunks(7_919) {
            stream.push(block).unwrap();
        }
        assert_eq!(stream.finish().unwrap(), whole);
    }
}

#[test]
fn nothing_scored_has_no_share() {
    let channel = scan(&checked(), &vec![0.0; RATE as usize]);
    assert_eq!(channel.reason, Some(Reason::NoSpeech));
    assert_eq!(channel.out_of_domain_share, None);
}
