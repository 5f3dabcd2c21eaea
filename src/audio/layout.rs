//! Recordings whose audio lies in one stretch of equal blocks: WAV and its kin, AU, headerless.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, well_known as id};

use super::codec::{self, LibraryDecoder, PacketDecoder};
use super::options::{RawCodec, RawFormat};
use crate::{Error, Result};

/// How the blocks are coded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Coding {
    /// One of symphonia's codecs.
    Library(AudioCodecId),
    /// GSM 06.10, 33 bytes a frame.
    Gsm,
    /// GSM 06.10, 65 bytes for two frames.
    GsmMicrosoft,
    /// G.722 at 64 kbit/s.
    G722,
    /// MPEG audio: no equal blocks, a stream of its own inside the container.
    Mpeg,
}

/// Where and what the audio is.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) container: &'static str,
    pub(crate) codec: &'static str,
    pub(crate) coding: Coding,
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
}

/// Codecs of one block a sample: name and bytes a sample.
pub(crate) fn pcm(name: &'static str) -> Option<(AudioCodecId, usize)> {
    Some(match name {
        "pcm_u8" => (id::CODEC_ID_PCM_U8, 1),
        "pcm_s8" => (id::CODEC_ID_PCM_S8, 1),
        "pcm_s16le" => (id::CODEC_ID_PCM_S16LE, 2),
        "pcm_s16be" => (id::CODEC_ID_PCM_S16BE, 2),
        "pcm_s24le" => (id::CODEC_ID_PCM_S24LE, 3),
        "pcm_s24be" => (id::CODEC_ID_PCM_S24BE, 3),
        "pcm_s32le" => (id::CODEC_ID_PCM_S32LE, 4),
        "pcm_s32be" => (id::CODEC_ID_PCM_S32BE, 4),
        "pcm_f32le" => (id::CODEC_ID_PCM_F32LE, 4),
        "pcm_f32be" => (id::CODEC_ID_PCM_F32BE, 4),
        "pcm_f64le" => (id::CODEC_ID_PCM_F64LE, 8),
        "pcm_f64be" => (id::CODEC_ID_PCM_F64BE, 8),
        "pcm_mulaw" => (id::CODEC_ID_PCM_MULAW, 1),
        "pcm_alaw" => (id::CODEC_ID_PCM_ALAW, 1),
        _ => return None,
    })
}

impl Layout {
    /// Blocks of one sample a channel each.
    pub(crate) fn of_pcm(
        container: &'static str,
        name: &'static str,
        sample_rate_hz: u32,
        channels: usize,
    ) -> Result<Self> {
        let (codec, bytes) = pcm(name).ok_or_else(|| codec::unsupported(name))?;
        super::limits::check_format(sample_rate_hz, channels)?;
        Ok(Self {
            container,
            codec: name,
            coding: Coding::Library(codec),
            sample_rate_hz,
            channels,
            block_bytes: bytes * channels,
            frames_per_block: 1,
            data_bytes: None,
            declared_frames: None,
            unfinished: false,
        })
    }

    /// A mono codec with blocks of its own.
    pub(crate) fn of_blocks(
        container: &'static str,
        codec: &'static str,
        coding: Coding,
        sample_rate_hz: u32,
        channels: usize,
        (block_bytes, frames_per_block): (usize, usize),
    ) -> Result<Self> {
        super::limits::check_format(sample_rate_hz, channels)?;
        if block_bytes == 0 || frames_per_block == 0 {
            return Err(Error::Malformed {
                reason: format!("{codec} with blocks of {block_bytes} bytes"),
            });
        }
        let mono_only = matches!(coding, Coding::Gsm | Coding::GsmMicrosoft | Coding::G722);
        if mono_only && channels != 1 {
            return Err(Error::InvalidArgument {
                name: "channels",
                value: channels.to_string(),
                accepted: format!("1 for {codec}"),
            });
        }
        Ok(Self {
            container,
            codec,
            coding,
            sample_rate_hz,
            channels,
            block_bytes,
            frames_per_block,
            data_bytes: None,
            declared_frames: None,
            unfinished: false,
        })
    }

    /// A headerless recording.
    pub(crate) fn of_raw(format: RawFormat) -> Result<Self> {
        let (rate, channels) = (format.sample_rate_hz, usize::from(format.channels));
        match format.codec {
            RawCodec::Mulaw => Self::of_pcm("raw", "pcm_mulaw", rate, channels),
            RawCodec::Alaw => Self::of_pcm("raw", "pcm_alaw", rate, channels),
            RawCodec::Slin => Self::of_pcm("raw", "pcm_s16le", rate, channels),
            RawCodec::G722 => {
                Self::of_blocks("raw", "adpcm_g722", Coding::G722, rate, channels, (1, 2))
            }
            RawCodec::Gsm => Self::of_blocks("raw", "gsm", Coding::Gsm, rate, channels, (33, 160)),
        }
    }

    /// The decoder of the blocks, `blocks` of them at a time at most.
    pub(crate) fn decoder(&self, blocks: usize) -> Result<Box<dyn PacketDecoder>> {
        let library = |codec| -> Result<Box<dyn PacketDecoder>> {
            let mut params = AudioCodecParameters::new();
            params
                .for_codec(codec)
                .with_sample_rate(self.sample_rate_hz)
                .with_channels(Channels::Discrete(self.channels as u16))
                .with_frames_per_block(self.frames_per_block as u64)
                .with_max_frames_per_packet((self.frames_per_block * blocks) as u64);
            Ok(Box::new(LibraryDecoder::new(&params)?))
        };
        match self.coding {
            Coding::Library(codec) => library(codec),
            #[cfg(feature = "telephony")]
            Coding::Gsm => Ok(Box::new(codec::Gsm::new(
                codec::Packing::Rfc3551,
                self.sample_rate_hz,
            ))),
            #[cfg(feature = "telephony")]
            Coding::GsmMicrosoft => Ok(Box::new(codec::Gsm::new(
                codec::Packing::Microsoft,
                self.sample_rate_hz,
            ))),
            #[cfg(feature = "telephony")]
            Coding::G722 => Ok(Box::new(codec::G722::new(self.sample_rate_hz))),
            _ => Err(codec::unsupported(self.codec)),
        }
    }
}
