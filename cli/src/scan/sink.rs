//! Where the results of a scan come together, one by one.

use std::io;
use std::mem;
use std::time::Instant;

use anyhow::Result;
use voxhumana::report::{Recording, Summary};

use super::args::Args;
use super::detector;
use super::resume::Earlier;
use crate::progress::Progress;
use crate::results::{Metadata, Output, Pages};
use crate::say::say;

/// Takes results as they finish.
pub struct Sink<'a> {
    pub args: &'a Args,
    pub start: Instant,
    /// What the results add up to.
    pub sum: Summary,
    /// Seconds of audio in it that an earlier run had done.
    pub earlier_audio_s: f64,
    pub metadata: Option<&'a Metadata>,
    pub pages: Option<&'a Pages<'a>>,
    pub progress: &'a Progress,
    /// `None` once it is finished.
    pub output: Option<Output>,
    /// Recordings taken, also those that an earlier run had done.
    pub taken: usize,
}

impl Sink<'_> {
    /// Takes one; `None` if an earlier run had done it.
    pub fn take(&mut self, recording: Option<Recording>) -> io::Result<()> {
        self.taken += 1;
        if let Some(recording) = recording {
            self.sum.add(&recording);
            if let Some(pages) = &self.pages {
                pages.list(&recording);
            }
            self.progress.above(|| {
                if !self.args.quiet {
                    detector::warn_of_header(&self.args.detector, &recording);
                }
                self.output
                    .as_mut()
                    .map_or(Ok(()), |output| output.recording(&recording))
            })?;
        }
        self.progress.advance();
        if self.sum.synthetic + self.sum.errors > 0 {
            self.progress.say(format_args!(
                ", {} synthetic, {} failed",
                self.sum.synthetic, self.sum.errors
            ));
        }
        Ok(())
    }

    /// Takes out what the results say of recordings that have changed since.
    pub fn leave_latest(&mut self, earlier: &Earlier) -> Result<()> {
        let path = self.args.output.as_deref();
        let Some(path) = path.filter(|_| earlier.has_changed()) else {
            return Ok(());
        };
        self.output = None;
        let sum = earlier.leave_latest(path)?;
        let all = mem::replace(&mut self.sum, sum);
        self.sum.passed_over = all.passed_over;
        self.output = Some(Output::create(self.args.format, Some(path), true, &[])?);
        Ok(())
    }

    /// Writes what stands at the end.
    pub fn finish(&mut self) -> io::Result<()> {
        self.progress.clear();
        let sum = &mut self.sum;
        sum.elapsed_s = self.start.elapsed().as_secs_f64();
        let scanned_s = sum.audio_s - self.earlier_audio_s;
        sum.times_real_time = (scanned_s > 0.0).then(|| scanned_s / sum.elapsed_s);
        sum.metadata = self.metadata.map(|metadata| metadata.join.clone());
        mem::take(&mut self.output).map_or(Ok(()), |output| output.finish(sum))
    }

    /// Ends in the middle: what was written is whole, and says that it is not all.
    pub fn interrupted(&mut self) {
        self.sum.interrupted = true;
        if let Err(error) = self.finish() {
            say!("error: results cannot be written: {error}");
        }
        if let Some(Err(error)) = self.pages.map(|pages| pages.finish(&self.sum)) {
            say!("error: {error:#}");
        }
        say!(
            "interrupted: {} recordings are done{}",
            self.sum.recordings,
            if self.args.evidence.is_some() {
                ", and there is no evidence"
            } else {
                ""
            }
        );
    }
}
