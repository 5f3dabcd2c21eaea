//! What becomes of the results of an earlier run.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use voxhumana::report::Recording;
use voxhumana::{Detector, RecordingReport};

use super::args::Args;
use super::inputs::Input;
use super::settings::Settings;
use crate::results::Metadata;
use crate::say::{self, say};

/// What this run knows of its recordings.
pub struct Run<'a> {
    settings: Settings,
    windows: bool,
    pub metadata: Option<&'a Metadata>,
    pub names: HashSet<String>,
    /// The same by whatever name.
    files: HashSet<PathBuf>,
}

/// What becomes of an earlier result.
#[derive(PartialEq, Eq)]
pub enum Fate {
    /// It is what this run would give.
    Done,
    /// This run gives another one.
    Replaced,
    /// It is of other settings, and this run has no such recording.
    Foreign,
}

impl<'a> Run<'a> {
    pub fn new(
        args: &Args,
        detector: &Detector,
        inputs: &[Input],
        metadata: Option<&'a Metadata>,
    ) -> Self {
        let files = inputs.iter().filter_map(|input| match input {
            Input::File(path) => fs::canonicalize(path).ok(),
            Input::Stdin => None,
        });
        Self {
            settings: Settings::new(args, detector),
            windows: args.windows,
            metadata,
            names: inputs.iter().map(ToString::to_string).collect(),
            files: files.collect(),
        }
    }

    pub fn fate(&self, recording: &Recording, key: &str) -> Fate {
        let expected = recording
            .sha256
            .as_deref()
            .map(|sha256| self.settings.key(sha256));
        let scored = |report: &RecordingReport| {
            let mut own = report.channels.iter().filter(|c| c.same_as.is_none());
            own.all(|c| c.windows.is_some())
        };
        let has_windows = !self.windows || recording.report().is_none_or(scored);
        let is_given = self.names.contains(&recording.path)
            || fs::canonicalize(&recording.path).is_ok_and(|path| self.files.contains(&path));
        match (expected.as_deref() == Some(key), has_windows, is_given) {
            (true, true, _) => Fate::Done,
            (_, _, true) => Fate::Replaced,
            _ => Fate::Foreign,
        }
    }
}

/// How many earlier results are of other settings.
#[derive(Default)]
pub struct Fates {
    pub replaced: u64,
    pub foreign: u64,
}

impl Fates {
    /// Says it.
    pub fn print(&self, path: &Path) {
        let name = path.display();
        if self.replaced > 0 {
            say!(
                "{name}: made anew, as of another threshold, model or setting: {}; of a scan with \
                 --windows, voxhumana report makes them without a scan",
                say::count(self.replaced, "result")
            );
        }
        if self.foreign > 0 {
            say!(
                "warning: {name}: kept, though of another threshold, model or setting, as of \
                 recordings that were not given: {}",
                say::count(self.foreign, "result")
            );
        }
    }
}
