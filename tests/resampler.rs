//! Resamplers share what makes them large. Each gives what it gives alone, to the last bit.
#![allow(clippy::unwrap_used)]

use voxhumana::audio::Resampler;

/// More than there are before one changes hands.
const CHANNELS: usize = 40;

fn noise(seed: usize, samples: usize) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed as u64);
    (0..samples).map(|_| random.f32() - 0.5).collect()
}

fn alone(from: u32, channels: &[Vec<f32>]) -> Vec<Vec<u32>> {
    let mut resampler = Resampler::new(from, 16_000).unwrap();
    let resample = |channel: &Vec<f32>| {
        let mut out = Vec::new();
        resampler.push(channel, &mut out);
        resampler.finish(&mut out);
        bits(&out)
    };
    channels.iter().map(resample).collect()
}

fn bits(samples: &[f32]) -> Vec<u32> {
    samples.iter().map(|x| x.to_bits()).collect()
}

/// All of them in turn, a few samples each.
fn together(from: u32, channels: &[Vec<f32>], block: usize) -> Vec<Vec<u32>> {
    let new = || (Resampler::new(from, 16_000).unwrap(), Vec::new());
    let mut all: Vec<_> = channels.iter().map(|_| new()).collect();
    let longest = channels.iter().map(Vec::len).max().unwrap();
    for start in (0..longest).step_by(block) {
        for ((resampler, out), channel) in all.iter_mut().zip(channels) {
            let end = (start + block).min(channel.len());
            resampler.push(channel.get(start..end).unwrap_or_default(), out);
        }
    }
    let finish = |(resampler, out): &mut (Resampler, Vec<f32>)| {
        resampler.finish(out);
        bits(out)
    };
    all.iter_mut().map(finish).collect()
}

#[test]
fn what_others_resample_leaves_no_trace() {
    for (from, block) in [(8_000, 160), (44_100, 882), (48_000, 9_600)] {
        let seconds = |channel| from as usize + 501 * channel;
        let channels: Vec<_> = (0..CHANNELS).map(|c| noise(c, seconds(c))).collect();
        let expected = alone(from, &channels);
        assert_eq!(together(from, &channels, block), expected, "{from} Hz");
        // The same on several threads at once.
        std::thread::scope(|scope| {
            let halves = channels
                .chunks(CHANNELS / 4)
                .zip(expected.chunks(CHANNELS / 4));
            for (channels, expected) in halves {
                scope.spawn(move || assert_eq!(together(from, channels, block), expected));
            }
        });
    }
}
