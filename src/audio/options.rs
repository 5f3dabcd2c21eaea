//! Options for decoding: facts about a recording that its bytes do not tell.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::codec::{self, CODECS, Codec, RawCodec, Sign};
use crate::Error;

/// How to decode.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DecodeOptions {
    /// The format of recordings without a header; those that have one are read by it. With `None`
    /// the bytes say what they are; where they say nothing, the extensions that telephone systems
    /// use do (`.ulaw`, `.alaw`, `.gsm`, `.g722`, `.sln`, `.sln16` and so on).
    pub raw: Option<RawFormat>,
    /// Read every recording as `raw`, also one that has a header: for samples that happen to begin
    /// like one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub raw_force: bool,
    /// Guess codec and rate where the bytes are of no known container but look like mu-law, A-law
    /// or 16-bit samples, of one channel or two, without a header. Without this, the guess is part
    /// of the error.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guess_raw: bool,
    /// Let the program ffmpeg decode files whose codec or container is known and not decoded here:
    /// a child process with limits on time, memory and output. Off by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ffmpeg: bool,
    /// The tracks to read of a recording that has several, each by its number from 1, its title or
    /// its language; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<String>,
}

impl DecodeOptions {
    /// Options for recordings of which those without a header are of `format`.
    #[must_use]
    pub fn raw(format: RawFormat) -> Self {
        Self {
            raw: Some(format),
            ..Self::default()
        }
    }

    /// Options for samples of `format`, whatever they begin like.
    #[must_use]
    pub fn raw_forced(format: RawFormat) -> Self {
        Self {
            raw: Some(format),
            raw_force: true,
            ..Self::default()
        }
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
        let extension = extension.to_ascii_lowercase();
        RawCodec::ALL.iter().find_map(|&codec| {
            let (_, sample_rate_hz) = codec.extensions().find(|(e, _)| *e == extension)?;
            Some(Self {
                codec,
                sample_rate_hz,
                channels: 1,
            })
        })
    }
}

impl RawCodec {
    /// The name used on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.names().next().unwrap_or_default()
    }

    /// The sample rate that telephone systems use with it, Hz: 16000 for G.722, else 8000.
    #[must_use]
    pub fn usual_sample_rate_hz(self) -> u32 {
        self.extensions().next().map_or(8_000, |(_, rate)| rate)
    }

    /// Its row in the table of codecs.
    pub(crate) fn entry(self) -> Result<&'static Codec, Error> {
        let mut rows = CODECS.iter();
        rows.find(|codec| codec.raw == Some(self))
            .ok_or_else(|| codec::unsupported(format!("{self:?}")))
    }

    fn signs(self) -> impl Iterator<Item = Sign> {
        let signs = self.entry().map_or(&[][..], |codec| codec.signs);
        signs.iter().copied()
    }

    /// Its name and aliases.
    fn names(self) -> impl Iterator<Item = &'static str> {
        self.signs().filter_map(|sign| match sign {
            Sign::Raw(name) => Some(name),
            _ => None,
        })
    }

    /// Extensions of its files, with the sample rate that each means, Hz.
    fn extensions(self) -> impl Iterator<Item = (&'static str, u32)> {
        self.signs().filter_map(|sign| match sign {
            Sign::Extension(extension, rate) => Some((extension, rate)),
            _ => None,
        })
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
        let name = s.to_ascii_lowercase();
        let mut all = Self::ALL.iter().copied();
        all.find(|codec| codec.names().any(|n| n == name))
            .ok_or_else(|| Error::InvalidArgument {
                name: "raw codec",
                value: s.to_owned(),
                accepted: Self::ALL
                    .iter()
                    .map(|c| c.name())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_headerless_row_of_the_table_is_listed() {
        let mut rows = CODECS.iter().filter_map(|codec| codec.raw);
        assert_eq!(rows.clone().count(), RawCodec::ALL.len());
        assert!(rows.all(|codec| RawCodec::ALL.contains(&codec)));
    }

    #[test]
    fn every_name_reads_back() {
        for &codec in RawCodec::ALL {
            assert_eq!(codec.to_string().parse::<RawCodec>().ok(), Some(codec));
            assert_eq!(serde_json::to_value(codec).unwrap(), codec.name());
            assert!(codec.extensions().next().is_some(), "{codec}");
        }
        let message = "opus".parse::<RawCodec>().unwrap_err().to_string();
        assert!(
            message.contains("mulaw, alaw, g722, slin, gsm"),
            "{message}"
        );
    }
}
