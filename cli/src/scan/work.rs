//! All that is done about one recording: its result, and the files beside it.

use voxhumana::report::{ErrorCode, Failure, Recording};

use super::inputs::Input;
use super::job::Job;
use crate::results::{Labels, Pages};

/// The means by which every recording of a run is worked on.
pub struct Work<'a> {
    pub job: Job<'a>,
    pub labels: Option<&'a Labels>,
    pub pages: Option<&'a Pages<'a>>,
}

impl Work<'_> {
    /// Scans a recording and writes what belongs to it; `None` if an earlier run did.
    pub fn run(&self, input: &Input) -> Option<Recording> {
        let mut recording = self.job.run(input)?;
        if let Some(labels) = self.labels {
            recording = labels.write(recording);
        }
        if let Some(pages) = self.pages {
            recording = pages.write(recording, input.file());
        }
        Some(recording)
    }
}

/// The result of a recording at which the program failed.
pub fn crashed(input: &Input, problem: &str) -> Recording {
    let path = input.to_string();
    let error = format!("{path}: {problem}");
    Recording::new(path, Err(Failure::new(ErrorCode::Internal, error)))
}
