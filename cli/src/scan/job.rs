//! One recording to its result.

use std::fs;
use std::path::Path;

use voxhumana::marks;
use voxhumana::report::{ErrorCode, Failure, Recording};
use voxhumana::{Detector, Error, Examination, RecordingReport};

use super::evidence::Evidence;
use super::inputs::Input;
use super::resume::Earlier;
use super::settings::Settings;
use super::stamp::Stamp;
use super::standard_input::StandardInput;
use crate::advice;
use crate::digest::sha256_of_file;
use crate::results::Metadata;

/// The means by which every recording of a run is scanned.
pub struct Job<'a> {
    detector: &'a Detector,
    settings: Settings,
    /// Whether results keep the scores of their windows.
    windows: bool,
    /// What an earlier run has done.
    pub earlier: Earlier,
    /// What else is known of the recordings.
    pub metadata: Option<&'a Metadata>,
    /// Where what the results rest on is kept.
    pub evidence: Option<&'a Evidence<'a>>,
}

impl<'a> Job<'a> {
    pub fn new(detector: &'a Detector, settings: Settings, windows: bool) -> Self {
        Self {
            detector,
            settings,
            windows,
            earlier: Earlier::default(),
            metadata: None,
            evidence: None,
        }
    }

    /// Scans a recording, and adds what is known of it; `None` if an earlier run did.
    pub fn run(&self, input: &Input) -> Option<Recording> {
        let mut recording = match input.file() {
            None => Recording::new("-", self.standard_input()),
            Some(path) => match self.run_file(path) {
                Ok(recording) => recording?,
                Err(failure) => {
                    if let Some(evidence) = self.evidence {
                        evidence.add(path, None, None, Err(&failure.error));
                    }
                    Recording::new(path, Err(failure))
                }
            },
        };
        if let Input::Sample(_) = input {
            recording.path = input.to_string();
        }
        recording.metadata = self.metadata.and_then(|m| m.of(&recording.path));
        Some(recording)
    }

    fn standard_input(&self) -> Result<RecordingReport, Failure> {
        let result = match StandardInput::open() {
            StandardInput::File(file) => self.report(file.path()).map(|(report, _)| report),
            StandardInput::Stream(source) if self.windows => {
                let examined = self.detector.examine_reader(source, None);
                examined.map(|e| e.report_with_windows())
            }
            StandardInput::Stream(source) => self.detector.scan_reader(source, None),
        };
        result.map_err(|error| {
            // The temporary file has a name that says nothing.
            let error = match error {
                Error::InFile { source, .. } => *source,
                error => error,
            };
            let mut failure = advice::failure(&error);
            failure.error = format!("standard input: {}", failure.error);
            failure
        })
    }

    /// An error stands for a recording that could not be read as it is: `--resume` tries it again.
    fn run_file(&self, path: &Path) -> Result<Option<Recording>, Failure> {
        let unreadable = |source| {
            let path = path.to_owned();
            advice::failure(&Error::Io { path, source })
        };
        if !fs::metadata(path).map_err(unreadable)?.is_file() {
            if self.evidence.is_some() {
                let problem = format!(
                    "{}: not a file that can be read again, as evidence must; copy it to one first",
                    path.display()
                );
                return Err(
                    Failure::new(ErrorCode::NotAFile, problem).with_hint("copy it to a file first")
                );
            }
            // A pipe can be read only once.
            let result = self.report(path).map(|(report, _)| report);
            return Ok(Some(Recording::new(
                path,
                result.map_err(|e| advice::failure(&e)),
            )));
        }
        let before = Stamp::of(path).map_err(unreadable)?;
        let sha256 = sha256_of_file(path).map_err(unreadable)?;
        let scan_key = self.settings.key(&sha256);
        if self.earlier.has(path, &scan_key) {
            return Ok(None);
        }
        // Before the scan, so that the check for a change spans both.
        let declared = marks::read(path).ok();
        let (result, examined) = match self.report(path) {
            Err(error) if is_of_the_system(&error) => return Err(advice::failure(&error)),
            Err(error) => (Err(advice::failure(&error)), None),
            Ok((report, examined)) => (Ok(report), examined),
        };
        if Stamp::of(path).map_err(unreadable)? != before {
            let problem = format!(
                "{}: changed while it was read; scan it again when its recorder is done",
                path.display()
            );
            return Err(Failure::new(ErrorCode::ChangedWhileRead, problem)
                .with_hint("scan it again when its recorder is done"));
        }
        if let Some(evidence) = self.evidence {
            let error = result.as_ref().err().map_or("", |failure| &failure.error);
            let file = (before.bytes, sha256.as_str());
            evidence.add(path, Some(file), declared.clone(), examined.ok_or(error));
        }
        let mut recording = Recording::new(path, result);
        recording.sha256 = Some(sha256);
        recording.scan_key = Some(scan_key);
        recording.declared = declared;
        Ok(Some(recording))
    }

    /// The report of a file, and what it rests on where that is asked for.
    fn report(&self, path: &Path) -> Result<(RecordingReport, Option<Examination>), Error> {
        if self.evidence.is_none() && !self.windows {
            return Ok((self.detector.scan_file(path)?, None));
        }
        let examined = self.detector.examine_file(path)?;
        let report = if self.windows {
            examined.report_with_windows()
        } else {
            examined.report.clone()
        };
        Ok((report, Some(examined)))
    }
}

/// Whether an error is none of the recording, and may be gone the next time.
fn is_of_the_system(error: &Error) -> bool {
    match error {
        Error::Io { .. } => true,
        Error::InFile { source, .. } => is_of_the_system(source),
        _ => false,
    }
}
