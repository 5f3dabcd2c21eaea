//! A few numbers that describe the voice in a window of speech.

use ndarray::{Array1, Array2, Axis, Slice};

use super::cepstrum::dct_matrix;
use super::{FeatureExtractor, FrontEnd};
use crate::Result;

/// Describes voices by the mean and the spread over time of their log spectrum, as cepstra on given
/// axes.
pub(crate) struct VoiceTraits {
    extractor: FeatureExtractor,
    /// From the mean of each band to the traits, `(traits, bands)`.
    of_mean: Array2<f64>,
    /// From the standard deviation of each band, `(traits, bands)`.
    of_spread: Array2<f64>,
}

impl VoiceTraits {
    /// `front_end` gives log energies of bands, not normalised; each of `axes` weighs the cepstra
    /// c1 to `mean_cepstra` of the mean, then c0 to `spread_cepstra - 1` of the standard deviation.
    pub(crate) fn new(
        front_end: FrontEnd,
        mean_cepstra: usize,
        spread_cepstra: usize,
        axes: &[Vec<f64>],
    ) -> Result<Self> {
        let bands = front_end.bands;
        let weights =
            Array2::from_shape_fn((axes.len(), mean_cepstra + spread_cepstra), |(i, j)| {
                axes[i].get(j).copied().unwrap_or(0.0)
            });
        let (of_mean, of_spread) = weights.view().split_at(Axis(1), mean_cepstra);
        let mean = dct_matrix(mean_cepstra + 1, bands)?;
        let spread = dct_matrix(spread_cepstra, bands)?;
        Ok(Self {
            extractor: FeatureExtractor::new(front_end)?,
            of_mean: of_mean.dot(&mean.slice_axis(Axis(0), Slice::from(1..))),
            of_spread: of_spread.dot(&spread),
        })
    }

    /// The traits of a window.
    pub(crate) fn extract(&mut self, window: &[f32]) -> Result<Array1<f64>> {
        let log_energies = self.extractor.extract(window)?.mapv(f64::from);
        if log_energies.nrows() == 0 {
            return Ok(Array1::zeros(self.of_mean.nrows()));
        }
        let mean = log_energies.sum_axis(Axis(0)) / log_energies.nrows() as f64;
        let spread = log_energies.std_axis(Axis(0), 0.0);
        Ok(self.of_mean.dot(&mean) + self.of_spread.dot(&spread))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Normalisation;

    #[test]
    fn level_says_nothing_and_the_spectrum_does() {
        let front_end = FrontEnd {
            level_rms: None,
            log_floor: 1e-12,
            normalisation: Normalisation::None,
            ..FrontEnd::log_linear(16_000)
        };
        let axes = vec![vec![1.0, 0.0, 0.0, 0.0], vec![0.0, 0.5, 0.0, 2.0]];
        let mut traits = VoiceTraits::new(front_end, 2, 2, &axes).unwrap();
        let mut random = fastrand::Rng::with_seed(5);
        let noise: Vec<f32> = (0..16_000).map(|_| random.f32() - 0.5).collect();
        let quiet: Vec<f32> = noise.iter().map(|x| x * 0.1).collect();
        // A low-pass of one pole.
        let mut state = 0.0;
        let dull: Vec<f32> = noise
            .iter()
            .map(|x| {
                state += 0.1 * (x - state);
                state
            })
            .collect();
        let [a, b, c] = [&noise, &quiet, &dull].map(|x| traits.extract(x).unwrap());
        assert!((&a - &b).iter().all(|d| d.abs() < 1e-3), "{a} {b}");
        // Falling energies: c1 of the dull one is higher.
        assert!(c[0] > a[0] + 5.0, "{a} {c}");
    }
}
