//! AVI (Microsoft, "AVI RIFF File Reference"), as recorders of screens and interviews write it: the
//! chunks of one track of sound, one behind the other: the first that can be decoded.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::decoder::{BlockDecoder, StreamFormat};
use super::kind;
use super::layout::Layout;
use super::riff::{Words, parse_format, read_exactly, skip};
use super::source::{ByteReader, Source};
use super::unread::{Unread, UnreadList};
use crate::{Error, Result};

/// Most chunks before the audio.
const MAX_CHUNKS: usize = 10_000;

/// Most bytes that are searched for the next chunk behind a broken one.
const MAX_LOST_BYTES: usize = 1 << 20;

/// Most bytes of a format.
const MAX_FORMAT_BYTES: u32 = 4_096;

/// The track that is read, and its chunks; `source` is left behind the header of `movi`.
fn read_header(mut source: ByteReader) -> Result<(Layout, Payload)> {
    let words = Words { big_endian: false };
    let _: [u8; 12] = read_exactly(&mut source)?;
    let (mut streams, mut is_audio, mut tracks) = (0_u8, false, 0);
    let mut found: Option<(u8, Result<Layout>)> = None;
    for _ in 0..MAX_CHUNKS {
        let head: [u8; 8] = read_exactly(&mut source)?;
        let bytes = words.u32(&head, 4);
        let padded = u64::from(bytes) + u64::from(bytes % 2);
        match &head[..4] {
            b"LIST" => {
                let name: [u8; 4] = read_exactly(&mut source)?;
                match (&name, found.take()) {
                    (b"movi", Some((number, layout))) => {
                        let mut layout = layout?;
                        layout.facts.has_undecoded = tracks > 1;
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
            b"strf" if is_audio && bytes <= MAX_FORMAT_BYTES => {
                let format = source.peek(bytes as usize).to_vec();
                skip(&mut source, padded)?;
                tracks += 1;
                if !matches!(found, Some((_, Ok(_)))) {
                    let layout = parse_format("avi", &format, &words);
                    // Of several that cannot be decoded, the error is that of the first.
                    if layout.is_ok() || found.is_none() {
                        found = Some((streams - 1, layout));
                    }
                }
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
    chunks: Arc<Mutex<Chunks>>,
}

struct Chunks {
    source: ByteReader,
    /// Name of those that are read, e.g. `01wb`.
    name: [u8; 4],
    left: u64,
    padding: u64,
    ended: bool,
    /// It ends inside a chunk.
    is_cut: bool,
    /// Bytes of other tracks of sound.
    others: u64,
    /// Bytes between chunks that are none.
    lost: u64,
}

impl Payload {
    fn new(source: ByteReader, number: u8) -> Self {
        let chunks = Chunks {
            source,
            name: [b'0' + number / 10, b'0' + number % 10, b'w', b'b'],
            left: 0,
            padding: 0,
            ended: false,
            is_cut: false,
            others: 0,
            lost: 0,
        };
        Self {
            chunks: Arc::new(Mutex::new(chunks)),
        }
    }
}

impl Chunks {
    /// Goes to the next chunk of the track; `false` at the end.
    fn next(&mut self) -> bool {
        self.source.skip(std::mem::take(&mut self.padding));
        let file_left = self.source.left();
        let head = self.source.peek(12);
        let &[a, b, c, d, s0, s1, s2, s3, ..] = head else {
            return false;
        };
        let bytes = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
        let padded = bytes + bytes % 2;
        let is_name = [a, b, c, d].iter().all(|b| (b' '..=b'~').contains(b));
        let fits = file_left.is_none_or(|left| padded <= left);
        match &[a, b, c, d] {
            // Further parts of big files, and lists inside.
            b"RIFF" if head.ends_with(b"AVIX") => {
                self.source.skip(12);
            }
            b"LIST" => {
                self.source.skip(12);
            }
            // The last one may be cut.
            name if *name == self.name => {
                self.source.skip(8);
                (self.left, self.padding) = (bytes, bytes % 2);
            }
            // Another recording.
            _ if kind::by_magic(head).is_some() => return false,
            name if is_name && fits => {
                if name.ends_with(b"wb") {
                    self.others += bytes;
                }
                self.source.skip(8 + padded);
            }
            _ => return self.resync(),
        }
        true
    }

    /// Goes on at the next chunk of the track behind bytes that are of none.
    fn resync(&mut self) -> bool {
        let window = self.source.peek(MAX_LOST_BYTES);
        let found = window.windows(4).position(|w| *w == self.name);
        let Some(bytes) = found else {
            return false;
        };
        self.lost += bytes as u64;
        self.source.skip(bytes as u64);
        true
    }
}

impl Read for Payload {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        while chunks.left == 0 {
            if chunks.ended || !chunks.next() {
                chunks.ended = true;
                return Ok(0);
            }
        }
        let room = usize::try_from(chunks.left)
            .unwrap_or(usize::MAX)
            .min(buf.len());
        let n = chunks.source.read(&mut buf[..room])?;
        chunks.left -= n as u64;
        if n == 0 && room > 0 {
            chunks.is_cut = true;
            chunks.left = 0;
            chunks.ended = true;
        }
        Ok(n)
    }
}

/// A recording in AVI.
pub(crate) struct Avi {
    inner: Box<dyn BlockDecoder>,
    chunks: Arc<Mutex<Chunks>>,
}

impl Avi {
    /// `open` makes the decoder of the track.
    pub(crate) fn open(
        source: ByteReader,
        open: impl FnOnce(ByteReader, Layout) -> Result<Box<dyn BlockDecoder>>,
    ) -> Result<Self> {
        let (layout, payload) = read_header(source)?;
        let chunks = Arc::clone(&payload.chunks);
        let payload = ByteReader::new(Source::Stream(Box::new(payload)));
        Ok(Self {
            inner: open(payload, layout)?,
            chunks,
        })
    }

    fn chunks(&self) -> MutexGuard<'_, Chunks> {
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BlockDecoder for Avi {
    fn format(&self) -> &StreamFormat {
        self.inner.format()
    }

    fn next_packet(&mut self, planes: &mut [Vec<f32>]) -> Result<bool> {
        self.inner.next_packet(planes)
    }

    fn damaged(&self) -> bool {
        self.inner.damaged() || self.chunks().is_cut
    }

    fn unread(&self) -> Vec<Unread> {
        let mut list = UnreadList::default();
        let chunks = self.chunks();
        if chunks.others > 0 {
            let reason = "of an AVI file one is read, the first that can be; --ffmpeg reads all";
            list.add("other tracks of sound", chunks.others, reason);
        }
        if chunks.lost > 0 {
            let reason = "no chunk of the AVI file starts there";
            list.add("between the chunks", chunks.lost, reason);
        }
        list.extend(self.inner.unread());
        list.list()
    }

    fn rest(&mut self) -> Option<Source> {
        let nothing = ByteReader::new(Source::Stream(Box::new(io::empty())));
        let source = std::mem::replace(&mut self.chunks().source, nothing);
        Some(source.into_source())
    }
}
