//! Advice on errors.

use std::io::ErrorKind;

use voxhumana::Error;
use voxhumana::report::Failure;

/// Which file, what went wrong, and what to do about it.
pub fn explain(error: &Error) -> String {
    match advice(error) {
        Some(advice) => format!("{error}; {advice}"),
        None => error.to_string(),
    }
}

/// The same as the failure of a recording.
pub fn failure(error: &Error) -> Failure {
    let mut failure = Failure::from(error);
    failure.error = explain(error);
    if let Some(advice) = advice(error) {
        failure.hint = Some(advice.to_owned());
    }
    failure
}

/// The same for what ends the whole scan. The library's errors name their causes themselves, so the
/// chain ends with one.
pub fn explain_any(error: &anyhow::Error) -> String {
    let mut texts = Vec::new();
    for cause in error.chain() {
        if let Some(library) = cause.downcast_ref() {
            texts.push(explain(library));
            break;
        }
        texts.push(cause.to_string());
    }
    texts.join(": ")
}

/// `None` where the error says it itself.
fn advice(error: &Error) -> Option<&'static str> {
    match error {
        Error::InFile { source, .. } => advice(source),
        Error::Io { source, .. } => match source.kind() {
            ErrorKind::NotFound => Some("check its name, and that it was not moved meanwhile"),
            ErrorKind::PermissionDenied => Some("give yourself permission to read it"),
            // A program that is missing, and the error says which.
            ErrorKind::Unsupported => None,
            _ => Some("check that its disk or share is there, and try again"),
        },
        Error::Malformed { .. } => {
            Some("copy it again from where it was recorded, or try ffmpeg -i IN OUT.wav")
        }
        Error::LimitExceeded { .. } => Some("convert it, e.g. ffmpeg -i IN -ar 16000 OUT.wav"),
        Error::ModelMetadata { .. } => {
            Some("give --model an ONNX file that models/training wrote, or leave it out")
        }
        Error::InvalidArgument { name, .. } if *name == "number of channel names" => {
            Some("give --channels one name for each channel, or leave it out")
        }
        _ => None,
    }
}
