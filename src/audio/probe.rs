//! Finding the container and its audio track.

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use super::codec;
use super::source::Source;
use crate::{Error, Result};

/// Opens the container.
pub(crate) fn container(source: Source, extension: Option<&str>) -> Result<Box<dyn FormatReader>> {
    let mut hint = Hint::new();
    if let Some(extension) = extension {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(
        source.into_media_source(),
        MediaSourceStreamOptions::default(),
    );
    symphonia::default::get_probe()
        .probe(
            &hint,
            stream,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(probe_error)
}

/// ffmpeg's name of the container, the one that people know.
pub(crate) fn name(format: &dyn FormatReader) -> &'static str {
    match format.format_info().short_name {
        "wave" => "wav",
        "isomp4" => "mov",
        "mkv" => "matroska",
        other => other,
    }
}

/// The container's audio: the default track, else the first.
pub(crate) fn track(format: &dyn FormatReader) -> Result<(&Track, &AudioCodecParameters)> {
    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(|| Error::UnsupportedFormat {
            reason: "it holds no audio track of a known codec".into(),
        })?;
    match &track.codec_params {
        Some(CodecParameters::Audio(params)) => Ok((track, params)),
        _ => Err(codec::unsupported("unknown")),
    }
}

fn probe_error(e: SymphoniaError) -> Error {
    match e {
        SymphoniaError::Unsupported("core (probe): no suitable format reader found") => {
            Error::UnsupportedFormat {
                reason: "its bytes are of no known container; if it is a telephone recording \
                         without a header, say which raw codec and sample rate it has"
                    .into(),
            }
        }
        SymphoniaError::Unsupported("isomp4: missing moov atom") => Error::Malformed {
            reason: "the MP4's index (moov) is missing: the recording was cut short before it \
                     was written, or is read from a pipe"
                .into(),
        },
        SymphoniaError::Unsupported(what) => Error::UnsupportedFormat {
            reason: what.into(),
        },
        e => Error::Malformed {
            reason: e.to_string(),
        },
    }
}
