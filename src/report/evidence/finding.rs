//! The outcome of checking a part of a record.

use std::fmt;

use serde::Serialize;

/// Whether a part is as it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It was checked and matches.
    Ok,
    /// It was not checked; the detail says why.
    NotChecked,
    /// It does not match.
    Failed,
}

impl fmt::Display for Status {
    /// In words, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::NotChecked => "not checked",
            Self::Failed => "FAILED",
        })
    }
}

/// One line of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Which part of the record, as a JSON pointer.
    pub part: String,
    /// Whether it is as it was recorded.
    pub status: Status,
    /// The values compared, or the fault, for people.
    pub detail: String,
}

impl Finding {
    /// A part that matches.
    pub fn ok(part: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(part, Status::Ok, detail)
    }

    /// A part that was not checked.
    pub fn not_checked(part: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(part, Status::NotChecked, detail)
    }

    /// A part that does not match.
    pub fn failed(part: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(part, Status::Failed, detail)
    }

    fn new(part: impl Into<String>, status: Status, detail: impl Into<String>) -> Self {
        Self {
            part: part.into(),
            status,
            detail: detail.into(),
        }
    }
}
