//! A clone that takes turns with a human voice in one channel, where the two sound too much alike
//! to be told apart: by the scores alone.
//!
//! A part of a channel is one span; a call that was mixed to one channel has many, and what lies
//! around one of them is no human voice but the next turn. So this is one more account of a channel
//! beside those of [`part`](super::part): two voices, a human and a synthetic one, take turns, each
//! with a level of its own. It is a hidden Markov model (Rabiner 1989) of two states; its levels
//! are the likeliest given where those of voices lie, found by expectation and maximisation, and
//! its likelihood is the mean over all levels, by Laplace's approximation.

use std::f64::consts::TAU;

use crate::model::{Level, PartRule};

/// Seconds of speech that a turn lasts, the mean.
const TURN_S: f64 = 8.0;
/// Shares of the windows below the first border between the two levels, from each of which the
/// search starts: it finds the best near by.
const STARTS: [f64; 4] = [0.15, 0.3, 0.5, 0.7];
/// Steps of the search; it is at rest long before.
const MAX_STEPS: usize = 30;
/// A search whose levels move by less is at rest.
const AT_REST: f64 = 1e-4;

/// Two voices that take turns.
pub(super) struct Turns {
    /// Natural-log likelihood ratio, one voice over two of which one is synthetic.
    pub(super) llr: f64,
    /// Which windows are the synthetic voice's.
    pub(super) synthetic: Vec<bool>,
}

/// The best account of `scores`, one for each window in a row, `hop_s` apart; each voice has at
/// least `least` windows. `None` where there is none.
pub(super) fn find(scores: &[f64], rule: &PartRule, hop_s: f64, least: usize) -> Option<Turns> {
    let model = Model {
        change: (hop_s / TURN_S).clamp(0.001, 0.5),
        variance: rule.window_variance / rule.independence,
        levels: [rule.bona_fide, rule.spoof],
    };
    let found = STARTS
        .into_iter()
        .filter_map(|share| model.search(scores, share, least as f64))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let (evidence, synthetic) = found?;
    let one = model.levels.map(|level| model.one_voice(scores, level));
    Some(Turns {
        llr: one[0].max(one[1]) - evidence,
        synthetic,
    })
}

/// What is known before a channel is looked at; of pairs, the first is of the human voice.
struct Model {
    /// Chance that the next window is the other voice's.
    change: f64,
    /// Of a window's score about its voice's level.
    variance: f64,
    /// How the levels of voices are distributed.
    levels: [Level; 2],
}

impl Model {
    /// Log likelihood of one voice whose level is unknown.
    fn one_voice(&self, scores: &[f64], level: Level) -> f64 {
        let count = scores.len() as f64;
        let mean = scores.iter().sum::<f64>() / count;
        let scatter: f64 = scores.iter().map(|score| (score - mean).powi(2)).sum();
        let of_mean = self.variance / count;
        let all = level.variance + of_mean;
        -0.5 * (count * (TAU * self.variance).ln() + scatter / self.variance)
            + 0.5 * (TAU * of_mean).ln()
            - 0.5 * ((TAU * all).ln() + (mean - level.mean).powi(2) / all)
    }

    /// Log likelihood of two voices, and which windows are the second's, from two levels on either
    /// side of the score that a share of all lies below.
    fn search(&self, scores: &[f64], share: f64, least: f64) -> Option<(f64, Vec<bool>)> {
        let mut sorted = scores.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = sorted.split_at((sorted.len() as f64 * share) as usize);
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        let mut at = [mean(high), mean(low)];
        let mut read = self.read(scores, at)?;
        for _ in 0..MAX_STEPS {
            let next = self.likeliest(scores, &read);
            let moved = (0..2).map(|k| (next[k] - at[k]).abs()).fold(0.0, f64::max);
            at = next;
            read = self.read(scores, at)?;
            if moved < AT_REST {
                break;
            }
        }
        let counts = read.counts();
        if at[1] >= at[0] || counts[0] < least || counts[1] < least {
            return None;
        }
        let mut evidence = read.likelihood;
        for ((level, at), count) in self.levels.iter().zip(at).zip(counts) {
            let left = 1.0 / (1.0 / level.variance + count / self.variance);
            evidence -=
                0.5 * ((TAU * level.variance).ln() + (at - level.mean).powi(2) / level.variance);
            evidence += 0.5 * (TAU * left).ln();
        }
        let second = read.second.iter().map(|&second| second > 0.5).collect();
        Some((evidence, second))
    }

    /// The likeliest levels, where so much of each window is the second voice's.
    fn likeliest(&self, scores: &[f64], read: &Read) -> [f64; 2] {
        let mut sums = [0.0; 2];
        for (score, second) in scores.iter().zip(&read.second) {
            sums[0] += score * (1.0 - second);
            sums[1] += score * second;
        }
        let counts = read.counts();
        [0, 1].map(|k| {
            let level = self.levels[k];
            (level.mean / level.variance + sums[k] / self.variance)
                / (1.0 / level.variance + counts[k] / self.variance)
        })
    }

    /// Reads the scores forwards and backwards, with two known levels; `None` of numbers that are
    /// none.
    fn read(&self, scores: &[f64], at: [f64; 2]) -> Option<Read> {
        let stay = 1.0 - self.change;
        let step = |[a, b]: [f64; 2]| [a * stay + b * self.change, a * self.change + b * stay];
        let mut likelihood = 0.0;
        let mut before = [0.5, 0.5];
        // Of each window, how likely its score is under either voice, over the likelier one, and
        // how likely each voice is after it.
        let mut densities = Vec::with_capacity(scores.len());
        let mut forwards = Vec::with_capacity(scores.len());
        for score in scores {
            let log = at.map(|at| -0.5 * (score - at).powi(2) / self.variance);
            let most = log[0].max(log[1]);
            let density = log.map(|log| (log - most).exp());
            let joint = [before[0] * density[0], before[1] * density[1]];
            let sum = joint[0] + joint[1];
            if sum.is_nan() || sum <= 0.0 {
                return None;
            }
            likelihood += sum.ln() + most - 0.5 * (TAU * self.variance).ln();
            let here = joint.map(|x| x / sum);
            densities.push(density);
            forwards.push(here);
            before = step(here);
        }
        let mut second = vec![0.0; scores.len()];
        let mut behind = [1.0, 1.0];
        for i in (0..scores.len()).rev() {
            let both = [forwards[i][0] * behind[0], forwards[i][1] * behind[1]];
            second[i] = both[1] / (both[0] + both[1]);
            let next = step([behind[0] * densities[i][0], behind[1] * densities[i][1]]);
            behind = next.map(|x| x / (next[0] + next[1]));
        }
        Some(Read { likelihood, second })
    }
}

/// What scores say of two voices with known levels.
struct Read {
    /// Logarithm.
    likelihood: f64,
    /// Of each window, the chance that it is the second voice's.
    second: Vec<f64>,
}

impl Read {
    /// Windows of each voice.
    fn counts(&self) -> [f64; 2] {
        let second: f64 = self.second.iter().sum();
        [self.second.len() as f64 - second, second]
    }
}

#[cfg(test)]
mod tests {
    use super::super::part::tests::{RULE, voice};
    use super::*;

    fn llr(scores: &[f64]) -> f64 {
        find(scores, &RULE, 1.0, 6).map_or(f64::INFINITY, |turns| turns.llr)
    }

    #[test]
    fn turns_of_a_clone_are_found_that_no_single_part_shows() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut call = Vec::new();
        for turn in 0..20 {
            let level = if turn % 2 == 0 { 1.0 } else { -2.0 };
            call.extend(voice(&mut random, level, 6));
        }
        let found = find(&call, &RULE, 1.0, 6).unwrap();
        assert!(found.llr < -3.0, "{}", found.llr);
        let right = (0..120).filter(|&i| found.synthetic[i] == ((i / 6) % 2 == 1));
        assert!(right.count() > 105, "{:?}", found.synthetic);
    }

    #[test]
    fn one_voice_and_two_human_ones_are_no_clone() {
        let mut random = fastrand::Rng::with_seed(2);
        for level in [1.0, 0.0, -2.5] {
            let alone = voice(&mut random, level, 90);
            assert!(llr(&alone) > 0.0, "{level}: {}", llr(&alone));
        }
        let two: Vec<f64> = (0..16)
            .flat_map(|turn| voice(&mut random, if turn % 2 == 0 { 1.6 } else { 0.6 }, 5))
            .collect();
        assert!(llr(&two) > -2.0, "{}", llr(&two));
    }

    #[test]
    fn numbers_that_are_none_or_alike_or_few_decide_nothing() {
        assert!(find(&[], &RULE, 1.0, 6).is_none());
        assert!(find(&[f64::NAN; 40], &RULE, 1.0, 6).is_none());
        assert!(find(&[-3.0; 5], &RULE, 1.0, 6).is_none());
        assert!(llr(&[0.5; 100]) >= 0.0);
    }

    /// The likelihood of two voices is that of all sequences of them, one by one.
    #[test]
    fn all_sequences_of_voices_are_counted() {
        let model = Model {
            change: 0.2,
            variance: 1.5,
            levels: [RULE.bona_fide, RULE.spoof],
        };
        let (scores, at) = ([0.3_f64, -1.0, 2.0, -0.4], [1.0, -2.0]);
        let mut sum = 0.0;
        for sequence in 0..16_usize {
            let mut chance = 0.5;
            for (i, score) in scores.iter().enumerate() {
                let voice = sequence >> i & 1;
                if i > 0 {
                    let same = voice == (sequence >> (i - 1) & 1);
                    chance *= if same { 0.8 } else { 0.2 };
                }
                let square = (score - at[voice]).powi(2);
                chance *= (-0.5 * square / 1.5).exp() / (TAU * 1.5_f64).sqrt();
            }
            sum += chance;
        }
        let read = model.read(&scores, at).unwrap();
        assert!((read.likelihood - f64::ln(sum)).abs() < 1e-9);
    }
}
