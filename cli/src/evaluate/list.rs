//! A list of recordings, whatever file it comes from.

use anyhow::Result;
use voxhumana::metrics::Label;

use super::trial::Trial;

/// A list, and the columns that it is reported by unless `--by` names others.
pub struct List {
    pub trials: Vec<Trial>,
    pub groups: Vec<String>,
}

/// The truth that a label tells, in the words of data sets or of verdicts.
pub fn is_bona_fide(label: &str) -> Result<bool> {
    Ok(label.parse::<Label>()? == Label::BonaFide)
}
