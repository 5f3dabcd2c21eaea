//! One recording of a scan.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::failure::{ErrorCode, Failure};
use crate::detect::RecordingReport;
use crate::marks::Declared;
use crate::verdict::Verdict;

/// The outcome of one recording: its report, or why there is none.
///
/// | field | type | meaning |
/// |---|---|---|
/// | `path` | string | the recording as it was named, `-` for standard input |
/// | `sha256` | string, may be absent | SHA-256 of the file's bytes, lower-case hex |
/// | `scan_key` | string, may be absent | see [`Recording::scan_key`] |
/// | `declared` | [`Declared`], may be absent | the word of the file itself on how it was made |
/// | `metadata` | object of strings, may be absent | see [`Recording::metadata`] |
/// | `status` | `"ok"` or `"error"` | whether it could be scanned |
/// | `error` | string | if `status` is `error`: what went wrong, for people |
/// | `error_code` | an [`ErrorCode`] in snake case | then as well: its kind, for programs |
/// | `error_hint` | string, may be absent | then as well: what to do about it |
/// | `verdict` | a [`Verdict`] in snake case | if `status` is `ok`: the worst of the channels |
///
/// and, if `status` is `ok`, the fields of [`RecordingReport`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recording {
    /// The recording as it was named, `-` for standard input.
    pub path: String,
    /// SHA-256 of the file's bytes, lower-case hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Two results with the same key are the same: a digest over the recording's bytes, the model
    /// and the settings, by which an interrupted scan knows what is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan_key: Option<String>,
    /// The word of the file itself on how it was made, beside the verdict and never in it; absent
    /// where there is no file that could be looked into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declared>,
    /// What a table of the caller's says of the recording, by column: queue, agent, caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The report of a recording, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    /// It was scanned.
    Ok {
        /// The worst of the channels' verdicts.
        verdict: Verdict,
        /// The report.
        #[serde(flatten)]
        report: Box<RecordingReport>,
    },
    /// It could not be scanned.
    Error {
        /// The error, in words for people.
        error: String,
        /// Its kind, for programs; `None` in lines of early versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error_code: Option<ErrorCode>,
        /// The remedy, where one is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error_hint: Option<String>,
    },
}

impl Recording {
    /// From what a scan of `path` returned.
    pub fn new<E: Into<Failure>>(
        path: impl AsRef<Path>,
        result: Result<RecordingReport, E>,
    ) -> Self {
        let outcome = match result {
            Ok(report) => Outcome::Ok {
                verdict: report.verdict(),
                report: Box::new(report),
            },
            Err(failure) => {
                let Failure { error, code, hint } = failure.into();
                Outcome::Error {
                    error,
                    error_code: Some(code),
                    error_hint: hint,
                }
            }
        };
        Self {
            path: path.as_ref().to_string_lossy().into_owned(),
            sha256: None,
            scan_key: None,
            declared: None,
            metadata: None,
            outcome,
        }
    }

    /// The report, if it could be scanned.
    #[must_use]
    pub fn report(&self) -> Option<&RecordingReport> {
        match &self.outcome {
            Outcome::Ok { report, .. } => Some(report),
            Outcome::Error { .. } => None,
        }
    }

    /// The verdict, if it could be scanned.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.report().map(RecordingReport::verdict)
    }

    /// The error, if it could not be scanned.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Ok { .. } => None,
            Outcome::Error { error, .. } => Some(error),
        }
    }
}
