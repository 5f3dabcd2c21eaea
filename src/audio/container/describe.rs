//! What a container says about its audio tracks that symphonia does not pass on.

use std::io::{Read, Seek, SeekFrom};

use symphonia::core::codecs::audio::AudioCodecId;

use super::edits::Edits;
use crate::Result;
use crate::audio::layout::Layout;

/// How packets were changed that only a key brings back: no program decodes them.
pub(crate) const ENCRYPTED: &str = "encrypted in matroska";

/// A track of a container.
#[derive(Debug, Default)]
pub(super) struct TrackInfo {
    pub(super) id: u32,
    pub(super) is_audio: bool,
    pub(super) title: Option<String>,
    pub(super) language: Option<String>,
    /// The codec, where symphonia does not know it.
    pub(super) layout: Option<Result<Layout>>,
    /// The codec, where symphonia takes it for another.
    pub(super) really: Option<AudioCodecId>,
    /// Bytes that the container has taken off the start of every packet.
    pub(super) stripped: Vec<u8>,
    /// How packets were changed, where that is not undone here.
    pub(super) changed_by: Option<&'static str>,
    /// The codec's own header, where symphonia was given another.
    pub(super) header: Option<Box<[u8]>>,
    pub(super) edits: Edits,
    /// Positions of Ogg that run ahead of the sound throughout, and say nothing of what is missing.
    pub(super) runs_ahead: bool,
}

/// What is walked through.
pub(super) trait ReadSeek: Read + Seek {
    /// `n` bytes at `at`.
    fn read_at(&mut self, at: u64, n: usize) -> Option<Vec<u8>> {
        self.seek(SeekFrom::Start(at)).ok()?;
        let mut bytes = vec![0; n];
        self.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}

impl<T: Read + Seek> ReadSeek for T {}

/// A big-endian number.
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |n, &b| n << 8 | u64::from(b))
}
