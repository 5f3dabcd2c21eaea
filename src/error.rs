//! The one error type of the crate.

use std::path::PathBuf;

/// The result of the crate's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong between a recording and its verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused to open or read a file.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// An error that happened while working on one file, with the file's name.
    #[error("{}: {source}", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// The error inside the file.
        source: Box<Error>,
    },
    /// The bytes are of no container this build can read.
    #[error("not a recording this build can read: {reason}")]
    UnsupportedFormat {
        /// The finding, and the fix.
        reason: String,
    },
    /// The container was understood, the codec inside cannot be decoded.
    #[error("codec {codec} cannot be decoded: {advice}")]
    UnsupportedCodec {
        /// The codec's name.
        codec: String,
        /// The fix.
        advice: String,
    },
    /// The recording is damaged before its first decodable sample.
    #[error("damaged recording: {reason}")]
    Malformed {
        /// The fault, and its place.
        reason: String,
    },
    /// A hostile or mistaken value was stopped by a named limit.
    #[error("{what} is {value}, more than the limit of {limit}")]
    LimitExceeded {
        /// The quantity.
        what: &'static str,
        /// The value that the input asked for.
        value: u64,
        /// The limit that stopped it.
        limit: u64,
    },
    /// A caller's argument lies outside its accepted range.
    #[error("{name} is {value}; accepted: {accepted}")]
    InvalidArgument {
        /// The argument.
        name: &'static str,
        /// The value given.
        value: String,
        /// The accepted range or set.
        accepted: String,
    },
    /// Samples handed in by the caller hold NaN or infinity.
    #[error("sample {index} is {value}; samples must be finite")]
    NonFiniteSample {
        /// Index of the first such sample.
        index: usize,
        /// Its value.
        value: f32,
    },
    /// A model file carries metadata that this build cannot work with.
    #[error("model metadata field `{field}`: {problem}")]
    ModelMetadata {
        /// The field.
        field: String,
        /// The misfit.
        problem: String,
    },
    /// The bytes are no evidence record that this build can check.
    #[error("not an evidence record that can be checked: {reason}")]
    Evidence {
        /// The finding.
        reason: String,
    },
    /// A file or text is no key that signatures are made or checked with.
    #[error("no usable key: {reason}")]
    Key {
        /// The finding, and the fix.
        reason: String,
    },
    /// The caller ended the scan.
    #[error("the scan was interrupted")]
    Interrupted,
    /// The ONNX runtime refused the model or failed while running it.
    #[error("onnx runtime {runtime}: {reason}")]
    Runtime {
        /// `tract` or `onnxruntime`.
        runtime: &'static str,
        /// The runtime's own words.
        reason: String,
    },
}
