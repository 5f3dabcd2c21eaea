//! `--labels`: a label track for each recording, as it is finished.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use voxhumana::report::{ErrorCode, Failure, Recording, audacity_labels};

use super::sidecars::Sidecars;
use crate::{atomic_file, place};

/// Where the tracks go.
pub struct Labels(Sidecars);

impl Labels {
    /// If the command line says `--labels`. `inputs` are the files and folders of recordings.
    pub fn create(folder: Option<&Path>, inputs: &[PathBuf]) -> Result<Option<Self>> {
        let Some(folder) = folder else {
            return Ok(None);
        };
        place::make_folder("--labels", folder)?;
        Ok(Some(Self(Sidecars::new(folder, inputs))))
    }

    /// Writes the track of a recording. One that cannot be written makes the recording an error,
    /// which `--resume` tries again.
    pub fn write(&self, recording: Recording) -> Recording {
        let Some(report) = recording.report() else {
            return recording;
        };
        let file = self.file(&recording);
        match write(&file, &audacity_labels(report)) {
            Ok(()) => recording,
            Err(error) => {
                let path = &recording.path;
                let problem = format!(
                    "{path}: its labels, {}, cannot be written: {error}; check that there is space \
                     left, and that you may write there",
                    file.display()
                );
                Recording::new(path, Err(Failure::new(ErrorCode::CannotWrite, problem)))
            }
        }
    }

    /// Writes the track of a recording that an earlier run had done, if it is not there.
    pub fn complete(&self, recording: &Recording) -> Result<()> {
        if self.file(recording).exists() {
            return Ok(());
        }
        self.again(recording)
    }

    /// Writes the track of a recording that was scanned earlier.
    pub fn again(&self, recording: &Recording) -> Result<()> {
        let Some(report) = recording.report() else {
            return Ok(());
        };
        let file = self.file(recording);
        write(&file, &audacity_labels(report))
            .with_context(|| format!("{}: cannot be written", file.display()))
    }

    fn file(&self, recording: &Recording) -> PathBuf {
        self.0.file_of(recording, "labels.txt")
    }
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    atomic_file::write(file, |out| out.write_all(text.as_bytes()))
}
