//! How loud a channel is in each band, one frame per 20 ms.

/// Bands of a frame, each 203 Hz wide, from 117 Hz to 1742 Hz: where the voice is loudest, and
/// inside the band of every telephone.
pub(in crate::speech) const BANDS: usize = 8;

/// Powers of the bands of one channel.
pub(in crate::speech) type BandPowers = [f32; BANDS];

/// What is below is no sound that speech detection would take for speech, dB: its least level.
pub(super) const AUDIBLE_DB: f32 = -34.0;

/// One frame of one channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub power: BandPowers,
    pub db: [f32; BANDS],
    pub total: f32,
    pub total_db: f32,
}

impl Frame {
    pub(super) fn new(power: BandPowers) -> Self {
        let total = power.iter().sum();
        Self {
            power,
            db: power.map(decibels),
            total,
            total_db: decibels(total),
        }
    }
}

fn decibels(power: f32) -> f32 {
    10.0 * power.max(1e-12).log10()
}

/// 10^(db / 10).
pub(super) fn power(db: f32) -> f32 {
    10.0_f32.powf(db / 10.0)
}
