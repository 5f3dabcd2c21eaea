//! Words for people on standard error.

use std::io::Write;
use std::path::Path;

use voxhumana::report::{Missing, printable};

/// Names that people are shown of many.
const MAX_NAMES: usize = 5;

/// Says one line. What it holds of names, files and errors cannot break out of it.
macro_rules! say {
    ($($words:tt)*) => { $crate::say::line(&format!($($words)*)) };
}
pub(crate) use say;

/// The line of [`say`]. A reader that has gone hears nothing, and the work goes on.
pub fn line(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", printable(text));
}

/// So many of something.
pub fn count(n: u64, one: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    }
}

/// Names of those that miss something, the first few of them.
pub fn names(missing: &Missing) -> String {
    let shown = &missing.names[..missing.names.len().min(MAX_NAMES)];
    match missing.count - shown.len() as u64 {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A path as people may read it.
pub fn name(path: &Path) -> String {
    printable(&path.to_string_lossy()).into_owned()
}
