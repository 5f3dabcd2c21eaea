//! Float recordings whose full scale is not 1: samples of 16 bits written as numbers to 32768, or
//! mixes that go beyond 1 without being clipped.

use super::decoder::{BlockDecoder, StreamFormat};
use super::source::Source;
use super::unread::Unread;
use crate::Result;

/// Share of samples that may be beyond full scale: peaks of a loud mix, or a few broken values.
const MAX_BEYOND: f64 = 1e-4;

/// Highest full scale that is believed, as a power of two: beyond it, values are broken.
const MAX_BITS: usize = 32;

/// Samples of a stream, which is read once, that are looked at in advance: 16 MiB.
const MAX_AHEAD: usize = 1 << 22;

/// Counts how large samples are.
struct Sizes {
    samples: u64,
    /// Samples beyond each power of two, from 2^0 on, that are not beyond the next one.
    beyond: [u64; MAX_BITS + 1],
}

impl Sizes {
    fn new() -> Self {
        Self {
            samples: 0,
            beyond: [0; MAX_BITS + 1],
        }
    }

    fn add(&mut self, planes: &[Vec<f32>]) {
        for &x in planes.iter().flatten() {
            let size = x.abs();
            self.samples += u64::from(size > 0.0);
            if size > 1.0 && size.is_finite() {
                // 2^k < size <= 2^(k + 1)
                let k = size.log2().ceil() as usize - 1;
                self.beyond[k.min(MAX_BITS)] += 1;
            }
        }
    }

    /// The least power of two that nearly all samples keep, if 1 is not.
    fn full_scale(&self) -> Option<f64> {
        let allowed = (self.samples as f64 * MAX_BEYOND) as u64;
        let mut beyond: u64 = self.beyond.iter().sum();
        let mut bits = 0;
        while beyond > allowed && bits <= MAX_BITS {
            beyond -= self.beyond[bits];
            bits += 1;
        }
        (1..=MAX_BITS)
            .contains(&bits)
            .then(|| 2_f64.powi(bits as i32))
    }
}

/// Whether samples of this format can go beyond 1.
pub(crate) fn can_be_beyond(format: &StreamFormat) -> bool {
    format.codec.starts_with("pcm_f")
}

/// A decoder whose samples are brought to a full scale of 1.
pub(crate) struct Scaled {
    inner: Box<dyn BlockDecoder>,
    format: StreamFormat,
    factor: f32,
    /// Decoded in advance.
    ahead: Option<Vec<Vec<f32>>>,
}

/// Brings a recording to a full scale of 1; `again` opens it once more, where it can be.
pub(crate) fn scaled(
    mut inner: Box<dyn BlockDecoder>,
    again: Option<impl FnOnce() -> Result<Box<dyn BlockDecoder>>>,
) -> Result<Box<dyn BlockDecoder>> {
    let mut planes = vec![Vec::new(); inner.format().channels];
    let mut sizes = Sizes::new();
    if let Some(again) = again {
        while inner.next_packet(&mut planes)? {
            sizes.add(&planes);
            planes.iter_mut().for_each(Vec::clear);
        }
        return Ok(with_scale(again()?, sizes.full_scale(), None));
    }
    let most = MAX_AHEAD / planes.len().max(1);
    while planes.first().is_some_and(|plane| plane.len() < most) {
        if !inner.next_packet(&mut planes)? {
            break;
        }
    }
    sizes.add(&planes);
    Ok(with_scale(inner, sizes.full_scale(), Some(planes)))
}

fn with_scale(
    inner: Box<dyn BlockDecoder>,
    full_scale: Option<f64>,
    ahead: Option<Vec<Vec<f32>>>,
) -> Box<dyn BlockDecoder> {
    if full_scale.is_none() && ahead.is_none() {
        return inner;
    }
    let mut format = inner.format().clone();
    format.facts.full_scale = full_scale;
    Box::new(Scaled {
        factor: full_scale.map_or(1.0, |scale| 1.0 / scale as f32),
        inner,
        format,
        ahead,
    })
}

impl BlockDecoder for Scaled {
    fn format(&self) -> &StreamFormat {
        &self.format
    }

    fn next_packet(&mut self, planes: &mut [Vec<f32>]) -> Result<bool> {
        let before = planes.first().map_or(0, Vec::len);
        let more = match self.ahead.take() {
            Some(ahead) => {
                for (plane, samples) in planes.iter_mut().zip(ahead) {
                    plane.extend(samples);
                }
                true
            }
            None => self.inner.next_packet(planes)?,
        };
        if self.format.facts.full_scale.is_some() {
            for x in planes.iter_mut().flat_map(|plane| &mut plane[before..]) {
                *x *= self.factor;
            }
        }
        Ok(more)
    }

    fn damaged(&self) -> bool {
        self.inner.damaged()
    }

    fn unread(&self) -> Vec<Unread> {
        self.inner.unread()
    }

    fn rest(&mut self) -> Option<Source> {
        self.inner.rest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_scale_is_the_power_of_two_that_nearly_all_samples_keep() {
        let scale = |samples: Vec<f32>| {
            let mut sizes = Sizes::new();
            sizes.add(&[samples]);
            sizes.full_scale()
        };
        let sine = |peak: f32| (0..20_000).map(|i| (i as f32 * 0.1).sin() * peak).collect();
        assert_eq!(scale(sine(1.0)), None);
        assert_eq!(scale(sine(1.5)), Some(2.0));
        assert_eq!(scale(sine(10.0)), Some(16.0));
        assert_eq!(scale(sine(32_768.0)), Some(32_768.0));
        assert_eq!(scale(vec![-32_768.0; 9]), Some(32_768.0));
        let mut broken: Vec<f32> = sine(0.5);
        broken[7] = 1e30;
        broken[9] = f32::INFINITY;
        assert_eq!(scale(broken), None);
        assert_eq!(scale(vec![1e30; 9]), None);
    }
}
