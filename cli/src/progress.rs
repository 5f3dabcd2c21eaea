//! How far it is: a bar on standard error, on a terminal only.

use std::fmt;
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bar, or nothing.
pub struct Progress(ProgressBar);

impl Progress {
    /// For so many recordings.
    pub fn new(recordings: usize, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(Some(recordings as u64), target);
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
    pub fn advance(&self) {
        self.0.inc(1);
    }

    /// Shows the findings so far behind the bar.
    pub fn say(&self, found: fmt::Arguments<'_>) {
        self.0.set_message(found.to_string());
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}
