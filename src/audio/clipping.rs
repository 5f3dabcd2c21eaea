//! How much of a recording is clipped.

/// A sample at or above this magnitude is at full scale: the largest 16-bit, 24-bit and float
/// values.
const FULL_SCALE: f32 = 0.999;

/// The largest values of codecs that end below that: G.711 mu-law and A-law, and 8-bit upwards.
const CODEC_CEILINGS: [f32; 3] = [32_124.0 / 32_768.0, 32_256.0 / 32_768.0, 127.0 / 128.0];

/// Samples in a row at full scale from which on they count as clipped. Two may be a peak.
const MIN_RUN: u64 = 3;

/// Counts the clipped samples of one channel, block by block.
#[derive(Debug, Default)]
pub(crate) struct ClippingMeter {
    samples: u64,
    clipped: u64,
    run: u64,
}

impl ClippingMeter {
    /// Takes the next samples of the channel.
    pub(crate) fn push(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        for &x in samples {
            if x.abs() >= FULL_SCALE || CODEC_CEILINGS.contains(&x.abs()) {
                self.run += 1;
                match self.run {
                    MIN_RUN => self.clipped += MIN_RUN,
                    n if n > MIN_RUN => self.clipped += 1,
                    _ => {}
                }
            } else {
                self.run = 0;
            }
        }
    }

    /// Share of samples in runs of three or more at full scale, 0 to 1.
    pub(crate) fn share(&self) -> f64 {
        if self.samples == 0 {
            0.0
        } else {
            self.clipped as f64 / self.samples as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_runs_of_three_count_as_clipped() {
        let mut meter = ClippingMeter::default();
        meter.push(&[1.0, 1.0, 0.0, -1.0, 0.0]);
        assert_eq!(meter.share(), 0.0);
        // The run crosses a block border.
        meter.push(&[0.0, 1.0, 1.0]);
        meter.push(&[-1.0, 0.9995]);
        assert_eq!(meter.share(), 4.0 / 10.0);
        let mut mulaw = ClippingMeter::default();
        mulaw.push(&[32_124.0 / 32_768.0; 4]);
        mulaw.push(&[-32_124.0 / 32_768.0, 0.98, 0.98, 0.98]);
        assert_eq!(mulaw.share(), 5.0 / 8.0);
    }
}
