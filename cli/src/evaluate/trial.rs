//! One recording of a labelled list, and its score.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// One recording and what is known of it.
pub struct Trial {
    /// As the list writes it.
    pub name: String,
    /// Where a CSV says it is; protocols name no folder.
    pub path: Option<PathBuf>,
    /// The truth.
    pub bona_fide: bool,
    /// From a column `score`.
    pub score: Option<f64>,
    /// All other columns.
    pub groups: BTreeMap<String, String>,
}

/// A trial and its score, higher = more bona fide.
pub struct Scored {
    /// The recording, as the list has it.
    pub trial: Trial,
    /// A log-likelihood ratio where it comes from a scan.
    pub score: f64,
}
