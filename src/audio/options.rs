//! What a caller may say about a recording that the recording does not say itself.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// How to decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DecodeOptions {
    /// Read the bytes as headerless samples of this format. `None` lets the bytes say what they
    /// are; where they say nothing, the extensions that telephone systems use do (`.ulaw`, `.alaw`,
    /// `.gsm`, `.g722`, `.sln`, `.sln16` and so on).
    pub raw: Option<RawFormat>,
}

impl DecodeOptions {
    /// Options for headerless bytes of `format`.
    #[must_use]
    pub fn raw(format: RawFormat) -> Self {
        Self { raw: Some(format) }
    }
}

/// The format of a headerless recording, which its bytes cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RawFormat {
    /// The codec.
    pub codec: RawCodec,
    /// Sample rate of the decoded audio, Hz. 8000 for most telephone recordings, 16000 for G.722.
    pub sample_rate_hz: u32,
    /// Interleaved channels; 1 for GSM, whose frames know no second channel.
    pub channels: u16,
}

impl RawFormat {
    /// The format that telephone systems mean by a file's extension (those of Asterisk), mono.
    pub(crate) fn for_extension(extension: &str) -> Option<Self> {
        let (codec, sample_rate_hz) = match extension.to_ascii_lowercase().as_str() {
            "ul" | "ulaw" | "mulaw" | "pcmu" | "ulw" => (RawCodec::Mulaw, 8_000),
            "al" | "alaw" | "pcma" | "alw" => (RawCodec::Alaw, 8_000),
            "g722" => (RawCodec::G722, 16_000),
            "gsm" => (RawCodec::Gsm, 8_000),
            "sln" | "slin" => (RawCodec::Slin, 8_000),
            "sln12" => (RawCodec::Slin, 12_000),
            "sln16" => (RawCodec::Slin, 16_000),
            "sln24" => (RawCodec::Slin, 24_000),
            "sln32" => (RawCodec::Slin, 32_000),
            "sln44" => (RawCodec::Slin, 44_100),
            "sln48" => (RawCodec::Slin, 48_000),
            _ => return None,
        };
        Some(Self {
            codec,
            sample_rate_hz,
            channels: 1,
        })
    }
}

/// Codecs that telephone systems write without a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RawCodec {
    /// G.711 mu-law (ITU-T G.711), 8 bits a sample.
    Mulaw,
    /// G.711 A-law (ITU-T G.711), 8 bits a sample.
    Alaw,
    /// G.722 at 64 kbit/s (ITU-T G.722), 4 bits a sample at 16 kHz.
    G722,
    /// Signed 16-bit little-endian samples, Asterisk's `.sln`.
    Slin,
    /// GSM 06.10 full rate (ETSI EN 300 961), frames of 33 bytes for 160 samples.
    Gsm,
}

impl RawCodec {
    /// Every codec, for `--help` and error messages.
    pub const ALL: [Self; 5] = [Self::Mulaw, Self::Alaw, Self::G722, Self::Slin, Self::Gsm];

    /// The name used on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mulaw => "mulaw",
            Self::Alaw => "alaw",
            Self::G722 => "g722",
            Self::Slin => "slin",
            Self::Gsm => "gsm",
        }
    }
}

impl fmt::Display for RawCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RawCodec {
    type Err = Error;

    /// Accepts the names of [`RawCodec::ALL`] and what telephone systems call the same codecs
    /// (`ulaw`, `pcmu`, `pcma`, `sln`).
    fn from_str(s: &str) -> Result<Self, Error> {
        match s.to_ascii_lowercase().as_str() {
            "mulaw" | "ulaw" | "pcmu" => Ok(Self::Mulaw),
            "alaw" | "pcma" => Ok(Self::Alaw),
            "g722" => Ok(Self::G722),
            "slin" | "sln" | "s16le" => Ok(Self::Slin),
            "gsm" => Ok(Self::Gsm),
            _ => Err(Error::InvalidArgument {
                name: "raw codec",
                value: s.to_owned(),
                accepted: Self::ALL.map(Self::name).join(", "),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for codec in RawCodec::ALL {
            assert_eq!(codec.to_string().parse::<RawCodec>().ok(), Some(codec));
            assert_eq!(serde_json::to_value(codec).unwrap(), codec.name());
        }
        let message = "opus".parse::<RawCodec>().unwrap_err().to_string();
        assert!(
            message.contains("mulaw, alaw, g722, slin, gsm"),
            "{message}"
        );
    }
}
