//! Finding a codec in the table, and the error for what is not decoded.

use symphonia::core::codecs::audio::{AudioCodecId, CODEC_ID_NULL_AUDIO};

use super::table::{CODECS, CONVERT, Codec, Decoder, Sign};
use crate::Error;

/// The codec that has such a sign.
pub(crate) fn by_sign(fits: impl Fn(Sign) -> bool) -> Option<&'static Codec> {
    CODECS
        .iter()
        .find(|codec| codec.signs.iter().any(|&sign| fits(sign)))
}

/// The codec that symphonia means by `id`.
pub(crate) fn by_id(id: AudioCodecId) -> Option<&'static Codec> {
    CODECS
        .iter()
        .find(|codec| codec.id == id && id != CODEC_ID_NULL_AUDIO)
}

/// Whether the table has what symphonia means by `id`.
pub(crate) fn is_known(id: AudioCodecId) -> bool {
    by_id(id).is_some()
}

/// The name of what symphonia means by `id`.
pub(crate) fn name(id: AudioCodecId) -> String {
    by_id(id).map_or_else(|| id.to_string(), |codec| codec.name.into())
}

/// The error for what symphonia means by `id`, but does not decode.
pub(crate) fn unsupported_id(id: AudioCodecId) -> Error {
    by_id(id).map_or_else(|| unsupported(id.to_string()), Codec::unsupported)
}

/// The error for a codec that is not in the table.
pub(crate) fn unsupported(codec: impl Into<String>) -> Error {
    Error::UnsupportedCodec {
        codec: codec.into(),
        advice: CONVERT.into(),
    }
}

impl Codec {
    /// The error for a codec that this build does not decode.
    pub(crate) fn unsupported(&self) -> Error {
        Error::UnsupportedCodec {
            codec: self.name.into(),
            advice: match self.decoder {
                Decoder::LeftOut(feature) => {
                    format!(
                        "build with the Cargo feature `{feature}`, or {}",
                        self.advice
                    )
                }
                _ => self.advice.into(),
            },
        }
    }

    /// The error for a codec that is not decoded in `container`.
    pub(crate) fn unsupported_in(&self, container: &str) -> Error {
        match self.decoder {
            Decoder::Nobody => self.unsupported(),
            _ => unsupported(format!("{} in {container}", self.name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_number_and_sign_stands_once() {
        for (i, a) in CODECS.iter().enumerate() {
            for b in &CODECS[i + 1..] {
                assert_ne!(a.name, b.name);
                assert!(a.id != b.id || a.id == CODEC_ID_NULL_AUDIO, "{}", a.name);
                for sign in a.signs {
                    assert!(!b.signs.contains(sign), "{sign:?}: {}, {}", a.name, b.name);
                }
                assert!(a.raw.is_none() || a.raw != b.raw, "{:?}", a.raw);
            }
        }
    }

    #[test]
    fn first_bytes_hide_no_longer_ones() {
        let starts: Vec<(&str, &[u8])> = CODECS
            .iter()
            .flat_map(|codec| codec.signs.iter().map(|&sign| (codec.name, sign)))
            .filter_map(|(name, sign)| match sign {
                Sign::Start(bytes) => Some((name, bytes)),
                _ => None,
            })
            .collect();
        for (i, (name, bytes)) in starts.iter().enumerate() {
            let hidden = starts[i + 1..].iter().find(|(_, b)| b.starts_with(bytes));
            assert!(hidden.is_none(), "{name} hides {hidden:?}");
        }
    }

    #[test]
    fn what_is_left_out_names_the_feature_that_brings_it() {
        let codec = Codec {
            decoder: Decoder::LeftOut("telephony"),
            ..CODECS[0]
        };
        let message = codec.unsupported().to_string();
        assert!(message.contains("feature `telephony`"), "{message}");
        assert!(message.contains("ffmpeg -i"), "{message}");
    }
}
