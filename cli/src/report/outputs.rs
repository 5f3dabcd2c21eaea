//! All that `voxhumana report` writes.

use std::io;
use std::path::PathBuf;

use anyhow::Result;
use voxhumana::report::{Format, Recording, Summary};
use voxhumana::{DecodeOptions, Detector};

use super::args::Args;
use crate::results::{Labels, Output, OutputFormat, Pages, cannot_write};

/// Everything that is written.
pub struct Outputs<'a> {
    args: &'a Args,
    /// What the results add up to.
    pub sum: Summary,
    output: Output,
    csv: Option<Output>,
    pages: Option<Pages<'a>>,
    labels: Option<Labels>,
    /// Whether the reader of the results is still there.
    read: bool,
}

impl<'a> Outputs<'a> {
    pub fn create(
        args: &'a Args,
        paths: &[String],
        columns: &[String],
        detector: Option<&'a Detector>,
    ) -> Result<Self> {
        let recordings: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let options = DecodeOptions::default();
        let pages = detector.map(|d| Pages::create(&args.pages, options, d.model().metadata()));
        let csv = |path| {
            let format = OutputFormat::Machine(Format::Csv);
            Output::create(format, Some(path), false, columns)
        };
        Ok(Self {
            args,
            sum: Summary::default(),
            labels: Labels::create(args.labels.as_deref(), &recordings)?,
            pages: pages.transpose()?.flatten(),
            csv: args.csv.as_deref().map(csv).transpose()?,
            output: Output::create(args.format, args.output.as_deref(), false, columns)?,
            read: true,
        })
    }

    pub fn take(&mut self, recording: &Recording) -> Result<()> {
        self.sum.add(recording);
        if let Some(labels) = &self.labels {
            labels.again(recording)?;
        }
        if let Some(pages) = &self.pages {
            pages.again(recording)?;
            pages.list(recording);
        }
        if let Some(csv) = &mut self.csv {
            let written = csv.row(recording);
            written.map_err(|e| cannot_write(self.args.csv.as_deref(), &e))?;
        }
        if self.read {
            let written = self.output.recording(recording);
            self.wrote(written)?;
        }
        Ok(())
    }

    /// Ends all; returns the sum.
    pub fn finish(mut self, interrupted: bool) -> Result<Summary> {
        self.sum.interrupted = interrupted;
        if let Some(pages) = &self.pages {
            pages.finish(&self.sum)?;
        }
        if let Some(csv) = self.csv.take() {
            let written = csv.finish(&self.sum);
            written.map_err(|e| cannot_write(self.args.csv.as_deref(), &e))?;
        }
        match self.output.finish(&self.sum) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            written => written.map_err(|e| cannot_write(self.args.output.as_deref(), &e))?,
        }
        Ok(self.sum)
    }

    fn wrote(&mut self, written: io::Result<()>) -> Result<()> {
        match written {
            // Whoever reads has seen enough; the files that were asked for are written.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.read = false;
                Ok(())
            }
            written => {
                written.map_err(|e| cannot_write(self.args.output.as_deref(), &e))?;
                Ok(())
            }
        }
    }
}
