//! A few numbers that describe the voice in a window of speech.

use ndarray::{Array1, Array2, Axis, Slice, aview1};

use super::cepstrum::dct_matrix;
use super::{FeatureExtractor, FrontEnd, PitchMeter};
use crate::Result;

/// Describes voices by the mean and the spread over time of their log spectrum, as cepstra, and by
/// their pitch, all on given axes.
pub(crate) struct VoiceTraits {
    extractor: FeatureExtractor,
    pitch: Option<Pitch>,
    /// From the mean of each band to the traits, `(traits, bands)`.
    of_mean: Array2<f64>,
    /// From the standard deviation of each band, `(traits, bands)`.
    of_spread: Array2<f64>,
}

struct Pitch {
    meter: PitchMeter,
    /// From the natural logarithm of the pitch in Hz to the traits.
    weights: Array1<f64>,
}

impl VoiceTraits {
    /// `front_end` gives log energies of bands, not normalised; each of `axes` weighs the cepstra
    /// c1 to `mean_cepstra` of the mean, then c0 to `spread_cepstra - 1` of the standard deviation,
    /// and, with `pitch`, the natural logarithm of the median pitch at last.
    pub(crate) fn new(
        front_end: FrontEnd,
        mean_cepstra: usize,
        spread_cepstra: usize,
        pitch: bool,
        axes: &[Vec<f64>],
    ) -> Result<Self> {
        let bands = front_end.bands;
        let cepstra = mean_cepstra + spread_cepstra;
        let weights = Array2::from_shape_fn((axes.len(), cepstra + 1), |(i, j)| {
            axes[i].get(j).copied().unwrap_or(0.0)
        });
        let (of_mean, rest) = weights.view().split_at(Axis(1), mean_cepstra);
        let (of_spread, of_pitch) = rest.split_at(Axis(1), spread_cepstra);
        let pitch = match pitch {
            true => Some(Pitch {
                meter: PitchMeter::new(front_end.sample_rate_hz)?,
                weights: of_pitch.column(0).to_owned(),
            }),
            false => None,
        };
        let mean = dct_matrix(mean_cepstra + 1, bands)?;
        let spread = dct_matrix(spread_cepstra, bands)?;
        Ok(Self {
            extractor: FeatureExtractor::new(front_end)?,
            pitch,
            of_mean: of_mean.dot(&mean.slice_axis(Axis(0), Slice::from(1..))),
            of_spread: of_spread.dot(&spread),
        })
    }

    /// What is heard in a window: the traits by its spectrum, and, where the pitch counts, the
    /// logarithm of it at last, NaN where there is none.
    pub(crate) fn hear(&mut self, window: &[f32]) -> Result<Vec<f64>> {
        let log_energies = self.extractor.extract(window)?.mapv(f64::from);
        let by_spectrum = if log_energies.nrows() == 0 {
            Array1::zeros(self.of_mean.nrows())
        } else {
            let mean = log_energies.sum_axis(Axis(0)) / log_energies.nrows() as f64;
            let spread = log_energies.std_axis(Axis(0), 0.0);
            self.of_mean.dot(&mean) + self.of_spread.dot(&spread)
        };
        let log_pitch = self.pitch.as_ref().map(|pitch| {
            let hz = pitch.meter.median_hz(window);
            hz.map_or(f64::NAN, |hz| f64::from(hz).ln())
        });
        Ok(by_spectrum.into_iter().chain(log_pitch).collect())
    }

    /// The traits of all windows of a recording, a row each, from what was heard in them, one after
    /// another. A window without pitch takes the mean of the others', which says nothing.
    pub(crate) fn together(&self, heard: &[f64]) -> Array2<f64> {
        let traits = self.of_mean.nrows();
        let wide = traits + usize::from(self.pitch.is_some());
        let rows = heard.chunks_exact(wide);
        let mut out = Array2::zeros((rows.len(), traits));
        let log_pitches = rows.clone().filter_map(|row| row.get(traits).copied());
        let (sum, count) = log_pitches
            .filter(|x| x.is_finite())
            .fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
        for (row, mut out) in rows.zip(out.rows_mut()) {
            out.assign(&aview1(&row[..traits]));
            if let (Some(pitch), Some(&own)) = (&self.pitch, row.get(traits)) {
                let from_mean = own - sum / count;
                if from_mean.is_finite() {
                    out.scaled_add(from_mean, &pitch.weights);
                }
            }
        }
        out
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
        let mut traits = VoiceTraits::new(front_end, 2, 2, false, &axes).unwrap();
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
        let [a, b, c] = [&noise, &quiet, &dull].map(|x| traits.hear(x).unwrap());
        assert!(
            a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-3),
            "{a:?} {b:?}"
        );
        // Falling energies: c1 of the dull one is higher.
        assert!(c[0] > a[0] + 5.0, "{a:?} {c:?}");
    }

    #[test]
    fn pitch_counts_where_there_is_one() {
        let front_end = FrontEnd::log_linear(16_000);
        let axes = vec![vec![0.0, 0.0, 2.0], vec![0.0, 1.0, 0.0]];
        let mut traits = VoiceTraits::new(front_end, 1, 1, true, &axes).unwrap();
        let voice = |hz: f32| -> Vec<f32> {
            let at = |i: u32| i as f32 * hz * std::f32::consts::TAU / 16_000.0;
            (0..16_000).map(|i| at(i).sin().powi(5)).collect()
        };
        let mut heard = Vec::new();
        for window in [voice(100.0), voice(200.0), vec![0.0; 16_000]] {
            heard.extend(traits.hear(&window).unwrap());
        }
        let rows = traits.together(&heard);
        assert_eq!(rows.dim(), (3, 2));
        let octave = rows[[1, 0]] - rows[[0, 0]];
        assert!((octave - 2.0 * 2.0_f64.ln()).abs() < 0.05, "{octave}");
        // Silence lies in the middle.
        assert_eq!(rows[[2, 0]], 0.0);
        assert!((rows[[0, 0]] + rows[[1, 0]]).abs() < 1e-9);
        // And where nothing has a pitch, it says nothing.
        let silent: Vec<f64> = heard[6..].repeat(2);
        assert!(traits.together(&silent).iter().all(|x| x.is_finite()));
    }
}
