//! Normalisation over time.

use ndarray::{Array1, ArrayViewMut2};

use super::Normalisation;

/// Smallest standard deviation divided by, in feature units: a constant bin becomes zeros, not
/// noise blown up.
const MIN_DEVIATION: f64 = 1e-5;

/// Normalises each bin (column) of a `(frames, bins)` matrix over its frames, in place.
///
/// The standard deviation is the population's (divisor `frames`), floored at 1e-5.
pub fn normalise(mut features: ArrayViewMut2<'_, f32>, normalisation: Normalisation) {
    if normalisation == Normalisation::None || features.nrows() == 0 {
        return;
    }
    let n = features.nrows() as f64;
    let mut mean = Array1::<f64>::zeros(features.ncols());
    for row in features.outer_iter() {
        mean.zip_mut_with(&row, |m, x| *m += f64::from(*x));
    }
    mean /= n;
    let mut factor = Array1::<f64>::ones(features.ncols());
    if normalisation == Normalisation::MeanVariance {
        let mut variance = Array1::<f64>::zeros(features.ncols());
        for row in features.outer_iter() {
            for ((v, x), m) in variance.iter_mut().zip(row).zip(&mean) {
                *v += (f64::from(*x) - m).powi(2);
            }
        }
        factor = variance.mapv(|v| (v / n).sqrt().max(MIN_DEVIATION).recip());
    }
    for mut row in features.outer_iter_mut() {
        for ((x, m), f) in row.iter_mut().zip(&mean).zip(&factor) {
            *x = ((f64::from(*x) - m) * f) as f32;
        }
    }
}
