//! Recordings whose audio lies in one stretch of equal blocks: WAV and its kin, AU, headerless.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::packet::Packet;
use symphonia::core::units::Duration;

use super::codec::{self, BadPacket, Codec, Decoder, LibraryDecoder, PacketDecoder};
use super::decoder::Facts;
use crate::{Error, Result};

/// Where and what the audio is.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) container: &'static str,
    pub(crate) codec: &'static Codec,
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: usize,
    pub(crate) block_bytes: usize,
    pub(crate) frames_per_block: usize,
    /// Bytes of audio; `None`: all that follows.
    pub(crate) data_bytes: Option<u64>,
    /// Samples a channel, where the header says so beside the bytes.
    pub(crate) declared_frames: Option<u64>,
    /// The header was never completed by what wrote it.
    pub(crate) unfinished: bool,
    pub(crate) tail: Tail,
    pub(crate) facts: Facts,
}

/// What may lie behind the audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Nothing: the audio is all that follows.
    Nothing,
    /// Chunks of RIFF, also more audio.
    Chunks,
    /// Anything.
    Unknown,
}

impl Layout {
    /// `header_block_bytes`: the length of a block, where the header says it.
    pub(crate) fn new(
        container: &'static str,
        codec: &'static Codec,
        sample_rate_hz: u32,
        channels: usize,
        header_block_bytes: usize,
    ) -> Result<Self> {
        super::limits::check_format(sample_rate_hz, channels)?;
        let (block_bytes, frames_per_block) = match codec.decoder {
            Decoder::Pcm(bytes) => (bytes * channels, 1),
            Decoder::Adpcm(head_bytes, head_frames) if channels <= 2 => {
                let rest = header_block_bytes.saturating_sub(head_bytes * channels);
                (header_block_bytes, rest * 2 / channels + head_frames)
            }
            Decoder::Adpcm(..) => {
                let codec = format!("{} with {channels} channels", codec.name);
                return Err(codec::unsupported(codec));
            }
            Decoder::Mpeg => (1, 1),
            Decoder::OwnBlocks(bytes, frames, _) if channels == 1 => (bytes, frames),
            Decoder::OwnBlocks(..) => {
                return Err(Error::InvalidArgument {
                    name: "channels",
                    value: channels.to_string(),
                    accepted: format!("1 for {}", codec.name),
                });
            }
            Decoder::LeftOut(_) | Decoder::Nobody => return Err(codec.unsupported()),
            Decoder::Track | Decoder::OwnTrack(_) => return Err(codec.unsupported_in(container)),
        };
        if block_bytes == 0 {
            return Err(Error::Malformed {
                reason: format!("{} with blocks of 0 bytes", codec.name),
            });
        }
        Ok(Self {
            container,
            codec,
            sample_rate_hz,
            channels,
            block_bytes,
            frames_per_block,
            data_bytes: None,
            declared_frames: None,
            unfinished: false,
            tail: Tail::Nothing,
            facts: Facts::default(),
        })
    }

    /// How many blocks hold about `frames`.
    pub(crate) fn blocks(&self, frames: usize) -> usize {
        (frames / self.frames_per_block.max(1)).max(1)
    }

    /// The decoder of packets of whole blocks, up to `frames` in each.
    pub(crate) fn packets(&self, frames: usize) -> Result<BlockPackets> {
        Ok(BlockPackets {
            inner: self.decoder(self.blocks(frames))?,
            block_bytes: self.block_bytes,
            frames_per_block: self.frames_per_block,
        })
    }

    /// The decoder of the blocks, `blocks` of them at a time at most.
    pub(crate) fn decoder(&self, blocks: usize) -> Result<Box<dyn PacketDecoder>> {
        if let Decoder::OwnBlocks(.., decoder) = self.codec.decoder {
            return Ok(decoder(self.sample_rate_hz));
        }
        let mut params = AudioCodecParameters::new();
        params
            .for_codec(self.codec.id)
            .with_sample_rate(self.sample_rate_hz)
            .with_channels(Channels::Discrete(self.channels as u16))
            .with_frames_per_block(self.frames_per_block as u64)
            .with_max_frames_per_packet((self.frames_per_block * blocks) as u64);
        Ok(Box::new(LibraryDecoder::new(&params)?))
    }
}

/// Decodes packets of blocks, whose containers do not say how long they are.
pub(crate) struct BlockPackets {
    inner: Box<dyn PacketDecoder>,
    block_bytes: usize,
    frames_per_block: usize,
}

impl PacketDecoder for BlockPackets {
    fn format(&self) -> (u32, usize) {
        self.inner.format()
    }

    fn decode(
        &mut self,
        packet: &Packet,
        planes: &mut Vec<Vec<f32>>,
    ) -> std::result::Result<(), BadPacket> {
        let blocks = packet.data.len() / self.block_bytes;
        let data: Box<[u8]> = packet.data[..blocks * self.block_bytes].into();
        let frames = Duration::new((blocks * self.frames_per_block) as u64);
        let packet = Packet::new(packet.track_id, packet.pts, frames, data);
        self.inner.decode(&packet, planes)
    }
}
