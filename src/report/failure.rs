//! Why a recording has no result.

use std::io::ErrorKind;

use serde::{Deserialize, Serialize};

use crate::Error;

/// The kind of a failure, for programs. Its names are stable: later versions may add some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// No such file.
    NotFound,
    /// The operating system does not let this user read it.
    PermissionDenied,
    /// It is there, and reading failed: a disk, a share.
    CannotRead,
    /// It is no file that can be read again, as evidence needs.
    NotAFile,
    /// It changed while it was read.
    ChangedWhileRead,
    /// The bytes are of no container that is read, or of no recording.
    UnsupportedFormat,
    /// The codec cannot be decoded.
    UnsupportedCodec,
    /// It is damaged before its first sample.
    Damaged,
    /// It asks for more than a named limit.
    LimitExceeded,
    /// A setting does not fit it, such as the number of channel names.
    InvalidArgument,
    /// Samples are NaN or infinite.
    NonFiniteSample,
    /// The model file cannot be worked with.
    UnusableModel,
    /// The library that runs the model failed.
    RuntimeFailed,
    /// The bytes are no evidence record.
    UnusableEvidence,
    /// The bytes are no key.
    UnusableKey,
    /// A file that belongs to the result, a page or a track, cannot be written.
    CannotWrite,
    /// A bug.
    Internal,
    /// Anything else.
    Other,
}

impl From<&Error> for ErrorCode {
    fn from(error: &Error) -> Self {
        match error {
            Error::InFile { source, .. } => Self::from(&**source),
            Error::Io { source, .. } => match source.kind() {
                ErrorKind::NotFound => Self::NotFound,
                ErrorKind::PermissionDenied => Self::PermissionDenied,
                _ => Self::CannotRead,
            },
            Error::UnsupportedFormat { .. } => Self::UnsupportedFormat,
            Error::UnsupportedCodec { .. } => Self::UnsupportedCodec,
            Error::Malformed { .. } => Self::Damaged,
            Error::LimitExceeded { .. } => Self::LimitExceeded,
            Error::InvalidArgument { .. } => Self::InvalidArgument,
            Error::NonFiniteSample { .. } => Self::NonFiniteSample,
            Error::ModelMetadata { .. } => Self::UnusableModel,
            Error::Runtime { .. } => Self::RuntimeFailed,
            Error::Evidence { .. } => Self::UnusableEvidence,
            Error::Key { .. } => Self::UnusableKey,
            Error::Interrupted => Self::Other,
        }
    }
}

/// Why a recording has no result: a message for people, its kind for programs, and what to do.
///
/// Made of an [`Error`], or of words with [`Failure::new`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The message.
    pub error: String,
    /// Its kind.
    pub code: ErrorCode,
    /// The remedy, where one is known.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure in words.
    pub fn new(code: ErrorCode, error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            code,
            hint: None,
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            error: error.to_string(),
            code: ErrorCode::from(error),
            hint: hint(error),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Self::new(ErrorCode::Other, error)
    }
}

impl From<&str> for Failure {
    fn from(error: &str) -> Self {
        Self::new(ErrorCode::Other, error)
    }
}

/// The remedy. Reasons of what is not supported name it themselves, behind the finding.
fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::InFile { source, .. } => return hint(source),
        Error::Io { source, .. } => match source.kind() {
            ErrorKind::NotFound => "check its name, and that it was not moved meanwhile",
            ErrorKind::PermissionDenied => "give yourself permission to read it",
            _ => "check that its disk or share is there, and try again",
        },
        Error::UnsupportedFormat { reason } => match reason.split_once("; ") {
            Some((_, remedy)) => remedy,
            None => "check that it is a whole recording; ffmpeg -i IN OUT.wav converts many others",
        },
        Error::UnsupportedCodec { advice, .. } => advice,
        Error::Malformed { .. } => {
            "copy it again from where it was recorded, or try ffmpeg -i IN OUT.wav"
        }
        Error::LimitExceeded { .. } => "convert it, e.g. ffmpeg -i IN -ar 16000 OUT.wav",
        Error::InvalidArgument { accepted, .. } => return Some(format!("accepted: {accepted}")),
        Error::NonFiniteSample { .. } => "replace NaN and infinity before the scan",
        Error::ModelMetadata { .. } => "take an ONNX file that models/training wrote",
        Error::Runtime { .. } => "try the other runtime, tract or onnxruntime",
        Error::Evidence { .. } | Error::Key { .. } | Error::Interrupted => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::super::{JSON_SCHEMA, Recording};
    use super::*;

    #[test]
    fn an_error_in_a_file_has_the_code_and_remedy_of_its_cause() {
        let cause = Error::UnsupportedFormat {
            reason: "FLV files are not read; convert it".into(),
        };
        let failure = Failure::from(Error::InFile {
            path: "a.flv".into(),
            source: Box::new(cause),
        });
        assert_eq!(failure.code, ErrorCode::UnsupportedFormat);
        assert_eq!(failure.hint.as_deref(), Some("convert it"));
        assert!(failure.error.starts_with("a.flv: "));
        let recording = Recording::new("a.flv", Err(failure));
        let json = serde_json::to_value(&recording).unwrap();
        assert_eq!(json["error_code"], "unsupported_format");
        assert_eq!(json["error_hint"], "convert it");
        assert_eq!(
            serde_json::from_value::<Recording>(json).unwrap(),
            recording
        );
        // A line of an earlier version.
        let old = r#"{"path":"a.wav","status":"error","error":"damaged"}"#;
        let old: Recording = serde_json::from_str(old).unwrap();
        assert_eq!(old.error(), Some("damaged"));
        assert!(!serde_json::to_string(&old).unwrap().contains("code"));
    }

    #[test]
    fn the_schema_lists_every_code() {
        let source = include_str!("failure.rs");
        let body = source.split("pub enum ErrorCode {").nth(1).unwrap();
        let body = body.split("\n}").next().unwrap();
        let names = body
            .lines()
            .map(str::trim)
            .filter(|l| !l.starts_with("///"));
        let names = names.filter_map(|l| l.strip_suffix(','));
        let written: BTreeSet<String> = names
            .map(|name| {
                let code: ErrorCode = serde_json::from_value(Value::String(snake(name))).unwrap();
                serde_json::to_value(code)
                    .unwrap()
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
        let listed = schema["$defs"]["error_code"]["enum"].as_array().unwrap();
        let listed: BTreeSet<String> = listed.iter().map(|c| c.as_str().unwrap().into()).collect();
        assert_eq!(listed, written);
    }

    fn snake(name: &str) -> String {
        let mut snake = String::new();
        for c in name.chars() {
            if c.is_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.extend(c.to_lowercase());
        }
        snake
    }
}
