//! Opus (RFC 6716) with the identification header of RFC 7845.

use opus_rs::OpusDecoder;
use opus_rs::multistream::{ChannelMappingTable, MultistreamDecoder};
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::packet::Packet;

use super::opus_packet::{MAX_PACKET_FRAMES, packet_frames};
use super::packet::{BadPacket, PacketDecoder};
use crate::{Error, Result};

/// Opus is decoded at 48 kHz whatever the encoder was given (RFC 7845, section 4).
const RATE_HZ: u32 = 48_000;

enum Streams {
    /// Mapping family 0: one stream, mono or stereo.
    One(Box<OpusDecoder>),
    /// Other families: several streams behind a table.
    Many(Box<MultistreamDecoder>),
}

/// The decoder of an Opus track.
pub(crate) fn decoder(params: &AudioCodecParameters) -> Result<Box<dyn PacketDecoder>> {
    Ok(Box::new(Opus::new(params)?))
}

struct Opus {
    streams: Streams,
    channels: usize,
    /// Where each channel lies in a decoded frame; empty: in place.
    order: &'static [u8],
    gain: f32,
    /// Samples still to drop at the start (RFC 7845, section 4.2). Taken from the header:
    /// symphonia's readers of Ogg, Matroska and MP4 mark it on no packet.
    pre_skip: usize,
    interleaved: Vec<f32>,
}

impl Opus {
    fn new(params: &AudioCodecParameters) -> Result<Self> {
        let declared = params.channels.as_ref().map_or(2, |c| c.count());
        let head = Head::parse(params.extra_data.as_deref().unwrap_or(&[]), declared)?;
        let broken = |what: &str| Error::Malformed {
            reason: format!("opus header: {what}"),
        };
        let streams = match head.table {
            None => OpusDecoder::new(RATE_HZ as i32, head.channels)
                .map(|d| Streams::One(Box::new(d)))
                .map_err(broken)?,
            Some(table) => MultistreamDecoder::new(RATE_HZ as i32, table)
                .map(|d| Streams::Many(Box::new(d)))
                .map_err(broken)?,
        };
        Ok(Self {
            streams,
            channels: head.channels,
            order: head.order,
            gain: head.gain,
            pre_skip: head.pre_skip,
            interleaved: vec![0.0; MAX_PACKET_FRAMES * head.channels],
        })
    }
}

impl PacketDecoder for Opus {
    fn format(&self) -> (u32, usize) {
        (RATE_HZ, self.channels)
    }

    fn decode(&mut self, packet: &Packet, planes: &mut Vec<Vec<f32>>) -> Result<(), BadPacket> {
        let out = &mut self.interleaved;
        let frames = packet_frames(&packet.data).ok_or(BadPacket)?;
        let out = &mut out[..frames * self.channels];
        let decoded = match &mut self.streams {
            Streams::One(d) => d.decode(&packet.data, frames, out),
            Streams::Many(d) => d.decode(&packet.data, frames, out),
        };
        let frames = decoded.map_err(|_| BadPacket)?.min(frames);
        planes.resize(self.channels, Vec::new());
        for (c, plane) in planes.iter_mut().enumerate() {
            plane.clear();
            plane.extend(
                out.iter()
                    .skip(self.order.get(c).map_or(c, |&c| usize::from(c)))
                    .step_by(self.channels)
                    .take(frames)
                    .map(|x| x * self.gain),
            );
        }
        let padding = usize::try_from(packet.trim_end.get()).unwrap_or(frames);
        let skip = self.pre_skip.min(frames);
        self.pre_skip -= skip;
        trim(planes, skip, padding);
        Ok(())
    }
}

/// Cuts what a packet marks as delay and padding off every plane.
fn trim(planes: &mut [Vec<f32>], start: usize, end: usize) {
    for plane in planes {
        plane.truncate(plane.len().saturating_sub(end));
        plane.drain(..start.min(plane.len()));
    }
}

/// The identification header (RFC 7845, section 5.1).
struct Head {
    channels: usize,
    order: &'static [u8],
    pre_skip: usize,
    gain: f32,
    table: Option<ChannelMappingTable>,
}

impl Head {
    fn parse(data: &[u8], declared_channels: usize) -> Result<Self> {
        let Some(body) = data.strip_prefix(b"OpusHead") else {
            // Old Matroska files carry no header: one stream.
            return Ok(Self {
                channels: declared_channels.clamp(1, 2),
                order: &[],
                pre_skip: 0,
                gain: 1.0,
                table: None,
            });
        };
        let malformed = || Error::Malformed {
            reason: format!("opus header of {} bytes", data.len()),
        };
        // Ogg's header has version 1 and is little-endian; MP4's `dOps` box has version 0 and is
        // big-endian ("Encapsulation of Opus in ISO Base Media File Format", section 4.3.2).
        let &[version, channels, s0, s1, _, _, _, _, g0, g1, family, ..] = body else {
            return Err(malformed());
        };
        let word = |bytes| match version {
            0 => u16::from_be_bytes(bytes),
            _ => u16::from_le_bytes(bytes),
        };
        // Q7.8 decibels.
        let gain_db = f32::from(word([g0, g1]) as i16) / 256.0;
        let table = if family == 0 {
            None
        } else {
            let tail = body.get(11..).unwrap_or(&[]);
            Some(ChannelMappingTable::parse(family, channels, tail).ok_or_else(malformed)?)
        };
        if channels == 0 || (table.is_none() && channels > 2) {
            return Err(malformed());
        }
        Ok(Self {
            channels: usize::from(channels),
            order: if family == 1 {
                wave_order(channels)
            } else {
                &[]
            },
            pre_skip: usize::from(word([s0, s1])),
            gain: 10_f32.powf(gain_db / 20.0),
            table,
        })
    }
}

/// From Vorbis' channel order, which mapping family 1 uses (RFC 7845, section 5.1.1.2), to that of
/// WAV, which every other container of this crate gives.
fn wave_order(channels: u8) -> &'static [u8] {
    match channels {
        3 => &[0, 2, 1],
        5 => &[0, 2, 1, 3, 4],
        6 => &[0, 2, 1, 5, 3, 4],
        7 => &[0, 2, 1, 6, 5, 3, 4],
        8 => &[0, 2, 1, 7, 5, 6, 3, 4],
        _ => &[],
    }
}
