//! AVI (Microsoft, "AVI RIFF File Reference"), as recorders of screens and interviews write it: the
//! chunks of its first track of sound, one behind the other.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::layout::Layout;
use super::riff::{Words, parse_format, read_exactly, skip};
use super::source::ByteReader;
use crate::{Error, Result};

/// Most chunks before the audio.
const MAX_CHUNKS: usize = 10_000;

/// Most bytes of a format.
const MAX_FORMAT_BYTES: u32 = 4_096;

/// The track that is read, and its chunks; `source` is left behind the header of `movi`.
pub(crate) fn read_header(mut source: ByteReader) -> Result<(Layout, Payload)> {
    let words = Words { big_endian: false };
    let _: [u8; 12] = read_exactly(&mut source)?;
    let (mut streams, mut is_audio, mut found) = (0_u8, false, None);
    for _ in 0..MAX_CHUNKS {
        let head: [u8; 8] = read_exactly(&mut source)?;
        let bytes = words.u32(&head, 4);
        let padded = u64::from(bytes) + u64::from(bytes % 2);
        match &head[..4] {
            b"LIST" => {
                let name: [u8; 4] = read_exactly(&mut source)?;
                match (&name, found.take()) {
                    (b"movi", Some((number, layout))) => {
                        return Ok((layout, Payload::new(source, number)));
                    }
                    (b"movi", None) => {
                        return Err(Error::UnsupportedFormat {
                            reason: "the AVI file holds no track of sound".into(),
                        });
                    }
                    // Its chunks are walked over as well.
                    (b"hdrl" | b"strl", before) => found = before,
                    (_, before) => {
                        found = before;
                        skip(&mut source, padded.saturating_sub(4))?;
                    }
                }
            }
            b"strh" => {
                is_audio = source.peek(4) == b"auds";
                streams = streams.saturating_add(1);
                skip(&mut source, padded)?;
            }
            b"strf" if is_audio && found.is_none() && bytes <= MAX_FORMAT_BYTES => {
                let format = source.peek(bytes as usize).to_vec();
                skip(&mut source, padded)?;
                found = Some((streams - 1, parse_format("avi", &format, &words)?));
            }
            _ => skip(&mut source, padded)?,
        }
    }
    Err(Error::LimitExceeded {
        what: "the number of chunks before the audio",
        value: MAX_CHUNKS as u64 + 1,
        limit: MAX_CHUNKS as u64,
    })
}

/// The bytes of one track.
pub(crate) struct Payload {
    source: ByteReader,
    /// Name of its chunks, e.g. `01wb`.
    name: [u8; 4],
    left: u64,
    padding: u64,
    others: Arc<AtomicU64>,
}

impl Payload {
    fn new(source: ByteReader, number: u8) -> Self {
        Self {
            source,
            name: [b'0' + number / 10, b'0' + number % 10, b'w', b'b'],
            left: 0,
            padding: 0,
            others: Arc::default(),
        }
    }

    /// Counts the bytes of other tracks of sound.
    pub(crate) fn others(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.others)
    }
}

impl Read for Payload {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            self.source.skip(std::mem::take(&mut self.padding));
            let &[a, b, c, d, s0, s1, s2, s3] = self.source.peek(8) else {
                return Ok(0);
            };
            let bytes = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
            let padding = bytes % 2;
            match &[a, b, c, d] {
                // Further parts of big files, and lists inside.
                b"RIFF" | b"LIST" => {
                    self.source.skip(12);
                }
                name if *name == self.name => {
                    self.source.skip(8);
                    (self.left, self.padding) = (bytes, padding);
                }
                name => {
                    if name.ends_with(b"wb") {
                        self.others.fetch_add(bytes, Ordering::Relaxed);
                    }
                    self.source.skip(8 + bytes + padding);
                }
            }
        }
        let room = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buf.len());
        let n = self.source.read(&mut buf[..room])?;
        self.left -= n as u64;
        Ok(n)
    }
}
