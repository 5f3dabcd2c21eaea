//! The rules of the decision, on scores made up.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::model::{Level, Model, PartRule, Runtime, StretchRule};

/// The verdict on a channel of good quality, four seconds of speech per window, at the thresholds 0
/// and -2.
fn decided(windows: &[(f64, f64)]) -> Decision {
    decided_by(windows, |_| ())
}

/// The same by a model with changed metadata.
fn decided_by(windows: &[(f64, f64)], change: impl FnOnce(&mut ModelMetadata)) -> Decision {
    let onnx = include_bytes!("../../tests/fixtures/tiny-domain.onnx").to_vec();
    let model = Model::from_bytes(onnx, Runtime::Tract).unwrap();
    let scored: Vec<WindowScore> = windows
        .iter()
        .enumerate()
        .map(|(i, &(score, domain))| WindowScore {
            start_s: 4.0 * i as f64,
            end_s: 4.0 * (i + 1) as f64,
            score,
            domain: Some(domain),
        })
        .collect();
    let scores = ChannelScores {
        speech_s: 4.0 * windows.len() as f64,
        crosstalk_s: 0.0,
        bandwidth_hz: 8_000,
        clipped_share: 0.0,
        windows: &scored,
    };
    let mut metadata = model.metadata().clone();
    change(&mut metadata);
    decide(&scores, &metadata, &metadata.operating_points["balanced"])
}

#[test]
fn windows_out_of_domain_do_not_count() {
    let decision = decided(&[(3.0, 1.0), (-9.0, -0.1), (3.0, 0.0), (3.0, 2.0)]);
    assert_eq!(decision.verdict, Verdict::BonaFide);
    assert_eq!(decision.llr, Some(3.0));
    assert_eq!(decision.out_of_domain_share, Some(0.25));
    let decision = decided(&[(-3.0, 1.0), (9.0, -5.0), (-3.0, 1.0)]);
    assert_eq!(decision.verdict, Verdict::Synthetic);
    assert_eq!(decision.llr, Some(-3.0));
}

#[test]
fn short_windows_are_judged_with_their_neighbours() {
    // Windows of 1 s without overlap: three span the 3 s of the rules.
    let short = |m: &mut ModelMetadata| (m.window_samples, m.hop_samples) = (16_000, 16_000);
    let voice = (3.0, 1.0);
    // One second that misleads the network counts, a longer passage does not, up to where the voice
    // outweighs it.
    let lone = decided_by(&[voice, voice, (-1.0, -1.5), voice, voice], short);
    assert_eq!(lone.out_of_domain_share, Some(0.0));
    let foreign = (-9.0, -1.5);
    let passage = decided_by(
        &[&[voice; 5][..], &[foreign; 3], &[voice; 2]].concat(),
        short,
    );
    assert_eq!(passage.out_of_domain_share, Some(0.3));
    assert_eq!(passage.verdict, Verdict::BonaFide);
    // Three windows of 2 s every second would span 4 s.
    let longer = |m: &mut ModelMetadata| (m.window_samples, m.hop_samples) = (32_000, 16_000);
    let lone = decided_by(&[voice, voice, (-1.0, -1.5), voice, voice], longer);
    assert_eq!(lone.out_of_domain_share, Some(0.2));
    // At the ends there are fewer neighbours.
    let first = decided_by(&[foreign, voice, voice, voice], short);
    assert_eq!(first.out_of_domain_share, Some(0.25));
}

#[test]
fn the_lowest_scores_of_a_longer_channel_do_not_count() {
    let onnx = include_bytes!("../../tests/fixtures/tiny-domain.onnx").to_vec();
    let model = Model::from_bytes(onnx, Runtime::Tract).unwrap();
    let rules = &model.metadata().decision_rules;
    let mean = |scores: &[f64]| trimmed_mean(&mut scores.to_vec(), rules);
    assert_eq!(mean(&[]), None);
    assert_eq!(mean(&[2.0, -6.0, 2.0, 2.0]), Some(0.0));
    // Of 10 windows beyond the first four one is left out, of 20 three.
    let bad = |n: usize, low: usize| [vec![2.0; n - low], vec![-6.0; low]].concat();
    assert_eq!(mean(&bad(14, 1)), Some(2.0));
    assert_eq!(mean(&bad(24, 3)), Some(2.0));
    assert!(mean(&bad(24, 4)).unwrap() < 2.0);
    // A machine is one throughout.
    assert_eq!(mean(&[-3.0; 30]), Some(-3.0));
}

#[test]
fn half_of_the_windows_must_be_in_domain() {
    let half = decided(&[(2.0, 1.0), (2.0, 1.0), (-9.0, -1.0), (-9.0, -1.0)]);
    assert_eq!((half.verdict, half.reason), (Verdict::BonaFide, None));
    // 8 s of speech count, for which the calibration is that of long speech.
    assert_eq!(half.llr, Some(2.0));
    let fewer = decided(&[(2.0, 1.0), (-7.0, -1.0), (-7.0, -1.0)]);
    assert_eq!(fewer.verdict, Verdict::Inconclusive);
    assert_eq!(fewer.reason, Some(Reason::OutOfDomain));
    assert_eq!(fewer.llr, Some(-4.0));
    let share = fewer.out_of_domain_share.unwrap();
    assert!((share - 2.0 / 3.0).abs() < 1e-12);
}

#[test]
fn the_calibration_is_that_of_the_speech_that_counts() {
    // 12 s of speech, of which 8 s count, or 4 s; below 8 s the factor is 0.9.
    assert_eq!(
        decided(&[(2.0, 1.0), (2.0, 1.0), (0.0, -1.0)]).llr,
        Some(2.0)
    );
    assert_eq!(decided(&[(2.0, 1.0), (0.0, -1.0)]).llr, Some(1.8));
}

#[test]
fn a_stretch_is_of_windows_in_domain_in_a_row() {
    let (voice, clone) = ((5.0, 1.0), (-5.0, 1.0));
    let calm = [voice; 9];
    // Windows of 4 s every second: five span 8 s.
    let together = [&calm[..], &[clone; 5]].concat();
    let decision = decided(&together);
    assert_eq!(decision.verdict, Verdict::Synthetic);
    assert_eq!(decision.worst_stretch.unwrap().llr, -5.0);
    let parted = [&calm[..], &[clone, clone, (-5.0, -1.0), clone, clone]].concat();
    let decision = decided(&parted);
    assert_eq!(decision.verdict, Verdict::BonaFide);
    assert!(decision.worst_stretch.unwrap().llr > 0.0);
}

#[test]
fn nothing_in_a_row_is_no_stretch() {
    let decision = decided(&[(-5.0, 1.0), (-5.0, -1.0), (-5.0, 1.0), (-5.0, 1.0)]);
    assert_eq!(decision.worst_stretch, None);
    assert_eq!(decision.verdict, Verdict::Synthetic);
    let decision = decided(&[]);
    assert_eq!((decision.llr, decision.out_of_domain_share), (None, None));
}

/// Sixty seconds of a voice and as long a stretch of a clone as two windows.
fn part_cloned(clone: f64) -> Vec<(f64, f64)> {
    [&[(5.0, 1.0); 60][..], &[(clone, 1.0); 5]].concat()
}

#[test]
fn one_number_says_what_the_verdict_rests_on() {
    let by_channel = decided(&[(-3.0, 1.0); 8]);
    assert_eq!(by_channel.decided_by, Some(DecidedBy::Channel));
    assert_eq!(by_channel.decision_llr, by_channel.llr);

    let by_stretch = decided(&part_cloned(-5.0));
    assert_eq!(by_stretch.verdict, Verdict::Synthetic);
    assert!(by_stretch.llr.unwrap() > 0.0);
    assert_eq!(by_stretch.decided_by, Some(DecidedBy::Stretch));
    // 260 s of speech have more stretches to be the worst of than the 60 s of the rule.
    let allowance = (260.0_f64 / 60.0).ln();
    let worst = by_stretch.worst_stretch.unwrap();
    assert!((worst.threshold_llr - (-2.0 - allowance)).abs() < 1e-12);
    assert!((by_stretch.decision_llr.unwrap() - (worst.llr + allowance)).abs() < 1e-12);

    let bona_fide = decided(&part_cloned(-3.0));
    assert_eq!(bona_fide.verdict, Verdict::BonaFide);
    assert_eq!(bona_fide.decision_llr, bona_fide.llr);

    let nothing = decided(&[]);
    assert_eq!((nothing.decided_by, nothing.decision_llr), (None, None));
}

#[test]
fn the_probability_follows_from_the_decisive_number() {
    let mut random = fastrand::Rng::with_seed(23);
    let mut decided_by_stretch = 0;
    for _ in 0..300 {
        let windows: Vec<(f64, f64)> = (0..random.usize(0..40))
            .map(|_| (random.f64() * 12.0 - 6.0, random.f64() * 4.0 - 1.0))
            .collect();
        let decision = decided(&windows);
        let expected = decision.decision_llr.map(|llr| 1.0 / (1.0 + llr.exp()));
        assert_eq!(decision.synthetic_probability, expected);
        assert_eq!(decision.llr.is_none(), decision.decision_llr.is_none());
        decided_by_stretch += u32::from(decision.decided_by == Some(DecidedBy::Stretch));
    }
    assert!(decided_by_stretch > 10, "{decided_by_stretch}");
}

#[test]
fn every_scale_of_the_rules_is_looked_at() {
    let scores = part_cloned(-5.0);
    let only = |seconds: f64| {
        decided_by(&scores, |m| {
            m.decision_rules.stretches = vec![StretchRule {
                seconds,
                reference_s: 60.0,
            }];
        })
    };
    assert_eq!(only(8.0).verdict, Verdict::Synthetic);
    assert_eq!(only(60.0).verdict, Verdict::BonaFide);
    let both = decided_by(&scores, |m| {
        m.decision_rules.stretches.insert(
            0,
            StretchRule {
                seconds: 60.0,
                reference_s: 60.0,
            },
        );
    });
    assert_eq!(both.worst_stretch, only(8.0).worst_stretch);
    let none = decided_by(&scores, |m| m.decision_rules.stretches.clear());
    assert_eq!(
        (none.verdict, none.worst_stretch),
        (Verdict::BonaFide, None)
    );
}

/// With the rule of parts, windows of one second each.
fn with_parts(m: &mut ModelMetadata) {
    (m.window_samples, m.hop_samples) = (16_000, 16_000);
    m.decision_rules.stretches.clear();
    m.decision_rules.part = Some(PartRule {
        least_s: 6.0,
        bona_fide: Level {
            mean: 3.0,
            variance: 1.0,
        },
        spoof: Level {
            mean: -2.0,
            variance: 2.0,
        },
        window_variance: 1.0,
        independence: 0.5,
    });
    let point = m.operating_points.get_mut("balanced").unwrap();
    point.part_threshold_llr = Some(-3.0);
}

#[test]
fn a_part_is_said_beside_the_verdict() {
    let clone = [(-2.0, 1.0); 12];
    let call = [&[(5.0, 1.0); 30][..], &clone, &[(4.5, 1.0); 30]].concat();
    let decision = decided_by(&call, with_parts);
    assert_eq!(decision.verdict, Verdict::BonaFide);
    assert!(decision.partly_synthetic && decision.part_llr.unwrap() < -3.0);
    let spans = &decision.synthetic_spans;
    assert_eq!((spans[0].start_s, spans[0].end_s), (120.0, 168.0));
    assert_eq!((spans.len(), spans[0].llr), (1, -2.0));
    assert_eq!(
        decision.synthetic_probability,
        decided(&call).synthetic_probability
    );

    let human = decided_by(&[(5.0, 1.0); 60], with_parts);
    assert!(!human.partly_synthetic && human.part_llr.unwrap() > 0.0);
    let throughout = decided_by(&[(-2.0, 1.0); 60], with_parts);
    assert_eq!(throughout.verdict, Verdict::Synthetic);
    assert!(!throughout.partly_synthetic);
    // A model, or an operating point, that looks for none.
    assert_eq!(decided(&call).part_llr, None);
    let off = |m: &mut ModelMetadata| {
        with_parts(m);
        m.operating_points
            .get_mut("balanced")
            .unwrap()
            .part_threshold_llr = None;
    };
    assert!(!decided_by(&call, off).partly_synthetic);
}

#[test]
fn every_part_is_found_and_none_without_a_verdict() {
    let (human, clone) = ([(5.0, 1.0); 40], [(-2.0, 1.0); 15]);
    let call = [&human[..], &clone, &human, &clone, &human].concat();
    let decision = decided_by(&call, with_parts);
    let starts: Vec<f64> = decision.synthetic_spans.iter().map(|s| s.start_s).collect();
    assert_eq!(starts, [160.0, 380.0]);
    let refused = decided_by(&call, |m| {
        with_parts(m);
        m.decision_rules.min_speech_s = 3_600.0;
    });
    assert_eq!(refused.verdict, Verdict::Inconclusive);
    assert!(!refused.partly_synthetic && refused.synthetic_spans.is_empty());
}

#[test]
fn parts_are_apart_however_they_were_found() {
    // A clone whose middle scores lowest: its flanks are found after it, on both sides at once.
    let mut random = fastrand::Rng::with_seed(2);
    let mut found = 0;
    for _ in 0..60 {
        let mut row = |mean: f64, n: usize| -> Vec<(f64, f64)> {
            (0..n).map(|_| (mean + random.f64() - 0.5, 1.0)).collect()
        };
        let rows = [(5.0, 40), (-1.0, 7), (-8.0, 11), (-1.0, 7), (5.0, 40)];
        let call: Vec<_> = rows.iter().flat_map(|&(mean, n)| row(mean, n)).collect();
        let spans = decided_by(&call, with_parts).synthetic_spans;
        assert!(spans.iter().all(|s| s.start_s < s.end_s), "{spans:?}");
        assert!(
            spans.windows(2).all(|s| s[0].end_s <= s[1].start_s),
            "{spans:?}"
        );
        found += usize::from(!spans.is_empty());
    }
    assert!(found > 50, "{found}");
}

#[test]
fn names_are_those_of_results() {
    let named = |value: serde_json::Value, name: &str| assert_eq!(value, name);
    for verdict in [Verdict::BonaFide, Verdict::Inconclusive, Verdict::Synthetic] {
        named(serde_json::to_value(verdict).unwrap(), verdict.as_str());
    }
    for reason in Reason::ALL {
        named(serde_json::to_value(reason).unwrap(), reason.as_str());
    }
    for by in [DecidedBy::Channel, DecidedBy::Stretch, DecidedBy::Voice] {
        named(serde_json::to_value(by).unwrap(), by.as_str());
    }
}
