//! Packets of a call that goes on, one by one: what RTP carries, without its headers.

use std::fmt;
use std::str::FromStr;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use super::codec::{self, CODECS, Codec, Decoder, PacketDecoder};
use super::decoder::guarded;
use super::layout::Layout;
use crate::{Error, Result};

/// Longest payload that is decoded, bytes: more than a UDP datagram holds.
pub const MAX_PAYLOAD_BYTES: usize = 65_536;

/// Samples, or smallest parts, of a longer payload that are decoded at a time: a decoder keeps room
/// for as many. 20 ms at 48 kHz.
const PART_UNITS: usize = 960;

/// Rates that Opus names (RFC 6716, section 2.1.3), Hz. Whatever it names, it is decoded at the
/// highest.
const OPUS_RATES_HZ: [u32; 5] = [8_000, 12_000, 16_000, 24_000, 48_000];

/// The clock of G.722 in RTP, Hz: half its sample rate, by an old mistake that was kept
/// (RFC 3551, section 4.5.2).
const G722_CLOCK_HZ: u32 = 8_000;

/// Codecs of the packets of a call, by their names in RTP (RFC 3551, RFC 7587).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PayloadCodec {
    /// G.711 mu-law, 8 bits a sample.
    Pcmu,
    /// G.711 A-law, 8 bits a sample.
    Pcma,
    /// G.722 at 64 kbit/s, 4 bits a sample at 16 kHz.
    G722,
    /// Signed 16-bit samples, big-endian.
    L16,
    /// The same, little-endian: Asterisk's `slin`.
    Slin,
    /// Opus, decoded at 48 kHz to one channel.
    Opus,
}

impl PayloadCodec {
    /// Every codec.
    pub const ALL: &[Self] = &[
        Self::Pcmu,
        Self::Pcma,
        Self::G722,
        Self::L16,
        Self::Slin,
        Self::Opus,
    ];

    /// Its name in RTP; `slin` has none there.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::L16 => "L16",
            Self::Slin => "slin",
            Self::Opus => "opus",
        }
    }

    /// Its name in the table of codecs.
    fn row(self) -> &'static str {
        match self {
            Self::Pcmu => "pcm_mulaw",
            Self::Pcma => "pcm_alaw",
            Self::G722 => "adpcm_g722",
            Self::L16 => "pcm_s16be",
            Self::Slin => "pcm_s16le",
            Self::Opus => "opus",
        }
    }

    fn entry(self) -> Result<&'static Codec> {
        let row = self.row();
        let mut rows = CODECS.iter();
        rows.find(|codec| codec.name == row)
            .ok_or_else(|| codec::unsupported(row))
    }

    /// Sample rate of what is decoded, where `declared_hz` was said beforehand.
    fn rate_hz(self, declared_hz: u32) -> Result<u32> {
        let refused = |accepted: String| Error::InvalidArgument {
            name: "sample rate in Hz",
            value: format!("{declared_hz} for {self}"),
            accepted,
        };
        match self {
            Self::G722 if [G722_CLOCK_HZ, 16_000].contains(&declared_hz) => Ok(16_000),
            Self::G722 => Err(refused("16000, or 8000 as RTP's clock".to_owned())),
            Self::Opus if OPUS_RATES_HZ.contains(&declared_hz) => Ok(48_000),
            Self::Opus => Err(refused(OPUS_RATES_HZ.map(|r| r.to_string()).join(", "))),
            _ => Ok(declared_hz),
        }
    }
}

impl fmt::Display for PayloadCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for PayloadCodec {
    type Err = Error;

    /// By the name in RTP, in upper or lower case.
    fn from_str(text: &str) -> Result<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|codec| codec.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| Error::InvalidArgument {
                name: "payload codec",
                value: format!("`{}`", text.escape_debug()),
                accepted: Self::ALL
                    .iter()
                    .map(|c| c.name())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }
}

/// Decodes the payloads of one track, in the order of their time.
///
/// ```
/// # fn main() -> voxhumana::Result<()> {
/// use voxhumana::audio::{PayloadCodec, PayloadDecoder};
///
/// let detector = voxhumana::Detector::bundled()?;
/// let mut decoder = PayloadDecoder::new(PayloadCodec::Pcmu, 8_000)?;
/// let mut stream = detector.stream(decoder.sample_rate_hz())?;
/// let mut samples = Vec::new();
/// for payload in [[0xff_u8; 160], [0x7f; 160]] {
///     samples.clear();
///     decoder.decode(&payload, &mut samples)?;
///     stream.push(&samples)?;
/// }
/// assert_eq!(samples.len(), 160);
/// # Ok(())
/// # }
/// ```
pub struct PayloadDecoder {
    codec: PayloadCodec,
    rate_hz: u32,
    /// Bytes of a sample, or of the smallest part that can be decoded.
    unit_bytes: usize,
    /// Bytes that are decoded at a time.
    part_bytes: usize,
    decoder: Box<dyn PacketDecoder>,
    planes: Vec<Vec<f32>>,
}

impl PayloadDecoder {
    /// A decoder of one channel of `codec` at the rate that the call declares, Hz.
    ///
    /// G.722 may be declared at 16000 or, as RTP does, at 8000 Hz; Opus at any of its rates.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a rate that the codec does not have,
    /// [`Error::LimitExceeded`] and [`Error::Malformed`] for one that no recording may have,
    /// [`Error::UnsupportedCodec`] for a codec whose Cargo feature is off.
    pub fn new(codec: PayloadCodec, declared_rate_hz: u32) -> Result<Self> {
        let rate_hz = codec.rate_hz(declared_rate_hz)?;
        let entry = codec.entry()?;
        let (decoder, unit_bytes, units) = if let Decoder::OwnTrack(decoder) = entry.decoder {
            let mut params = AudioCodecParameters::new();
            params
                .for_codec(entry.id)
                .with_sample_rate(rate_hz)
                .with_channels(Channels::Discrete(1));
            // A packet is decoded as a whole.
            (decoder(&params)?, 1, MAX_PAYLOAD_BYTES)
        } else {
            let layout = Layout::new("payload", entry, rate_hz, 1, 0)?;
            (layout.decoder(PART_UNITS)?, layout.block_bytes, PART_UNITS)
        };
        Ok(Self {
            codec,
            rate_hz,
            unit_bytes,
            part_bytes: units * unit_bytes,
            decoder,
            planes: Vec::new(),
        })
    }

    /// The codec.
    #[must_use]
    pub fn codec(&self) -> PayloadCodec {
        self.codec
    }

    /// Sample rate of the decoded samples, Hz: 16000 of G.722, 48000 of Opus, else as declared.
    #[must_use]
    pub fn sample_rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Appends the samples of one payload, full scale -1 to 1; none of an empty one.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] above [`MAX_PAYLOAD_BYTES`]; [`Error::Malformed`] where the bytes
    /// are not of the codec. Nothing is appended then, and the next payload can be decoded.
    pub fn decode(&mut self, payload: &[u8], samples: &mut Vec<f32>) -> Result<()> {
        if payload.len() > MAX_PAYLOAD_BYTES {
            return Err(Error::LimitExceeded {
                what: "the length of a payload in bytes",
                value: payload.len() as u64,
                limit: MAX_PAYLOAD_BYTES as u64,
            });
        }
        if !payload.len().is_multiple_of(self.unit_bytes) {
            return Err(Error::Malformed {
                reason: format!(
                    "a payload of {} bytes of {}, which has {} bytes a sample",
                    payload.len(),
                    self.codec,
                    self.unit_bytes
                ),
            });
        }
        let before = samples.len();
        for part in payload.chunks(self.part_bytes) {
            if let Err(error) = self.part(part, samples) {
                samples.truncate(before);
                return Err(error);
            }
        }
        Ok(())
    }

    fn part(&mut self, part: &[u8], samples: &mut Vec<f32>) -> Result<()> {
        let frames = Duration::new((part.len() / self.unit_bytes) as u64);
        let packet = Packet::new(
            0,
            Timestamp::new(0),
            frames,
            part.to_vec().into_boxed_slice(),
        );
        let decoded = guarded("decoding a payload", || {
            self.decoder.decode(&packet, &mut self.planes)
        })?;
        let plane = match (decoded, self.planes.as_slice()) {
            (Ok(()), [plane]) if plane.iter().all(|x| x.is_finite()) => plane,
            _ => {
                return Err(Error::Malformed {
                    reason: format!("{} bytes of a payload are no {}", part.len(), self.codec),
                });
            }
        };
        samples.extend_from_slice(plane);
        Ok(())
    }
}

impl fmt::Debug for PayloadDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayloadDecoder")
            .field("codec", &self.codec)
            .field("rate_hz", &self.rate_hz)
            .finish_non_exhaustive()
    }
}
