//! Brings what changes its format in the middle of a recording to the format of its start.

use super::resample::Resampler;
use crate::Result;

/// Sample rate in Hz, and channels.
pub(crate) type Format = (u32, usize);

/// Takes blocks of changing formats, gives those of one.
pub(crate) struct Adapter {
    to: Format,
    from: Format,
    resamplers: Vec<Resampler>,
    out: Vec<f32>,
}

impl Adapter {
    pub(crate) fn new(to: Format) -> Self {
        Self {
            to,
            from: to,
            resamplers: Vec::new(),
            out: Vec::new(),
        }
    }

    /// Whether a recording of this format can go on with the other: at any rate, with as many
    /// channels, or with one, which all channels get. More channels would have to be mixed, and two
    /// voices at once are harder to judge than each alone.
    pub(crate) fn takes(&self, (_, channels): Format) -> bool {
        channels == self.to.1 || channels == 1
    }

    /// Appends a block in the format `from`, which it [takes](Self::takes).
    pub(crate) fn push(
        &mut self,
        from: Format,
        block: &[Vec<f32>],
        planes: &mut [Vec<f32>],
    ) -> Result<()> {
        if from != self.from {
            self.finish(planes);
            self.from = from;
            if from.0 != self.to.0 {
                let each = (0..self.to.1).map(|_| Resampler::new(from.0, self.to.0));
                self.resamplers = each.collect::<Result<_>>()?;
            }
        }
        for (i, plane) in planes.iter_mut().enumerate() {
            let Some(samples) = block.get(i).or(block.first()) else {
                continue;
            };
            match self.resamplers.get_mut(i) {
                Some(resampler) => {
                    self.out.clear();
                    resampler.push(samples, &mut self.out);
                    plane.extend_from_slice(&self.out);
                }
                None => plane.extend_from_slice(samples),
            }
        }
        Ok(())
    }

    /// Appends what is still held back.
    pub(crate) fn finish(&mut self, planes: &mut [Vec<f32>]) {
        for (resampler, plane) in self.resamplers.iter_mut().zip(planes) {
            self.out.clear();
            resampler.finish(&mut self.out);
            plane.extend_from_slice(&self.out);
        }
        self.resamplers.clear();
        self.from = self.to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_rate_keeps_the_time_and_one_channel_becomes_two() {
        let mut adapter = Adapter::new((16_000, 2));
        let mut planes = vec![Vec::new(); 2];
        let block = |n: usize, x: f32| vec![vec![x; n]];
        assert!(adapter.takes((8_000, 1)) && !adapter.takes((16_000, 3)));
        adapter
            .push((16_000, 2), &[vec![0.1; 100], vec![0.2; 100]], &mut planes)
            .unwrap();
        for _ in 0..10 {
            adapter
                .push((8_000, 1), &block(800, 0.5), &mut planes)
                .unwrap();
        }
        adapter
            .push((16_000, 1), &block(50, 0.25), &mut planes)
            .unwrap();
        adapter.finish(&mut planes);
        assert_eq!(planes[0].len(), 100 + 16_000 + 50);
        assert_eq!(planes[1].len(), planes[0].len());
        assert!((planes[1][8_000] - 0.5).abs() < 1e-3);
        assert_eq!((planes[0][50], planes[1][50]), (0.1, 0.2));
        assert_eq!(planes[1].last(), Some(&0.25));
    }
}
