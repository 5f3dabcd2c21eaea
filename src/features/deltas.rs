//! Time derivatives of features.

use ndarray::{Array2, ArrayView2, ArrayViewMut2};

/// Frames on each side that the regression spans: the HTK book's default (section 5.9).
const REACH: usize = 2;

/// Deltas: the slope of each feature over five frames, by linear regression, in feature units per
/// frame.
///
/// `d[t] = sum_n n (c[t+n] - c[t-n]) / (2 sum_n n^2)` for n = 1, 2; frames beyond an end repeat the
/// end frame. The shape stays `(frames, bins)`. Delta-deltas are the deltas of deltas.
#[must_use]
pub fn deltas(features: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut out = Array2::zeros(features.raw_dim());
    deltas_into(features, out.view_mut());
    out
}

pub(super) fn deltas_into(features: ArrayView2<'_, f32>, mut out: ArrayViewMut2<'_, f32>) {
    let norm: f64 = 2.0 * (1..=REACH).map(|n| (n * n) as f64).sum::<f64>();
    let last = features.nrows().saturating_sub(1);
    for (t, mut row) in out.outer_iter_mut().enumerate() {
        for (b, slot) in row.iter_mut().enumerate() {
            let slope: f64 = (1..=REACH)
                .map(|n| {
                    let after = f64::from(features[[(t + n).min(last), b]]);
                    let before = f64::from(features[[t.saturating_sub(n), b]]);
                    n as f64 * (after - before)
                })
                .sum();
            *slot = (slope / norm) as f32;
        }
    }
}
