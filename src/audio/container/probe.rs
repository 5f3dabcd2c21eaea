//! Opening a container.

use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use crate::audio::source::Source;
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

fn probe_error(e: SymphoniaError) -> Error {
    match e {
        SymphoniaError::Unsupported("core (probe): no suitable format reader found") => {
            Error::UnsupportedFormat {
                reason: "its bytes are of no known container".into(),
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
