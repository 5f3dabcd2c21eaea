//! A recording as pictures.

use super::spectrogram::{Spectrogram, SpectrogramBuilder};
use crate::Result;
use crate::audio::{AudioReader, mix};

/// The spectrogram of each channel of a recording that was scanned; of the mean of all, where so
/// many were not scored.
///
/// ```
/// use voxhumana::{AudioReader, DecodeOptions};
///
/// let path = "examples/data/sample-call.wav";
/// let audio = AudioReader::open(path.as_ref(), &DecodeOptions::default())?;
/// assert_eq!(voxhumana::features::spectrograms(audio, 2)?.len(), 2);
/// # Ok::<_, voxhumana::Error>(())
/// ```
///
/// # Errors
///
/// Those of [`AudioReader::next_block`].
pub fn spectrograms(mut audio: AudioReader, channels: usize) -> Result<Vec<Spectrogram>> {
    let rate = audio.sample_rate_hz();
    let mut builders = (0..channels)
        .map(|_| SpectrogramBuilder::new(rate))
        .collect::<Result<Vec<_>>>()?;
    let mixed = channels < audio.channels();
    let (mut block, mut mean) = (Vec::new(), Vec::new());
    while audio.next_block(&mut block)? {
        let mut planes: Vec<&[f32]> = block.iter().map(Vec::as_slice).collect();
        if mixed {
            mix(&planes, &mut mean);
            planes = vec![&mean];
        }
        for (builder, samples) in builders.iter_mut().zip(planes) {
            builder.push(samples)?;
        }
    }
    builders
        .into_iter()
        .map(SpectrogramBuilder::finish)
        .collect()
}
