//! Asks the container about its tracks.

use std::io::Cursor;

use super::describe::{ReadSeek, TrackInfo};
use super::{matroska, mp4};
use crate::audio::kind::Kind;
use crate::audio::source::{ByteReader, Section};

/// Bytes of a stream that are searched for the description.
const MAX_STREAM_BYTES: usize = 1 << 20;

/// The tracks in the order of the file; none where nothing is known.
pub(super) fn tracks(
    kind: Kind,
    reader: &mut ByteReader,
    section: Option<&Section>,
) -> Vec<TrackInfo> {
    let mut head;
    let mut file;
    let bytes: &mut dyn ReadSeek = match section {
        Some(section) => {
            file = section.from(0);
            &mut file
        }
        None => {
            head = Cursor::new(reader.peek(MAX_STREAM_BYTES).to_vec());
            &mut head
        }
    };
    let found = match kind {
        Kind::Mp4 => mp4::tracks(bytes),
        Kind::Matroska => matroska::tracks(bytes),
        _ => None,
    };
    found.unwrap_or_default()
}
