//! A clone in a part of a channel: which span of it, and how much speaks for that.

use std::f64::consts::TAU;

use super::stretch::windows_in;
use super::window::{Segment, WindowScore};
use crate::model::{Level, ModelMetadata, PartRule};

/// Most parts of a channel that are told apart: each is one more search.
const MAX_PARTS: usize = 8;
/// The lengths that are looked for grow by this factor: a span between two of them is found by the
/// nearest, and its ends are put right afterwards.
const LENGTH_FACTOR: f64 = 1.3;

/// The parts that are synthetic, and how much speaks against one.
pub(super) struct Parts {
    /// Natural-log likelihood ratio, no part synthetic over a part synthetic; `None` of too few
    /// windows, or without the rule.
    pub(super) llr: Option<f64>,
    /// In the order of time; none unless `llr` is below the threshold.
    pub(super) spans: Vec<Segment>,
}

/// Looks for spans of windows in domain whose scores are those of another, synthetic voice.
///
/// Scores of one voice scatter around a level of its own; levels of human and of synthetic voices
/// are distributed as the [rule](PartRule) says. So there are three accounts of a channel: one
/// human voice, one synthetic voice, and a human voice with a synthetic one in a span. The
/// likelihood of each has a closed form, the last is the mean over all spans, so that a long call,
/// which has more spans to try, needs more to be believed in one.
pub(super) fn find(
    windows: &[WindowScore],
    in_domain: &[bool],
    metadata: &ModelMetadata,
    threshold_llr: Option<f64>,
) -> Parts {
    let mut parts = Parts {
        llr: None,
        spans: Vec::new(),
    };
    let (Some(rule), Some(threshold_llr)) = (&metadata.decision_rules.part, threshold_llr) else {
        return parts;
    };
    let counted: Vec<&WindowScore> = windows
        .iter()
        .zip(in_domain)
        .filter_map(|(window, &inside)| inside.then_some(window))
        .collect();
    // Of `counted`: those that are in no part yet, and which are in one.
    let mut left: Vec<usize> = (0..counted.len()).collect();
    let mut in_part = vec![false; counted.len()];
    // One window has no spread.
    let least = windows_in(rule.least_s, metadata).max(2);
    for _ in 0..MAX_PARTS {
        let channel = Sums::of(left.iter().map(|&i| counted[i].score), rule);
        let Some(found) = channel.search(least) else {
            break;
        };
        parts.llr.get_or_insert(found.llr);
        // Numbers that are none decide nothing.
        let believed = found.llr < threshold_llr;
        if !believed {
            break;
        }
        for i in left.drain(found.start..found.end) {
            in_part[i] = true;
        }
    }
    parts.spans = spans(&counted, &in_part, metadata);
    parts
}

/// The windows in a part, each row of them a span. What was found on either side of an earlier part
/// is one with it.
pub(super) fn spans(
    counted: &[&WindowScore],
    in_part: &[bool],
    metadata: &ModelMetadata,
) -> Vec<Segment> {
    let mut spans: Vec<Segment> = Vec::new();
    let mut at = 0;
    for row in in_part.chunk_by(|a, b| a == b) {
        let windows = &counted[at..at + row.len()];
        at += row.len();
        let (true, Some(first), Some(last)) = (row[0], windows.first(), windows.last()) else {
            continue;
        };
        let mean = windows.iter().map(|w| w.score).sum::<f64>() / windows.len() as f64;
        let mut span = Segment {
            start_s: first.start_s,
            end_s: last.end_s,
            llr: metadata.calibration.llr(mean),
        };
        // Windows may overlap; spans do not.
        if let Some(before) = spans.last_mut().filter(|s| s.end_s > span.start_s) {
            let middle = (before.end_s + span.start_s) / 2.0;
            (before.end_s, span.start_s) = (middle, middle);
        }
        spans.push(span);
    }
    spans
}

/// The likeliest span, as indices of windows, and what speaks against any.
struct Found {
    start: usize,
    end: usize,
    llr: f64,
}

/// Sums of the scores up to each window.
struct Sums<'a> {
    sums: Vec<f64>,
    rule: &'a PartRule,
    /// Of a mean over one window; windows of one voice are alike, so that they count for less than
    /// their number.
    variance: f64,
}

impl<'a> Sums<'a> {
    fn of(scores: impl Iterator<Item = f64>, rule: &'a PartRule) -> Self {
        let mut sum = 0.0;
        let sums = std::iter::once(0.0)
            .chain(scores.map(|score| {
                sum += score;
                sum
            }))
            .collect();
        Self {
            sums,
            rule,
            variance: rule.window_variance / rule.independence,
        }
    }

    fn windows(&self) -> usize {
        self.sums.len() - 1
    }

    fn mean(&self, start: usize, end: usize) -> f64 {
        (self.sums[end] - self.sums[start]) / (end - start) as f64
    }

    fn search(&self, least: usize) -> Option<Found> {
        let windows = self.windows();
        let mut best: Option<(f64, usize, usize)> = None;
        let mut of_lengths = LogMean::default();
        let mut length = least;
        while length < windows {
            let mut of_starts = LogMean::default();
            for start in 0..=windows - length {
                let end = start + length;
                let likelihood = self.part(start, end);
                of_starts.add(likelihood);
                if best.is_none_or(|(most, ..)| likelihood > most) {
                    best = Some((likelihood, start, end));
                }
            }
            of_lengths.add(of_starts.value());
            length = (length + 1).max((length as f64 * LENGTH_FACTOR) as usize);
        }
        let (_, start, end) = best?;
        let (start, end) = self.with_right_ends(start, end, least);
        Some(Found {
            start,
            end,
            // Of the accounts without a part the likelier one is to be beaten.
            llr: self.whole().max(0.0) - of_lengths.value(),
        })
    }

    /// Log likelihood of a human voice with a synthetic one from window `start` to before `end`,
    /// over that of one human voice. A part that scores higher than the rest is no clone.
    fn part(&self, start: usize, end: usize) -> f64 {
        let windows = self.windows() as f64;
        let (inside, total) = ((end - start) as f64, self.mean(0, self.windows()));
        let outside = windows - inside;
        let within = self.mean(start, end);
        let without = (total * windows - within * inside) / outside;
        if within >= without {
            return f64::NEG_INFINITY;
        }
        // What the scatter around two means is less than that around one.
        let both = inside * outside / windows;
        let gain = both * (within - without).powi(2) / (2.0 * self.variance)
            + 0.5 * (TAU * self.variance / both).ln();
        gain + self.log_density(within, inside, self.rule.spoof)
            + self.log_density(without, outside, self.rule.bona_fide)
            - self.log_density(total, windows, self.rule.bona_fide)
    }

    /// Log likelihood of one synthetic voice throughout, over that of one human voice.
    fn whole(&self) -> f64 {
        let (total, windows) = (self.mean(0, self.windows()), self.windows() as f64);
        self.log_density(total, windows, self.rule.spoof)
            - self.log_density(total, windows, self.rule.bona_fide)
    }

    /// Of a mean over so many windows of one voice.
    fn log_density(&self, mean: f64, windows: f64, level: Level) -> f64 {
        let variance = level.variance + self.variance / windows;
        -0.5 * ((TAU * variance).ln() + (mean - level.mean).powi(2) / variance)
    }

    /// Moves the ends by one window as long as that is likelier.
    fn with_right_ends(&self, start: usize, end: usize, least: usize) -> (usize, usize) {
        let (mut start, mut end, windows) = (start, end, self.windows());
        let mut most = self.part(start, end);
        loop {
            let moved = [
                (start.checked_sub(1), Some(end)),
                (Some(start + 1), Some(end)),
                (Some(start), end.checked_sub(1)),
                (Some(start), Some(end + 1)),
            ];
            let likeliest = moved
                .into_iter()
                .filter_map(|(start, end)| Some((start?, end?)))
                .filter(|&(start, end)| {
                    end <= windows && end >= start + least && end - start < windows
                })
                .map(|(start, end)| (self.part(start, end), start, end))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            match likeliest {
                Some((likelihood, s, e)) if likelihood > most => {
                    (most, start, end) = (likelihood, s, e);
                }
                _ => return (start, end),
            }
        }
    }
}

/// The logarithm of the mean of numbers that are given as logarithms.
#[derive(Default)]
struct LogMean {
    /// The largest so far, and the sum of all, over it.
    most: Option<f64>,
    sum: f64,
    count: usize,
}

impl LogMean {
    fn add(&mut self, log: f64) {
        self.count += 1;
        if log == f64::NEG_INFINITY {
            return;
        }
        match self.most {
            Some(most) if log <= most => self.sum += (log - most).exp(),
            Some(most) => {
                self.sum = self.sum * (most - log).exp() + 1.0;
                self.most = Some(log);
            }
            None => (self.most, self.sum) = (Some(log), 1.0),
        }
    }

    fn value(&self) -> f64 {
        match self.most {
            Some(most) => most + self.sum.ln() - (self.count as f64).ln(),
            None => f64::NEG_INFINITY,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) const RULE: PartRule = PartRule {
        least_s: 6.0,
        bona_fide: Level {
            mean: 1.0,
            variance: 0.4,
        },
        spoof: Level {
            mean: -2.0,
            variance: 2.0,
        },
        window_variance: 1.2,
        independence: 0.5,
    };

    /// Scores of one voice, one a second.
    pub(in super::super) fn voice(
        random: &mut fastrand::Rng,
        level: f64,
        windows: usize,
    ) -> Vec<f64> {
        // A sum of uniforms of variance 1.2.
        let scatter = |r: &mut fastrand::Rng| (0..4).map(|_| r.f64() * 1.9 - 0.95).sum::<f64>();
        (0..windows).map(|_| level + scatter(random)).collect()
    }

    fn search(scores: &[f64]) -> Option<Found> {
        Sums::of(scores.iter().copied(), &RULE).search(6)
    }

    #[test]
    fn a_clone_in_a_part_is_found_where_it_is() {
        let mut random = fastrand::Rng::with_seed(1);
        let human = voice(&mut random, 1.0, 60);
        assert!(search(&human).unwrap().llr > 0.0);

        let mut call = human;
        call.splice(20..35, voice(&mut random, -2.0, 15));
        let found = search(&call).unwrap();
        assert!(found.llr < -10.0, "{}", found.llr);
        assert!(found.start.abs_diff(20) <= 1 && found.end.abs_diff(35) <= 1);
    }

    #[test]
    fn a_whole_clone_is_no_part_and_a_high_part_is_no_clone() {
        let mut random = fastrand::Rng::with_seed(2);
        assert!(search(&voice(&mut random, -2.5, 60)).unwrap().llr > 0.0);
        let mut call = voice(&mut random, 0.5, 60);
        call.splice(20..35, voice(&mut random, 4.0, 15));
        // The rest is one low level beside a high one: no span of it is much lower.
        let found = search(&call).unwrap();
        assert!(found.end <= 20 || found.start >= 35, "{}", found.start);
    }

    #[test]
    fn a_longer_call_needs_more() {
        let mut random = fastrand::Rng::with_seed(3);
        let clone = voice(&mut random, -1.0, 10);
        let at = |windows: usize, random: &mut fastrand::Rng| {
            let mut call = voice(random, 1.0, windows);
            call.splice(20..30, clone.iter().copied());
            search(&call).unwrap().llr
        };
        assert!(at(60, &mut random) < at(3_000, &mut random));
    }

    #[test]
    fn too_few_windows_are_no_channel_to_search() {
        assert!(search(&[]).is_none());
        assert!(search(&[-3.0; 6]).is_none());
        assert!(search(&[-3.0; 7]).is_some());
        // Scores that are all alike have no part.
        assert!(search(&[0.0; 100]).unwrap().llr > 0.0);
    }

    #[test]
    fn the_mean_of_logarithms_does_not_overflow() {
        let mut mean = LogMean::default();
        assert_eq!(mean.value(), f64::NEG_INFINITY);
        for log in [-2_000.0, 2_000.0, f64::NEG_INFINITY, 2_000.0] {
            mean.add(log);
        }
        assert!((mean.value() - (2_000.0 + 0.5_f64.ln())).abs() < 1e-9);
    }
}
