//! The two voices of a call that was mixed to one channel, told apart by numbers that describe each
//! window.
//!
//! Two means along the first principal axis are where it starts; then windows go to the nearer mean
//! (k-means), and at last to the cheapest sequence of turns (Viterbi), where a change of voice has
//! a cost. If the two are too much alike in the end, it was one voice: any set of windows can be
//! cut in two whose means differ, but then the windows of each half differ nearly as much (Fisher's
//! ratio), or one half is a handful of strange ones.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::model::VoiceRule;

/// Steps of each part of the search; it is at rest long before.
const MAX_STEPS: usize = 20;
/// Steps of the power iteration to the first principal axis.
const AXIS_STEPS: usize = 50;
/// Windows on either side that a window is averaged with before the first split.
const NEIGHBOURS: usize = 1;

/// Which of two voices speaks in each window, `traits` of shape (windows, traits); `None` if it is
/// one voice. The first window's voice is `false`.
pub(super) fn tell_apart(traits: ArrayView2<'_, f64>, rule: &VoiceRule) -> Option<Vec<bool>> {
    if traits.nrows() < 2 {
        return None;
    }
    let smooth = smoothed(traits);
    let mut second = by_axis(smooth.view());
    for _ in 0..MAX_STEPS {
        let means = means(smooth.view(), &second)?;
        let nearer: Vec<bool> = smooth
            .rows()
            .into_iter()
            .map(|row| distance(row, &means[1]) < distance(row, &means[0]))
            .collect();
        if nearer == second {
            break;
        }
        second = nearer;
    }
    for _ in 0..MAX_STEPS {
        let turns = turns(traits, &means(traits, &second)?, rule.turn_cost);
        if turns == second {
            break;
        }
        second = turns;
    }
    // Numbers that are none decide nothing.
    let (distance, ratio) = contrast(traits, &second)?;
    let far_enough = rule.min_distance.is_none_or(|least| distance >= least)
        && rule.min_ratio.is_none_or(|least| ratio >= least);
    if !far_enough {
        return None;
    }
    let first = second[0];
    Some(second.into_iter().map(|voice| voice != first).collect())
}

/// Each row averaged with its neighbours.
fn smoothed(traits: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut out = Array2::zeros(traits.dim());
    let last = traits.nrows() - 1;
    for (i, mut row) in out.rows_mut().into_iter().enumerate() {
        for step in 0..=2 * NEIGHBOURS {
            // The rows at the ends stand for those beyond.
            let at = (i + step).saturating_sub(NEIGHBOURS).min(last);
            row += &traits.row(at);
        }
        row /= (2 * NEIGHBOURS + 1) as f64;
    }
    out
}

/// Which rows lie on the positive side of the first principal axis.
fn by_axis(rows: ArrayView2<'_, f64>) -> Vec<bool> {
    let mean = rows.sum_axis(Axis(0)) / rows.nrows() as f64;
    let centred = &rows - &mean;
    let covariance = centred.t().dot(&centred);
    // From the column of the largest variance, which is not at a right angle to the axis.
    let largest = (0..covariance.nrows())
        .max_by(|&a, &b| covariance[[a, a]].total_cmp(&covariance[[b, b]]))
        .unwrap_or(0);
    let mut axis = covariance.column(largest).to_owned();
    for _ in 0..AXIS_STEPS {
        let next = covariance.dot(&axis);
        let length = next.dot(&next).sqrt();
        if length <= f64::MIN_POSITIVE {
            break;
        }
        axis = next / length;
    }
    centred.dot(&axis).iter().map(|&x| x > 0.0).collect()
}

/// The mean of each voice; `None` if one has no window.
fn means(rows: ArrayView2<'_, f64>, second: &[bool]) -> Option<[Array1<f64>; 2]> {
    let counts = counts(second);
    if counts.contains(&0) {
        return None;
    }
    let mut sums = [(); 2].map(|()| Array1::zeros(rows.ncols()));
    for (row, &voice) in rows.rows().into_iter().zip(second) {
        sums[usize::from(voice)] += &row;
    }
    let [first, other] = sums;
    Some([first / counts[0] as f64, other / counts[1] as f64])
}

/// The squared distance of the means of two voices, less what chance makes of it, and the variance
/// that comes of it as a multiple of that of the windows about their means, along the line through
/// both means. `None` if one has no window.
fn contrast(rows: ArrayView2<'_, f64>, second: &[bool]) -> Option<(f64, f64)> {
    let means = means(rows, second)?;
    let counts = counts(second).map(|n| n as f64);
    let all = counts[0] + counts[1];
    let line = &means[1] - &means[0];
    let squared = line.dot(&line);
    // What two samples of one distribution would be apart by chance, the variance being 1.
    let by_chance = rows.ncols() as f64 * (1.0 / counts[0] + 1.0 / counts[1]);
    let within: f64 = rows
        .rows()
        .into_iter()
        .zip(second)
        .map(|(row, &voice)| (row.dot(&line) - means[usize::from(voice)].dot(&line)).powi(2))
        .sum();
    let distance = squared - by_chance;
    let between = distance * (counts[0] / all) * (counts[1] / all);
    Some((distance, between / (within / all / squared)))
}

fn counts(second: &[bool]) -> [usize; 2] {
    let of_second = second.iter().filter(|&&voice| voice).count();
    [second.len() - of_second, of_second]
}

fn distance(a: ArrayView1<'_, f64>, b: &Array1<f64>) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum()
}

/// The cheapest sequence of voices: half the squared distance of each window to its voice's mean
/// (the negative log likelihood of a unit normal distribution), and a cost for each change.
fn turns(rows: ArrayView2<'_, f64>, means: &[Array1<f64>; 2], change: f64) -> Vec<bool> {
    let mut cost = [0.0; 2];
    // For each window and voice, whether the voice before was the other one.
    let mut changed: Vec<[bool; 2]> = Vec::with_capacity(rows.nrows());
    for row in rows.rows() {
        let from_other = [0, 1].map(|voice| cost[1 - voice] + change < cost[voice]);
        let before = [0, 1].map(|voice| {
            if from_other[voice] {
                cost[1 - voice] + change
            } else {
                cost[voice]
            }
        });
        cost = [0, 1].map(|voice| before[voice] + distance(row, &means[voice]) / 2.0);
        changed.push(from_other);
    }
    let mut voice = usize::from(cost[1] < cost[0]);
    let mut second = vec![false; rows.nrows()];
    for (slot, changed) in second.iter_mut().zip(&changed).rev() {
        *slot = voice == 1;
        if changed[voice] {
            voice = 1 - voice;
        }
    }
    second
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> VoiceRule {
        VoiceRule {
            mean_cepstra: 2,
            spread_cepstra: 1,
            pitch: false,
            axes: vec![vec![1.0, 0.0, 0.0]; 4],
            min_distance: Some(9.0),
            min_ratio: None,
            turn_cost: 6.0,
            least_s: 6.0,
        }
    }

    /// Turns of `turn` windows by voices whose means are `apart` on the first axis.
    fn call(windows: usize, turn: usize, apart: f64) -> (Array2<f64>, Vec<bool>) {
        let mut random = fastrand::Rng::with_seed(3);
        let truth: Vec<bool> = (0..windows).map(|i| (i / turn) % 2 == 1).collect();
        let traits = Array2::from_shape_fn((windows, 4), |(i, axis)| {
            // Nearly a unit normal distribution.
            let noise: f64 = (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
            noise + if axis == 0 && truth[i] { apart } else { 0.0 }
        });
        (traits, truth)
    }

    #[test]
    fn two_voices_are_told_apart_and_one_stays_one() {
        let (traits, truth) = call(120, 4, 4.5);
        let found = tell_apart(traits.view(), &rule()).unwrap();
        let right = found.iter().zip(&truth).filter(|(a, b)| a == b).count();
        assert!(right >= 115, "{right} of 120");
        for windows in [2, 3, 10, 120] {
            let (one, _) = call(windows, windows, 0.0);
            assert_eq!(tell_apart(one.view(), &rule()), None, "{windows}");
        }
    }

    #[test]
    fn a_handful_of_strange_windows_is_no_voice() {
        let by_ratio = VoiceRule {
            min_distance: None,
            min_ratio: Some(3.0),
            ..rule()
        };
        let (traits, truth) = call(120, 4, 4.5);
        let found = tell_apart(traits.view(), &by_ratio).unwrap();
        let right = found.iter().zip(&truth).filter(|(a, b)| a == b).count();
        assert!(right >= 115, "{right} of 120");
        // Their mean lies further off than that of a second voice.
        let (mut one, _) = call(120, 120, 0.0);
        one.column_mut(0)
            .iter_mut()
            .skip(50)
            .take(4)
            .for_each(|x| *x += 8.0);
        assert!(tell_apart(one.view(), &rule()).is_some());
        assert_eq!(tell_apart(one.view(), &by_ratio), None);
        // Nor is the further half of a voice that drifts.
        let (mut drifting, _) = call(120, 120, 0.0);
        for (i, x) in drifting.column_mut(0).iter_mut().enumerate() {
            *x += i as f64 / 12.0;
        }
        assert!(tell_apart(drifting.view(), &rule()).is_some());
        let both = VoiceRule {
            min_ratio: Some(4.0),
            ..rule()
        };
        assert_eq!(tell_apart(drifting.view(), &both), None);
        assert!(tell_apart(traits.view(), &both).is_some());
    }

    #[test]
    fn the_ratio_is_of_variances() {
        // Along (0.6, 0.8): -1 and 1 of one voice, 9, 11 and 10 of the other.
        let at = [-1.0, 1.0, 9.0, 11.0, 10.0];
        let rows = Array2::from_shape_fn((5, 2), |(i, axis)| at[i] * [0.6, 0.8][axis]);
        let second = [false, false, true, true, true];
        let (distance, ratio) = contrast(rows.view(), &second).unwrap();
        let by_chance = 2.0 * (1.0 / 2.0 + 1.0 / 3.0);
        assert!((distance - (100.0 - by_chance)).abs() < 1e-9, "{distance}");
        // Between: distance * 2 * 3 / 25. Within: 4 / 5.
        assert!((ratio - distance * 0.24 / 0.8).abs() < 1e-9, "{ratio}");
    }

    #[test]
    fn odd_input_does_no_harm() {
        assert_eq!(tell_apart(Array2::zeros((0, 4)).view(), &rule()), None);
        assert_eq!(tell_apart(Array2::zeros((1, 4)).view(), &rule()), None);
        assert_eq!(tell_apart(Array2::zeros((50, 4)).view(), &rule()), None);
    }
}
