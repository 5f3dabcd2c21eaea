//! What the dialects in JSON have in common: events by name, and audio in base64.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

use super::dialect::bad;
use crate::engine::{Broken, Place};

/// Base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Beginnings of errors that cite nothing but the name of a field, which is this program's.
const NAMES_A_FIELD: [&str; 3] = ["missing field", "duplicate field", NO_NUMBER];

const NO_NUMBER: &str = "no whole number";

/// A message, whose `start` is the dialect's own.
#[derive(Debug, Deserialize)]
pub struct Message<'a, S> {
    #[serde(borrow)]
    pub event: Cow<'a, str>,
    pub start: Option<S>,
    #[serde(borrow)]
    pub media: Option<Media<'a>>,
}

/// One frame of audio.
#[derive(Debug, Deserialize)]
pub struct Media<'a> {
    #[serde(borrow, default)]
    pub track: Cow<'a, str>,
    /// Number of the frame in its track.
    #[serde(default, deserialize_with = "number")]
    pub chunk: Option<u64>,
    /// Its start, ms from the start of the stream.
    #[serde(default, deserialize_with = "number")]
    pub timestamp: Option<u64>,
    #[serde(borrow)]
    pub payload: Cow<'a, str>,
}

impl Media<'_> {
    /// The bytes of the payload.
    pub fn payload(&self) -> Result<Vec<u8>, Broken> {
        BASE64
            .decode(self.payload.as_bytes())
            .map_err(|error| bad(format!("a payload that is no base64: {error}")))
    }

    pub fn place(&self) -> Place {
        Place {
            number: self.chunk,
            at_ns: self.timestamp.map(|ms| ms.saturating_mul(1_000_000)),
        }
    }
}

/// Reads a message.
pub fn read<'a, T: Deserialize<'a>>(message: &'a str) -> Result<T, Broken> {
    serde_json::from_str(message).map_err(|error| {
        let why = without_values(&error);
        bad(format!("a message that cannot be read: {why}"))
    })
}

/// What is wrong with a message, without what stands in it: that may be a telephone number, and
/// this goes into logs and events.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // Of what is no JSON at all, nothing is cited.
    let cites = error.classify() == Category::Data
        && !NAMES_A_FIELD.iter().any(|start| text.starts_with(start));
    if !cites {
        return text;
    }
    // `invalid type: integer `1`, expected a string at line 1 column 2`
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => format!(
            "a value of another kind at line {} column {}",
            error.line(),
            error.column()
        ),
    }
}

/// The dialects write whole numbers as text; some that follow them write numbers.
pub fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number<'a> {
        Number(u64),
        #[serde(borrow)]
        Text(Cow<'a, str>),
    }
    match Option::<Number>::deserialize(from)? {
        None => Ok(None),
        Some(Number::Number(n)) => Ok(Some(n)),
        Some(Number::Text(text)) => text
            .parse()
            .map(Some)
            .map_err(|_| D::Error::custom(NO_NUMBER)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Start {
        #[serde(rename = "from")]
        _from: String,
    }

    fn why(message: &str) -> String {
        read::<Message<Start>>(message).unwrap_err().message
    }

    #[test]
    fn errors_cite_nothing_of_the_message() {
        for (message, text) in [
            (
                r#"{"event": "start", "start": {"from": 15551234567}}"#,
                "expected a string at line 1",
            ),
            (
                r#"{"event": "start", "start": "+15551234567"}"#,
                "expected struct Start at line 1",
            ),
            (
                r#"{"event": "start", "start": ", expected 15551234567"}"#,
                "expected struct Start",
            ),
            (
                r#"{"event": "media", "media": {"payload": "", "chunk": "15551234567x"}}"#,
                NO_NUMBER,
            ),
            (
                r#"{"event": "media", "media": {"payload": "", "chunk": -15551234567}}"#,
                "another kind",
            ),
            (
                r#"{"event": "start", "start": {}}"#,
                "missing field `from` at line 1",
            ),
            (r#"{"event": 15551234567"#, "expected a string"),
        ] {
            let why = why(message);
            assert!(why.contains(text), "{message}: {why}");
            assert!(!why.contains("1555"), "{message}: {why}");
        }
    }
}
