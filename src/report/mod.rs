//! What programs read of a scan, version [`SCHEMA_VERSION`]: JSON Lines, JSON and CSV. What people read, HTML pages, is
//! in the module `html`.
//!
//! All formats carry the same facts under the same names. Later versions may add fields; they never rename or
//! remove these. Text is UTF-8; what is not valid UTF-8 in a path is replaced by U+FFFD.
//!
//! # JSON Lines
//!
//! One [`Recording`] per line, in the order in which they are finished, and one [`Summary`] as the last line, each in
//! an envelope:
//!
//! ```json
//! {"type":"recording","schema_version":1,"data":{"path":"call.wav","status":"ok","verdict":"bona_fide"}}
//! ```
//!
//! | field | type | meaning |
//! |---|---|---|
//! | `type` | `"recording"` or `"summary"` | what `data` is |
//! | `schema_version` | integer | 1 |
//! | `data` | object | a [`Recording`] or a [`Summary`], whose documentation lists its fields |
//!
//! # JSON
//!
//! One document of `type` `"scan"` in the same envelope; its `data` holds `recordings`, an array of [`Recording`], and
//! `summary`, a [`Summary`].
//!
//! # CSV
//!
//! RFC 4180 with a header: one row per channel, one row for a recording that failed. The columns are the fields of
//! [`CsvRow`]. What does not apply is empty.
//!
//! ```
//! use bonafide::report::{Format, Recording, ReportWriter, Summary};
//!
//! let detector = bonafide::Detector::bundled()?;
//! let path = "examples/data/sample-call.wav";
//! let recording = Recording::new(path, detector.scan_file(path));
//! let mut summary = Summary::default();
//! summary.add(&recording);
//!
//! let mut writer = ReportWriter::new(Format::JsonLines, Vec::new());
//! writer.recording(&recording)?;
//! let lines = String::from_utf8(writer.finish(&summary)?)?;
//! assert_eq!(lines.lines().count(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod csv;
#[cfg(feature = "html")]
pub mod html;
mod record;
mod summary;
#[cfg(test)]
mod tests;
mod writer;

pub use csv::CsvRow;
pub use record::{Outcome, Recording};
pub use summary::Summary;
pub use writer::{Format, ReportWriter};

/// Version of the machine-readable result that this crate writes.
pub const SCHEMA_VERSION: u32 = 1;
