//! Results for programs, version [`SCHEMA_VERSION`]: JSON Lines, JSON, CSV, RTTM and label
//! tracks. What people read, HTML pages, is in the module `html`.
//!
//! All formats carry the same facts, the first three under the same names. [`JSON_SCHEMA`]
//! describes these to validators. Later versions may add fields; they never rename or remove these.
//! Text is UTF-8; what is not valid UTF-8 in a path is replaced by U+FFFD. Names are kept as they
//! are; [`printable`] is for whoever shows them to people.
//!
//! # JSON Lines
//!
//! One [`Recording`] per line, in the order in which they are finished, and one [`Summary`] as the
//! last line, each in an envelope:
//!
//! ```json
//! {"type":"recording","schema_version":1,"data":{"path":"call.wav","status":"ok"}}
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
//! One document of `type` `"scan"` in the same envelope; its `data` holds `recordings`, an array of
//! [`Recording`], and `summary`, a [`Summary`].
//!
//! # CSV
//!
//! RFC 4180 with a header: one row per channel, one row for a recording that failed. The columns
//! are the fields of
//! [`CsvRow`], then those of [`ReportWriter::metadata_columns`]. What does not apply is empty.
//!
//! # RTTM
//!
//! NIST's Rich Transcription Time Marked, as tools of speaker diarisation read it. For each channel
//! one line of type `SPKR-INFO`, then one of type `SPEAKER` for each segment of the timeline, or,
//! where nothing was scored, for each stretch of speech. A recording that failed has none. Ten
//! fields, parted by one space; what does not apply is `<NA>`:
//!
//! | field | `SPKR-INFO` | `SPEAKER` |
//! |---|---|---|
//! | type | `SPKR-INFO` | `SPEAKER` |
//! | file | the path | the same |
//! | channel | index of the channel, from 1 | the same |
//! | start | `<NA>` | seconds from the start of the recording, to the millisecond |
//! | duration | `<NA>` | seconds, to the millisecond |
//! | orthography | `<NA>` | `<NA>` |
//! | subtype | `unknown` | `<NA>` |
//! | name | channel and verdict | the same |
//! | confidence | `decision_llr` of the channel, 4 decimals | `llr` of the segment |
//! | lookahead | `<NA>` | `<NA>` |
//!
//! White space, control characters, marks of direction and `%` are percent-encoded in the path; in
//! the channel's name
//! `:` as well. Name and verdict are parted by `:`, and what more there is to say follows:
//! `agent:bona_fide`, `caller:inconclusive:no_speech`, `agent:synthetic:stretch` where a stretch
//! decided. Confidences are natural-log likelihood ratios, bona fide over spoof, and not, as NIST
//! has it, probabilities.
//!
//! # Label tracks
//!
//! [`audacity_labels`] gives one for each recording.
//!
//! # Evidence
//!
//! With the feature `evidence`, the module `evidence` writes and checks a record of a scan for
//! another party.
//!
//! ```
//! use voxhumana::report::{Format, Recording, ReportWriter, Summary};
//!
//! let detector = voxhumana::Detector::bundled()?;
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

mod clock;
mod csv;
#[cfg(feature = "evidence")]
pub mod evidence;
mod failure;
#[cfg(feature = "html")]
pub mod html;
mod labels;
mod metadata;
mod printable;
mod record;
mod rttm;
mod schema;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod writer;

pub use clock::clock;
pub use csv::CsvRow;
pub use failure::{ErrorCode, Failure};
pub use labels::audacity_labels;
pub use metadata::{MAX_MISSING_NAMES, MetadataJoin, Missing};
pub use printable::printable;
pub use record::{Outcome, Recording};
pub use schema::JSON_SCHEMA;
pub use summary::Summary;
pub use writer::{Format, ReportWriter};

/// Version of the machine-readable result that this crate writes.
pub const SCHEMA_VERSION: u32 = 1;
