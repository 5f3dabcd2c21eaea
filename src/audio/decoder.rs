//! The interface of all decoders of recordings, whatever the container.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::source::Source;
use super::unread::Unread;
use crate::{Error, Result};

/// The format of a recording, known before its first block.
#[derive(Debug, Clone, Default)]
pub(crate) struct StreamFormat {
    pub(crate) container: String,
    pub(crate) codec: String,
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: usize,
    pub(crate) declared_frames: Option<u64>,
    /// Names of the channels, where the recording has several tracks.
    pub(crate) channel_names: Vec<String>,
    /// What is known of it beside.
    pub(crate) facts: Facts,
}

/// Facts about a recording that most do not have.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Facts {
    /// The value of full scale, where it is not 1.
    pub(crate) full_scale: Option<f64>,
    /// Seconds from midnight to the first sample, by broadcast WAV's `bext` chunk.
    pub(crate) time_reference_s: Option<f64>,
    /// Codec and rate are guessed from the bytes.
    pub(crate) guessed: bool,
    /// The program beside this one that decoded it.
    pub(crate) decoded_by: Option<&'static str>,
    /// Some of its tracks are not decoded.
    pub(crate) has_undecoded: bool,
}

/// A decoder of one recording.
pub(crate) trait BlockDecoder: Send {
    fn format(&self) -> &StreamFormat;
    /// Appends the next packet's samples to the planes; `false` at the end.
    fn next_packet(&mut self, planes: &mut [Vec<f32>]) -> Result<bool>;
    /// Whether damage was met so far.
    fn damaged(&self) -> bool;
    /// What was not read so far.
    fn unread(&self) -> Vec<Unread> {
        Vec::new()
    }
    /// The bytes behind the recording once it has ended, if they are to be had.
    fn rest(&mut self) -> Option<Source> {
        None
    }
}

/// Runs third-party code; a panic in it becomes an error.
pub(crate) fn guarded<T>(doing: &str, work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Error::Malformed {
        reason: format!("the decoder gave up while {doing}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_a_decoder_is_an_error() {
        let e = guarded("decoding", || panic!("index out of bounds")).unwrap_err();
        assert_eq!(
            e.to_string(),
            "damaged recording: the decoder gave up while decoding"
        );
    }
}
