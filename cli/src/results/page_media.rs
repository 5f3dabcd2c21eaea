//! The sound of a recording for its page: a picture of it, and the sound itself.

use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::Path;

use voxhumana::features::{self, Spectrogram};
use voxhumana::report::html::EmbeddedAudio;
use voxhumana::{AudioReader, DecodeOptions, Error, RecordingReport, Result};

/// Largest recording that is put into a page, bytes: seventy minutes of a call in G.711, both
/// sides. A page takes four times as much memory while it is written, on each processor, and as
/// much again in the reader's browser.
const MAX_EMBEDDED_BYTES: u64 = 64 << 20;

/// The spectrogram of each channel that was scored.
pub fn spectrograms(
    path: &Path,
    options: &DecodeOptions,
    report: &RecordingReport,
) -> Result<Vec<Spectrogram>> {
    features::spectrograms(AudioReader::open(path, options)?, report.channels.len())
}

/// The recording for a browser: as it is if browsers play it, else as WAV; `None` if it is too
/// large.
pub fn embedded(
    path: &Path,
    options: &DecodeOptions,
    report: &RecordingReport,
) -> Result<Option<EmbeddedAudio>> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    // A browser may refuse a file that is cut short.
    match media_type(report).filter(|_| !report.truncated) {
        Some(_) if fs::metadata(path).map_err(io)?.len() > MAX_EMBEDDED_BYTES => Ok(None),
        Some(media_type) => {
            let mut bytes = Vec::new();
            let file = File::open(path).map_err(io)?;
            file.take(MAX_EMBEDDED_BYTES)
                .read_to_end(&mut bytes)
                .map_err(io)?;
            Ok(Some(EmbeddedAudio { media_type, bytes }))
        }
        None => as_wav(path, options, report),
    }
}

/// The media type, if today's browsers play the format.
fn media_type(report: &RecordingReport) -> Option<&'static str> {
    let input = &report.input;
    match (input.container.as_str(), input.codec.as_str()) {
        ("wav", "pcm_u8" | "pcm_s16le" | "pcm_s24le" | "pcm_f32le" | "pcm_mulaw" | "pcm_alaw") => {
            Some("audio/wav")
        }
        ("mp3" | "mpa", "mp3") => Some("audio/mpeg"),
        ("flac", "flac") => Some("audio/flac"),
        ("ogg", "vorbis" | "opus") => Some("audio/ogg"),
        ("mov", "aac") => Some("audio/mp4"),
        ("matroska", "vorbis" | "opus") => Some("audio/webm"),
        _ => None,
    }
}

/// The decoded samples as WAV with 16 bits.
fn as_wav(
    path: &Path,
    options: &DecodeOptions,
    report: &RecordingReport,
) -> Result<Option<EmbeddedAudio>> {
    let mut audio = AudioReader::open(path, options)?;
    let seconds = report.duration_s.ceil() as u64;
    let bytes_a_second = 2 * audio.channels() as u64 * u64::from(audio.sample_rate_hz());
    if seconds.saturating_mul(bytes_a_second) > MAX_EMBEDDED_BYTES {
        return Ok(None);
    }
    let spec = hound::WavSpec {
        channels: audio.channels() as u16,
        sample_rate: audio.sample_rate_hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let failed = |error: hound::Error| Error::Io {
        path: path.to_owned(),
        source: std::io::Error::other(error),
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut wav = hound::WavWriter::new(&mut bytes, spec).map_err(failed)?;
    let mut block = Vec::new();
    while audio.next_block(&mut block)? {
        for frame in 0..block.first().map_or(0, Vec::len) {
            for channel in &block {
                let sample = (channel[frame] * 32_768.0).round();
                wav.write_sample(sample.clamp(-32_768.0, 32_767.0) as i16)
                    .map_err(failed)?;
            }
        }
    }
    wav.finalize().map_err(failed)?;
    Ok(Some(EmbeddedAudio {
        media_type: "audio/wav",
        bytes: bytes.into_inner(),
    }))
}
