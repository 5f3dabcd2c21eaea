//! By what a file that changes is noticed.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Size and time of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub bytes: u64,
    /// Nanoseconds since 1970 of its last change; `None` where the system keeps none.
    pub modified_ns: Option<i64>,
}

impl Stamp {
    /// The one that it has now.
    pub fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            bytes: metadata.len(),
            modified_ns: metadata.modified().ok().map(nanoseconds),
        })
    }
}

/// To the year 2262.
pub fn nanoseconds(time: SystemTime) -> i64 {
    let of = |span: std::time::Duration| i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(span) => of(span),
        Err(before) => -of(before.duration()),
    }
}
