//! A waveform brought to a level.

/// -100 dB of full scale, under the rounding of 16 bits: what is quieter holds no speech to bring
/// to a level.
const QUIETEST_RMS: f64 = 1e-5;

/// The samples times what brings their root mean square to `level_rms` (full scale 1.0). A waveform
/// below -100 dB is raised as if it were at -100 dB, so that silence stays silence.
#[must_use]
pub fn to_level(samples: &[f32], level_rms: f32) -> Vec<f32> {
    let gain = gain(samples, level_rms);
    samples
        .iter()
        .map(|&x| (gain * f64::from(x)) as f32)
        .collect()
}

/// The factor of [`to_level`].
pub(super) fn gain(samples: &[f32], level_rms: f32) -> f64 {
    let energy: f64 = samples.iter().map(|&x| f64::from(x).powi(2)).sum();
    let rms = (energy / samples.len().max(1) as f64).sqrt();
    f64::from(level_rms) / rms.max(QUIETEST_RMS)
}
