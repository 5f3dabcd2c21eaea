//! What becomes of the results of an earlier run.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use voxhumana::report::Recording;
use voxhumana::{Detector, ModelId, RecordingReport};

use super::args::Args;
use super::inputs::Input;
use super::settings::Settings;
use crate::results::Metadata;
use crate::say::{self, say};

/// What this run knows of its recordings.
pub struct Run<'a> {
    settings: Settings,
    /// The model that scores now.
    model: ModelId,
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
        let files = inputs.iter().filter_map(Input::file);
        let files = files.filter_map(|path| fs::canonicalize(path).ok());
        Self {
            settings: Settings::new(&args.detector, detector),
            model: ModelId {
                name: detector.model().metadata().name.clone(),
                version: detector.model().metadata().version.clone(),
                sha256: detector.model().sha256().to_owned(),
            },
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
    replaced: u64,
    foreign: u64,
    /// Those of another model among them, by the change from it to that of this run.
    models: BTreeMap<String, u64>,
}

impl Fates {
    /// Counts what becomes of a result.
    pub fn count(&mut self, fate: &Fate, recording: &Recording, run: &Run<'_>) {
        match fate {
            Fate::Done => return,
            Fate::Replaced => self.replaced += 1,
            Fate::Foreign => self.foreign += 1,
        }
        if let Some(then) = recording.report().map(|report| &report.model)
            && *then != run.model
        {
            let change = format!("from {} to {}", model(then), model(&run.model));
            *self.models.entry(change).or_default() += 1;
        }
    }

    /// Says it.
    pub fn print(&self, path: &Path) {
        let name = path.display();
        for (change, n) in &self.models {
            say!(
                "{name}: the model has changed since, {change}: {}; scores of two models are not \
                 comparable, and voxhumana compare shows which verdicts flip",
                say::count(*n, "result")
            );
        }
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

/// A model as people tell it from another, also from one of its own version.
fn model(id: &ModelId) -> String {
    let digest: String = id.sha256.chars().take(8).collect();
    format!("{} {} (sha256 {digest})", id.name, id.version)
}
