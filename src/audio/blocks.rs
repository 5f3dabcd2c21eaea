//! Reads a [`Layout`]'s blocks one packet at a time.

use std::io::Read;

use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use super::behind::{self, is_blank};
use super::codec::PacketDecoder;
use super::decoder::{BlockDecoder, StreamFormat, guarded};
use super::kind::{self, HEAD_BYTES};
use super::layout::{Layout, Tail};
use super::limits::MAX_UNREAD_BYTES;
use super::source::{ByteReader, Source};
use super::{looks, riff, unsupported, wave64};
use crate::{Error, Result};

/// Samples a channel decoded at a time, about. Large enough for the cost of a call not to matter.
const PACKET_FRAMES: usize = 4_096;

/// A recording of equal blocks.
pub(crate) struct Blocks {
    source: Option<ByteReader>,
    layout: Layout,
    stream: StreamFormat,
    decoder: Box<dyn PacketDecoder>,
    packet_bytes: usize,
    bytes_left: Option<u64>,
    /// Bytes of a block whose rest may follow.
    begun: Vec<u8>,
    /// Samples a channel that the header counts; `None` once more than that was found.
    counted: Option<u64>,
    frames: u64,
    block: Vec<Vec<f32>>,
    damaged: bool,
    ended: bool,
}

impl Blocks {
    pub(crate) fn new(source: ByteReader, layout: Layout) -> Result<Self> {
        let blocks = (PACKET_FRAMES / layout.frames_per_block).max(1);
        let decoder = guarded("starting", || layout.decoder(blocks))??;
        let in_bytes = layout
            .data_bytes
            .map(|n| n / layout.block_bytes as u64 * layout.frames_per_block as u64);
        // The last block of a codec is padded; a header that counts samples says by how much.
        // Counts that are further off are as often wrong as not.
        let declared = match (layout.declared_frames, in_bytes) {
            (Some(n), Some(m)) if n <= m && m - n < layout.frames_per_block as u64 => Some(n),
            (_, in_bytes) => in_bytes,
        };
        Ok(Self {
            stream: StreamFormat {
                container: layout.container.into(),
                codec: layout.codec.name.into(),
                sample_rate_hz: layout.sample_rate_hz,
                channels: layout.channels,
                declared_frames: declared,
                channel_names: Vec::new(),
                facts: layout.facts.clone(),
            },
            source: Some(source),
            decoder,
            packet_bytes: blocks * layout.block_bytes,
            bytes_left: layout.data_bytes,
            begun: Vec::new(),
            counted: declared,
            frames: 0,
            block: Vec::new(),
            damaged: false,
            ended: false,
            layout,
        })
    }

    /// Reads up to one packet of whole blocks; empty at the end.
    fn read_packet(&mut self) -> Vec<u8> {
        let Some(source) = &mut self.source else {
            return Vec::new();
        };
        let wanted = self.bytes_left.map_or(self.packet_bytes as u64, |n| {
            n.min(self.packet_bytes as u64)
        });
        let mut data = std::mem::take(&mut self.begun);
        let before = data.len();
        // What cannot be read any more (a failing disk, a closed pipe) ends the recording early.
        let failed = source.take(wanted).read_to_end(&mut data).is_err();
        let got = (data.len() - before) as u64;
        if let Some(left) = &mut self.bytes_left {
            *left -= got;
            self.damaged |= got < wanted;
        }
        self.damaged |= failed || (self.layout.unfinished && got > 0);
        let whole = data.len() - data.len() % self.layout.block_bytes;
        self.begun = data.split_off(whole);
        data
    }

    /// Whether audio goes on behind what the header counts: in another chunk, or because the header
    /// counts too little, as one that wraps at 4 GiB does.
    fn goes_on(&mut self) -> bool {
        let Some(source) = &mut self.source else {
            return false;
        };
        if self.bytes_left.take().is_none() || self.layout.tail == Tail::Nothing {
            return false;
        }
        while self.layout.tail == Tail::Chunks {
            let left = source.left();
            // A chunk's header and what tells it from another file, and the byte before it.
            let head = source.peek(13);
            // Behind an odd number of bytes stands a zero, unless its writer forgot it.
            let padding = usize::from(riff::chunk_bytes(head, left).is_none());
            let chunk = head.get(padding..).unwrap_or_default();
            let Some(bytes) = riff::chunk_bytes(chunk, left) else {
                break;
            };
            if chunk.starts_with(b"data") {
                let size = [chunk[4], chunk[5], chunk[6], chunk[7]];
                source.skip(padding as u64 + 8);
                self.bytes_left = Some(u64::from(u32::from_le_bytes(size)));
                self.begun.clear();
                return true;
            }
            source.skip(padding as u64 + bytes);
        }
        while self.layout.tail == Tail::Unknown
            && let Some(bytes) = other_chunk(source)
        {
            source.skip(bytes);
        }
        let left = source.left();
        let head = source.peek(HEAD_BYTES);
        let blank = head.iter().take_while(|&&b| is_blank(b)).count();
        let rest = &head[blank..];
        // Zeros are padding, however many there are: G.711 has no sound of them.
        let explained = rest.is_empty()
            || kind::by_magic(rest).is_some()
            || behind::tag_bytes(rest).is_some()
            || riff::chunk_bytes(head, left).is_some()
            || kind::of(head).is_some()
            || unsupported::by_first_bytes(head).is_some()
            || looks::is_text(head);
        if explained || (head.len() as u64) <= MAX_UNREAD_BYTES {
            return false;
        }
        self.damaged = true;
        true
    }
}

/// Length of the chunk of Wave64 or CAF that stands here, if one does: a name, and a size that
/// fits.
fn other_chunk(source: &mut ByteReader) -> Option<u64> {
    let left = source.left()?;
    let head = source.peek(24);
    let name = head.get(..4)?;
    let is_name = name.iter().all(u8::is_ascii_lowercase) && name != b"data";
    let long = |at: usize| <[u8; 8]>::try_from(head.get(at..at + 8)?).ok();
    let bytes = if wave64::is_chunk(head) {
        u64::from_le_bytes(long(16)?).checked_next_multiple_of(8)?
    } else {
        u64::from_be_bytes(long(4)?).checked_add(12)?
    };
    (is_name && bytes >= 12 && bytes <= left).then_some(bytes)
}

impl BlockDecoder for Blocks {
    fn format(&self) -> &StreamFormat {
        &self.stream
    }

    fn next_packet(&mut self, planes: &mut [Vec<f32>]) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let mut data = self.read_packet();
        while data.is_empty() && self.goes_on() {
            self.counted = None;
            data = self.read_packet();
        }
        if data.is_empty() {
            // A cut last block.
            self.damaged |= !self.begun.is_empty();
            self.ended = true;
            return Ok(false);
        }
        let frames = data.len() / self.layout.block_bytes * self.layout.frames_per_block;
        let packet = Packet::new(
            0,
            Timestamp::new(0),
            Duration::new(frames as u64),
            data.into_boxed_slice(),
        );
        let decoded = guarded("decoding", || self.decoder.decode(&packet, &mut self.block));
        match decoded {
            Ok(Ok(())) => {}
            Ok(Err(_)) => {
                self.damaged = true;
                return Ok(true);
            }
            Err(e) if self.frames == 0 => return Err(e),
            Err(_) => {
                self.damaged = true;
                self.ended = true;
                return Ok(false);
            }
        }
        if self.block.len() != planes.len() {
            return Err(Error::Malformed {
                reason: "the decoder gave another number of channels than the header".into(),
            });
        }
        let decoded = self.block.first().map_or(0, Vec::len);
        let room = self.counted.map_or(decoded, |n| {
            usize::try_from(n.saturating_sub(self.frames)).unwrap_or(decoded)
        });
        let take = decoded.min(room);
        for (plane, block) in planes.iter_mut().zip(&self.block) {
            plane.extend_from_slice(&block[..take]);
        }
        self.frames += take as u64;
        Ok(true)
    }

    fn damaged(&self) -> bool {
        self.damaged
    }

    fn rest(&mut self) -> Option<Source> {
        self.source.take().map(ByteReader::into_source)
    }
}
