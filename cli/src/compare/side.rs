//! A recording in the results of one scan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;
use voxhumana::report::Recording;
use voxhumana::{ChannelReport, Verdict};

use crate::results::{each, identity, latest};

/// What became of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    BonaFide,
    Inconclusive,
    Synthetic,
    Error,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::BonaFide => "bona fide",
            Self::Inconclusive => "inconclusive",
            Self::Synthetic => "synthetic",
            Self::Error => "error",
        })
    }
}

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Answer {
    pub verdict: State,
    /// The lowest of the channels' `llr`.
    pub llr: Option<f64>,
    /// The lowest of the channels' `decision_llr`, which the verdict rests on.
    pub decision_llr: Option<f64>,
}

/// One recording.
pub struct Entry {
    pub path: String,
    pub sha256: Option<String>,
    pub metadata: Option<BTreeMap<String, String>>,
    pub answer: Answer,
}

/// The results of one scan.
#[derive(Serialize)]
pub struct Side {
    /// The file of the results.
    pub file: String,
    pub recordings: usize,
    /// Name and version of the models that scored.
    pub models: BTreeSet<String>,
    /// Operating points and their thresholds.
    pub operating_points: BTreeSet<String>,
    #[serde(skip)]
    pub entries: Vec<Entry>,
}

impl Side {
    /// Reads a file of results. Of several results of a recording the last counts.
    pub fn read(path: &Path) -> Result<Self> {
        let latest = latest(path)?;
        let mut side = Self {
            file: path.to_string_lossy().into_owned(),
            recordings: 0,
            models: BTreeSet::new(),
            operating_points: BTreeSet::new(),
            entries: Vec::new(),
        };
        each(path, |number, recording| {
            // What came by standard input has no name to find it by.
            if latest.get(&identity(&recording)) == Some(&number) {
                side.add(recording);
            }
            Ok(())
        })?;
        side.recordings = side.entries.len();
        Ok(side)
    }

    fn add(&mut self, recording: Recording) {
        let mut answer = Answer {
            verdict: State::Error,
            llr: None,
            decision_llr: None,
        };
        if let Some(report) = recording.report() {
            let model = &report.model;
            self.models
                .insert(format!("{} {}", model.name, model.version));
            self.operating_points.insert(format!(
                "{} ({:+.2})",
                report.operating_point, report.threshold_llr
            ));
            let lowest = |llr: fn(&ChannelReport) -> Option<f64>| {
                report
                    .channels
                    .iter()
                    .filter_map(llr)
                    .min_by(f64::total_cmp)
            };
            answer = Answer {
                verdict: match report.verdict() {
                    Verdict::BonaFide => State::BonaFide,
                    Verdict::Inconclusive => State::Inconclusive,
                    Verdict::Synthetic => State::Synthetic,
                },
                llr: lowest(|c| c.llr),
                decision_llr: lowest(|c| c.decision_llr),
            };
        }
        self.entries.push(Entry {
            path: recording.path,
            sha256: recording.sha256,
            metadata: recording.metadata,
            answer,
        });
    }
}
