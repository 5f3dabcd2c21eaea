//! The verdict on a channel in which two voices take turns.

use ndarray::{ArrayView2, Axis};

use super::again::decide_again;
use super::decision::{DecidedBy, Decision, Verdict, Voice};
use super::domain::in_domain;
use super::voices::tell_apart;
use super::window::WindowScore;
use crate::model::{ModelMetadata, OperatingPoint};

/// Where each of two voices speaks, or nothing if it is one: the `speech` of a channel, cut between
/// windows of different voices. `traits` has a row for each window.
pub(crate) fn spans_of_voices(
    traits: ArrayView2<'_, f64>,
    speech: &[[f64; 2]],
    windows: &[WindowScore],
    metadata: &ModelMetadata,
) -> Vec<Vec<[f64; 2]>> {
    let (Some(rule), true) = (&metadata.voices, traits.nrows() == windows.len()) else {
        return Vec::new();
    };
    // Music and noise are no voice; what lies between windows of a voice is taken for its own.
    let inside = in_domain(windows, metadata);
    let rows: Vec<usize> = (0..windows.len()).filter(|&i| inside[i]).collect();
    let Some(second) = tell_apart(traits.select(Axis(0), &rows).view(), rule) else {
        return Vec::new();
    };
    let mut told = second.into_iter();
    let mut voice = false;
    let whose: Vec<bool> = inside
        .into_iter()
        .map(|inside| {
            voice = if inside { told.next() } else { None }.unwrap_or(voice);
            voice
        })
        .collect();
    let spans = cut(speech, windows, &whose);
    let speaks_s = |spans: &Vec<[f64; 2]>| spans.iter().map(|[a, b]| b - a).sum::<f64>();
    if spans.iter().any(|spans| speaks_s(spans) < rule.least_s) {
        return Vec::new();
    }
    spans.to_vec()
}

/// The speech of the first voice and of the second.
fn cut(speech: &[[f64; 2]], windows: &[WindowScore], second: &[bool]) -> [Vec<[f64; 2]>; 2] {
    let mut spans = [Vec::new(), Vec::new()];
    // Up to where the speech is given away.
    let mut from = f64::NEG_INFINITY;
    for (i, &voice) in second.iter().enumerate() {
        let to = match (windows.get(i), windows.get(i + 1), second.get(i + 1)) {
            (_, _, Some(&next)) if next == voice => continue,
            // Windows may overlap: the cut is in the middle of what they share.
            (Some(this), Some(next), _) => (this.end_s + next.start_s) / 2.0,
            _ => f64::INFINITY,
        };
        spans[usize::from(voice)].extend(between(speech, from, to));
        from = to;
    }
    spans
}

/// The parts of `spans`, ascending and apart, from `from` to `to`.
fn between(spans: &[[f64; 2]], from: f64, to: f64) -> impl Iterator<Item = [f64; 2]> {
    let first = spans.partition_point(|span| span[1] <= from);
    spans[first..]
        .iter()
        .take_while(move |span| span[0] < to)
        .map(move |&[start, end]| [start.max(from), end.min(to)])
}

/// The decision about a channel by its worst voice.
///
/// `whole` is the decision about all of it, which stands where it is no verdict, and where no voice
/// gets one. Each voice is judged as a channel of its own would be. A voice without a verdict takes
/// none from the whole: where that was worse than the other voice, it stands.
#[must_use]
pub fn decide_by_voice(
    whole: Decision,
    voices: &[Vec<[f64; 2]>],
    windows: &[WindowScore],
    metadata: &ModelMetadata,
    point: &OperatingPoint,
) -> Decision {
    if whole.reason.is_some() || voices.is_empty() {
        return whole;
    }
    let mut of_voices: Vec<Vec<WindowScore>> = vec![Vec::new(); voices.len()];
    for window in windows {
        let overlaps = voices.iter().map(|spans| overlap(spans, window));
        let most = overlaps.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((voice, _)) = most {
            of_voices[voice].push(*window);
        }
    }
    let judged: Vec<(Voice, Option<f64>)> = voices
        .iter()
        .zip(&of_voices)
        .enumerate()
        .map(|(number, (spans, windows))| {
            let speech_s = spans.iter().map(|[start, end]| end - start).sum();
            // Band and clipping are the channel's, which has passed.
            let decision = decide_again(speech_s, None, windows, metadata, point);
            let voice = Voice {
                name: format!("voice {}", number + 1),
                verdict: decision.verdict,
                reason: decision.reason,
                llr: decision.llr,
                synthetic_probability: decision.synthetic_probability,
                speech_s,
                speech_spans: spans.clone(),
            };
            (voice, decision.decision_llr)
        })
        .collect();
    let has_verdict = |voice: &Voice| voice.verdict != Verdict::Inconclusive;
    let all_judged = judged.iter().all(|(voice, _)| has_verdict(voice));
    let worst = judged
        .iter()
        .filter(|(voice, _)| has_verdict(voice))
        .filter_map(|(voice, llr)| Some((voice, (*llr)?)))
        // Of two alike, that with less evidence for a human.
        .max_by(|a, b| a.0.verdict.cmp(&b.0.verdict).then(b.1.total_cmp(&a.1)))
        .map(|(voice, llr)| (voice.verdict, llr, voice.synthetic_probability));
    let voices = judged.into_iter().map(|(voice, _)| voice).collect();
    match worst {
        Some((verdict, llr, probability)) if all_judged || verdict >= whole.verdict => Decision {
            verdict,
            decided_by: Some(DecidedBy::Voice),
            decision_llr: Some(llr),
            synthetic_probability: probability,
            voices,
            ..whole
        },
        _ => Decision { voices, ..whole },
    }
}

/// Seconds of a window, from its first sample to its last, in which a voice speaks.
fn overlap(spans: &[[f64; 2]], window: &WindowScore) -> f64 {
    between(spans, window.start_s, window.end_s)
        .map(|[start, end]| end - start)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Model, Runtime, VoiceRule};
    use crate::verdict::{ChannelScores, decide};
    use ndarray::Array2;

    /// Turns of six windows of 4 s: one voice scores as `first`, the other as `other`; between
    /// them, the decision at the thresholds 0 and -2.
    fn decided(first: f64, other: f64) -> (Decision, Decision) {
        let onnx = include_bytes!("../../tests/fixtures/tiny-domain.onnx").to_vec();
        let metadata = Model::from_bytes(onnx, Runtime::Tract)
            .unwrap()
            .metadata()
            .clone();
        let point = &metadata.operating_points["balanced"];
        let second: Vec<bool> = (0..30).map(|i| (i / 6) % 2 == 1).collect();
        let windows: Vec<WindowScore> = second
            .iter()
            .enumerate()
            .map(|(i, &second)| WindowScore {
                start_s: 4.0 * i as f64,
                end_s: 4.0 * (i + 1) as f64,
                score: if second { other } else { first },
                domain: Some(1.0),
            })
            .collect();
        let speech = [[0.0, 25.0], [26.0, 120.0]];
        let scores = ChannelScores {
            speech_s: 119.0,
            crosstalk_s: 0.0,
            bandwidth_hz: 8_000,
            clipped_share: 0.0,
            windows: &windows,
        };
        let whole = decide(&scores, &metadata, point);
        let spans = cut(&speech, &windows, &second);
        let by_voice = decide_by_voice(whole.clone(), &spans, &windows, &metadata, point);
        (whole, by_voice)
    }

    #[test]
    fn the_worse_voice_decides() {
        let (whole, decision) = decided(3.0, -1.5);
        assert_eq!(whole.verdict, Verdict::BonaFide);
        assert_eq!(decision.verdict, Verdict::Synthetic);
        assert_eq!(decision.decided_by, Some(DecidedBy::Voice));
        assert_eq!(decision.decision_llr, Some(-1.5));
        assert_eq!(decision.llr, whole.llr);
        let [first, other] = &decision.voices[..] else {
            panic!("{:?}", decision.voices);
        };
        assert_eq!((first.llr, other.llr), (Some(3.0), Some(-1.5)));
        assert_eq!(first.verdict, Verdict::BonaFide);
        // Turns of 24 s; the second that nobody speaks lies in the other's first turn.
        assert_eq!(
            first.speech_spans,
            [[0.0, 24.0], [48.0, 72.0], [96.0, 120.0]]
        );
        assert_eq!(
            other.speech_spans,
            [[24.0, 25.0], [26.0, 48.0], [72.0, 96.0]]
        );
        assert_eq!((first.speech_s, other.speech_s), (72.0, 47.0));
    }

    #[test]
    fn two_human_voices_are_human_by_the_lower_score() {
        let (_, decision) = decided(1.0, 3.0);
        assert_eq!(decision.verdict, Verdict::BonaFide);
        assert_eq!(decision.decision_llr, Some(1.0));
    }

    #[test]
    fn without_a_verdict_or_voices_the_whole_stands() {
        let (mut whole, decision) = decided(3.0, -1.5);
        let windows = [];
        let point = crate::model::OperatingPoint {
            spoof_prior: 0.5,
            threshold_llr: 0.0,
            stretch_threshold_llr: -2.0,
            part_threshold_llr: None,
            false_alarm_rate: 0.1,
            miss_rate: 0.1,
            measured_on: String::new(),
        };
        let onnx = include_bytes!("../../tests/fixtures/tiny-domain.onnx").to_vec();
        let model = Model::from_bytes(onnx, Runtime::Tract).unwrap();
        let metadata = model.metadata();
        let same = decide_by_voice(whole.clone(), &[], &windows, metadata, &point);
        assert_eq!(same, whole);
        let spans: Vec<_> = decision
            .voices
            .iter()
            .map(|v| v.speech_spans.clone())
            .collect();
        whole.reason = Some(crate::verdict::Reason::Clipped);
        let same = decide_by_voice(whole.clone(), &spans, &windows, metadata, &point);
        assert_eq!(same, whole);
    }

    #[test]
    fn a_voice_without_a_verdict_takes_none_from_the_whole() {
        // The second voice is out of domain for the most part, and what is left is synthetic.
        let windows: Vec<WindowScore> = (0..30)
            .map(|i| WindowScore {
                start_s: 4.0 * f64::from(i),
                end_s: 4.0 * f64::from(i + 1),
                score: if i < 15 { 0.5 } else { -9.0 },
                domain: Some(if i < 19 { 1.0 } else { -9.0 }),
            })
            .collect();
        let onnx = include_bytes!("../../tests/fixtures/tiny-domain.onnx").to_vec();
        let model = Model::from_bytes(onnx, Runtime::Tract).unwrap();
        let metadata = model.metadata();
        let point = &metadata.operating_points["balanced"];
        let scores = ChannelScores {
            speech_s: 120.0,
            crosstalk_s: 0.0,
            bandwidth_hz: 8_000,
            clipped_share: 0.0,
            windows: &windows,
        };
        let whole = decide(&scores, metadata, point);
        assert_eq!(whole.verdict, Verdict::Synthetic, "{whole:?}");
        let spans = [vec![[0.0, 60.0]], vec![[60.0, 120.0]]];
        let decision = decide_by_voice(whole.clone(), &spans, &windows, metadata, point);
        let verdicts: Vec<Verdict> = decision.voices.iter().map(|v| v.verdict).collect();
        assert_eq!(verdicts, [Verdict::BonaFide, Verdict::Inconclusive]);
        assert_eq!(decision.verdict, Verdict::Synthetic);
        assert_eq!(decision.decided_by, whole.decided_by);
    }

    #[test]
    fn what_is_no_voice_is_none_of_the_two() {
        let onnx = include_bytes!("../../tests/fixtures/tiny-domain.onnx").to_vec();
        let model = Model::from_bytes(onnx, Runtime::Tract).unwrap();
        let mut metadata = model.metadata().clone();
        metadata.voices = Some(VoiceRule {
            mean_cepstra: 1,
            spread_cepstra: 1,
            pitch: false,
            axes: vec![vec![1.0, 0.0]],
            min_distance: Some(9.0),
            min_ratio: None,
            turn_cost: 6.0,
            least_s: 6.0,
        });
        // Music in the middle, which differs from both voices by more than they do.
        let value = |i: usize| match i {
            10..20 => 500.0,
            0..10 => 0.0,
            _ => 8.0,
        };
        let windows: Vec<WindowScore> = (0..30)
            .map(|i| WindowScore {
                start_s: 4.0 * i as f64,
                end_s: 4.0 * (i + 1) as f64,
                score: 1.0,
                domain: Some(if (10..20).contains(&i) { -9.0 } else { 1.0 }),
            })
            .collect();
        let traits = Array2::from_shape_fn((30, 1), |(i, _)| value(i) + 0.1 * (i % 3) as f64);
        let speech = [[0.0, 120.0]];
        let spans = spans_of_voices(traits.view(), &speech, &windows, &metadata);
        assert_eq!(spans, [[[0.0, 80.0]], [[80.0, 120.0]]]);
        // No row for each window: nothing is known.
        let few = traits.slice_axis(Axis(0), ndarray::Slice::from(..9));
        assert!(spans_of_voices(few, &speech, &windows, &metadata).is_empty());
    }
}
