//! How far the scan is: a bar on standard error, on a terminal only.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use voxhumana::report::Summary;

/// The bar, or nothing.
pub struct Progress(ProgressBar);

impl Progress {
    /// For so many recordings.
    pub fn new(recordings: u64, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(Some(recordings), ProgressDrawTarget::stderr());
        let template = "{spinner} {wide_bar} {pos}/{len} recordings, {per_sec}, {eta} left{msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Prints above the bar.
    pub fn above<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    /// One more recording is done.
    pub fn advance(&self, summary: &Summary) {
        self.0.inc(1);
        if summary.synthetic + summary.errors > 0 {
            self.0.set_message(format!(
                ", {} synthetic, {} failed",
                summary.synthetic, summary.errors
            ));
        }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}
