//! Headerless telephone audio, guessed by statistics.

use super::codec::RawCodec;
use super::options::RawFormat;

/// Samples of a block that is judged on its own, so that a burst cannot outweigh all others.
const BLOCK: usize = 256;

/// Blocks that must be loud enough to be judged.
const MIN_BLOCKS: usize = 4;

/// Least mean square of a block that is judged, on the scale of 16 bits: above an idle line.
const MIN_POWER: f64 = 400.0;

/// Most that neighbouring samples differ, as a share of what unrelated ones would. Speech at 8 kHz
/// has 0.05 to 0.5, noise and other codecs about 1.
const MAX_ROUGHNESS: f64 = 0.65;

/// What telephone systems seldom write has to be smoother by this factor than what they do.
const SELDOM: f64 = 0.8;

/// The rate of telephone audio, which the bytes do not tell, Hz.
const RATE_HZ: u32 = 8_000;

/// A way to read bytes as samples.
enum Reading {
    As(RawFormat),
    /// One that is not read here: ffmpeg's name of it, and one for people.
    Other(&'static str, &'static str),
}

/// The codec under which the bytes are smoothest, if under one they are smooth as speech is.
pub(crate) fn headerless(bytes: &[u8]) -> Option<RawFormat> {
    match smoothest(bytes)? {
        Reading::As(format) => Some(format),
        Reading::Other(..) => None,
    }
}

/// Samples that are smoothest in a way that is not read here: ffmpeg's name of it, and one for
/// people.
pub(crate) fn other(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    match smoothest(bytes)? {
        Reading::Other(name, words) => Some((name, words)),
        Reading::As(_) => None,
    }
}

fn smoothest(bytes: &[u8]) -> Option<Reading> {
    let words = |read: fn([u8; 2]) -> i16| {
        let pairs = bytes.chunks_exact(2);
        pairs.map(move |b| f64::from(read([b[0], b[1]])))
    };
    let slin = || words(i16::from_le_bytes);
    let format = |codec, channels| {
        Reading::As(RawFormat {
            codec,
            sample_rate_hz: RATE_HZ,
            channels,
        })
    };
    let unsigned = bytes.iter().map(|&b| (f64::from(b) - 128.0) * 256.0);
    let usual = [
        (RawCodec::Mulaw, roughness(bytes.iter().map(|&b| mulaw(b)))),
        (RawCodec::Alaw, roughness(bytes.iter().map(|&b| alaw(b)))),
        (RawCodec::Slin, roughness(slin())),
    ];
    let usual = usual.map(|(codec, r)| (format(codec, 1), r));
    let seldom = [
        (format(RawCodec::Slin, 2), roughness(slin().step_by(2))),
        (
            Reading::Other("u8", "unsigned samples of 8 bits"),
            roughness(unsigned),
        ),
        (
            Reading::Other("s16be", "big-endian samples of 16 bits"),
            roughness(words(i16::from_be_bytes)),
        ),
    ];
    let seldom = seldom.map(|(reading, r)| (reading, r.map(|r| r / SELDOM)));
    let readings = usual.into_iter().chain(seldom);
    let smooth = readings.filter_map(|(reading, r)| Some((reading, r?)));
    let (reading, roughness) = smooth.min_by(|a, b| a.1.total_cmp(&b.1))?;
    (roughness < MAX_ROUGHNESS).then_some(reading)
}

/// How much neighbouring samples differ: 0 for the same, 1 for unrelated ones; the middle one of
/// all blocks.
fn roughness(samples: impl Iterator<Item = f64>) -> Option<f64> {
    let samples: Vec<f64> = samples.collect();
    let mut blocks: Vec<f64> = samples.chunks_exact(BLOCK).filter_map(of_block).collect();
    blocks.sort_by(f64::total_cmp);
    (blocks.len() >= MIN_BLOCKS).then(|| blocks[blocks.len() / 2])
}

fn of_block(block: &[f64]) -> Option<f64> {
    let n = block.len() as f64;
    let mean = block.iter().sum::<f64>() / n;
    let power = block.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let steps = block.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum::<f64>() / n;
    (power >= MIN_POWER).then(|| steps / (2.0 * power))
}

/// G.711 mu-law, on the scale of 16 bits.
fn mulaw(byte: u8) -> f64 {
    let byte = !byte;
    let size = (((i32::from(byte & 15) << 3) + 132) << (byte >> 4 & 7)) - 132;
    f64::from(if byte & 0x80 == 0 { size } else { -size })
}

/// G.711 A-law, on the scale of 16 bits.
fn alaw(byte: u8) -> f64 {
    let byte = byte ^ 0x55;
    let step = i32::from(byte & 15) << 4;
    let size = match byte >> 4 & 7 {
        0 => step + 8,
        exponent => (step + 264) << (exponent - 1),
    };
    f64::from(if byte & 0x80 == 0 { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A voice of harmonics that come and go.
    fn voice() -> Vec<i16> {
        let sample = |i: u32| {
            let t = f64::from(i) / 8_000.0;
            let wave =
                |k: u32| (f64::from(k) * 140.0 * t * std::f64::consts::TAU).sin() / f64::from(k);
            let sum: f64 = (1..12).map(wave).sum();
            (sum * 6_000.0 * (t * 5.0).sin().abs()) as i16
        };
        (0..16_000).map(sample).collect()
    }

    fn coded(law: fn(u8) -> f64) -> Vec<u8> {
        let nearest = |x: i16| {
            let distance = |b: &u8| (law(*b) - f64::from(x)).abs();
            (0..=255)
                .min_by(|a, b| distance(a).total_cmp(&distance(b)))
                .unwrap()
        };
        voice().into_iter().step_by(2).map(nearest).collect()
    }

    #[test]
    fn each_codec_is_told_from_the_others_and_from_noise() {
        let codec = |bytes: &[u8]| headerless(bytes).map(|format| format.codec);
        let slin: Vec<u8> = voice().iter().flat_map(|x| x.to_le_bytes()).collect();
        assert_eq!(codec(&slin), Some(RawCodec::Slin));
        let voice = voice();
        let stereo: Vec<u8> = (0..16_000)
            .flat_map(|i| [voice[i], voice[15_999 - i]])
            .flat_map(i16::to_le_bytes)
            .collect();
        assert_eq!(headerless(&stereo).map(|format| format.channels), Some(2));
        let big: Vec<u8> = voice.iter().flat_map(|x| x.to_be_bytes()).collect();
        assert_eq!(
            (codec(&big), other(&big).map(|of| of.0)),
            (None, Some("s16be"))
        );
        let bytes: Vec<u8> = voice.iter().map(|x| ((x >> 8) + 128) as u8).collect();
        assert_eq!(
            (codec(&bytes), other(&bytes).map(|of| of.0)),
            (None, Some("u8"))
        );
        assert_eq!(codec(&coded(mulaw)), Some(RawCodec::Mulaw));
        assert_eq!(codec(&coded(alaw)), Some(RawCodec::Alaw));
        let mut random = fastrand::Rng::with_seed(1);
        let noise: Vec<u8> = (0..32_000).map(|_| random.u8(..)).collect();
        assert_eq!(codec(&noise), None);
        assert_eq!(codec(&[0x55; 32_000]), None);
    }
}
