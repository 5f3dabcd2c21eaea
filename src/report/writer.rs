//! Results to bytes, one by one as they are finished.

use std::io::{self, Write};
use std::str::FromStr;

use serde::Serialize;

use super::SCHEMA_VERSION;
use super::csv::CsvRow;
use super::record::Recording;
use super::rttm;
use super::summary::Summary;
use super::table;
use crate::{Error, Result};

/// A machine-readable format; the [module](super) says what each looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// One line per recording and one for the summary.
    JsonLines,
    /// One document.
    Json,
    /// One row per channel.
    Csv,
    /// Lines for tools of speaker diarisation.
    Rttm,
}

impl Format {
    /// Every format, with its name on a command line and what it is for.
    pub const ALL: [(Self, &str, &str); 4] = [
        (
            Self::JsonLines,
            "jsonl",
            "JSON Lines: one line per recording and a summary, as they finish",
        ),
        (Self::Json, "json", "One JSON document"),
        (Self::Csv, "csv", "One row per channel"),
        (
            Self::Rttm,
            "rttm",
            "NIST Rich Transcription Time Marked: lines for tools of speaker diarisation",
        ),
    ];
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|(_, name, _)| *name == text);
        let names = || Self::ALL.map(|(_, name, _)| name).join(", ");
        found
            .map(|&(format, ..)| format)
            .ok_or_else(|| Error::InvalidArgument {
                name: "format",
                value: format!("`{text}`"),
                accepted: names(),
            })
    }
}

/// Writes results in one of the formats, each in full as soon as it is given: what was written
/// stays whole if the process is killed. [`ReportWriter::finish`] writes the end.
#[derive(Debug)]
pub struct ReportWriter<W: Write> {
    format: Format,
    out: W,
    recordings: u64,
    /// Columns of the CSV behind its own.
    metadata_columns: Vec<String>,
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    r#type: &'static str,
    schema_version: u32,
    data: &'a T,
}

impl<W: Write> ReportWriter<W> {
    /// A writer of `format` to `out`. Each result is one `write_all` and one `flush`.
    pub fn new(format: Format, out: W) -> Self {
        Self {
            format,
            out,
            recordings: 0,
            metadata_columns: Vec::new(),
        }
    }

    /// Appends these columns of the [metadata](Recording::metadata) to the CSV; one that is called
    /// like a column of it becomes `metadata_NAME`. Other formats have all metadata anyway.
    #[must_use]
    pub fn metadata_columns(mut self, columns: &[String]) -> Self {
        self.metadata_columns = columns.to_vec();
        self
    }

    /// Writes one recording.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn recording(&mut self, recording: &Recording) -> io::Result<()> {
        let first = self.recordings == 0;
        self.recordings += 1;
        let bytes = match self.format {
            Format::JsonLines => line("recording", recording)?,
            Format::Json => {
                let mut bytes = Vec::from(if first { JSON_START } else { ",\n" });
                serde_json::to_writer(&mut bytes, recording)?;
                bytes
            }
            Format::Csv => table::rows(recording, first, &self.metadata_columns)?,
            Format::Rttm => rttm::lines(recording).into_bytes(),
        };
        self.put(&bytes)
    }

    /// Writes what stands at the end, and gives back the output.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn finish(mut self, summary: &Summary) -> io::Result<W> {
        let bytes = match self.format {
            Format::JsonLines => line("summary", summary)?,
            Format::Json => {
                let mut bytes = Vec::from(if self.recordings == 0 { JSON_START } else { "" });
                bytes.extend(b"\n],\"summary\":");
                serde_json::to_writer(&mut bytes, summary)?;
                bytes.extend(b"}}\n");
                bytes
            }
            Format::Csv => {
                // A table without rows still has its header.
                let mut bytes = if self.recordings == 0 {
                    table::header(&self.metadata_columns)?
                } else {
                    Vec::new()
                };
                let left_out = CsvRow::left_out(&summary.passed_over);
                bytes.extend(table::own_rows(left_out, &self.metadata_columns)?);
                bytes
            }
            Format::Rttm => rttm::left_out(summary).into_bytes(),
        };
        self.put(&bytes)?;
        Ok(self.out)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }
}

const JSON_START: &str = "{\"type\":\"scan\",\"schema_version\":1,\"data\":{\"recordings\":[\n";

fn line<T: Serialize>(r#type: &'static str, data: &T) -> io::Result<Vec<u8>> {
    let envelope = Envelope {
        r#type,
        schema_version: SCHEMA_VERSION,
        data,
    };
    let mut bytes = serde_json::to_vec(&envelope)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{failed, scanned};
    use super::*;
    use serde_json::Value;

    fn written(format: Format, recordings: &[Recording]) -> String {
        let mut writer = ReportWriter::new(format, Vec::new());
        let mut summary = Summary::default();
        for recording in recordings {
            summary.add(recording);
            writer.recording(recording).unwrap();
        }
        String::from_utf8(writer.finish(&summary).unwrap()).unwrap()
    }

    #[test]
    fn every_format_counts_what_was_passed_over() {
        for (format, _, _) in Format::ALL {
            let summary = Summary {
                passed_over: [("vox".to_owned(), 3)].into(),
                ..Summary::default()
            };
            let mut writer = ReportWriter::new(format, Vec::new());
            writer.recording(&scanned()).unwrap();
            let text = String::from_utf8(writer.finish(&summary).unwrap()).unwrap();
            let last = text.lines().last().unwrap();
            assert!(last.contains("vox") && last.contains('3'), "{last}");
            if format == Format::Csv {
                assert!(last.starts_with("*.vox,left_out,"), "{last}");
            }
        }
    }

    #[test]
    fn json_lines_are_those_of_the_design() {
        let text = written(Format::JsonLines, &[scanned(), failed()]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            concat!(
                r#"{"type":"recording","schema_version":1,"data":{"path":"a.wav","status":"ok","#,
                r#""verdict":"synthetic","#,
                r#""duration_s":61.2,"truncated":true,"unread":[{"what":"track 2 (fra)","#,
                r#""bytes":4096,"reason":"codec ac3 cannot be decoded"}],"#,
                r#""input":{"container":"wav","#,
                r#""codec":"pcm_mulaw","#,
                r#""sample_rate_hz":8000,"channels":2,"bandwidth_hz":3400,"clipped_share":0.0,"#,
                r#""full_scale":32768.0,"time_reference_s":36000.0,"guessed":true,"#,
                r#""decoded_by":"ffmpeg"},"#,
                r#""model":{"name":"tiny","version":"1.0.0","sha256":"00ff"},"runtime":"tract","#,
                r#""operating_point":"balanced","threshold_llr":0.5,"#,
                r#""stretch_threshold_llr":-1.0,"spoof_prior":0.5,"channels":["#,
                r#"{"index":0,"name":"agent","verdict":"synthetic","reason":null,"llr":-2.31,"#,
                r#""decided_by":"channel","decision_llr":-2.31,"synthetic_probability":0.91,"#,
                r#""speech_s":34.5,"speech_spans":[[0.0,34.5]],"crosstalk_s":0.0,"#,
                r#""out_of_domain_share":0.25,"#,
                r#""segments":[{"start_s":0.0,"end_s":4.0,"llr":-1.9},{"start_s":4.0,"#,
                r#""end_s":8.0,"llr":-2.5}],"#,
                r#""worst_stretch":{"start_s":4.0,"end_s":8.0,"llr":-2.5,"threshold_llr":-1.0},"#,
                r#""partly_synthetic":true,"#,
                r#""synthetic_spans":[{"start_s":4.0,"end_s":8.0,"llr":-2.5}],"#,
                r#""same_as":null},"#,
                r#"{"index":1,"name":"caller, \"Ann\"","verdict":"inconclusive","#,
                r#""reason":"too_little_speech","#,
                r#""llr":null,"decided_by":null,"decision_llr":null,"#,
                r#""synthetic_probability":null,"speech_s":0.25,"speech_spans":[],"#,
                r#""crosstalk_s":1.5,"#,
                r#""segments":[],"#,
                r#""partly_synthetic":false,"synthetic_spans":[],"#,
                r#""same_as":null}]}}"#,
            )
        );
        assert_eq!(
            lines[1],
            concat!(
                r#"{"type":"recording","schema_version":1,"data":{"path":"b.wav","#,
                r#""status":"error","error":"the file is empty","error_code":"other"}}"#,
            )
        );
        assert_eq!(
            lines[2],
            concat!(
                r#"{"type":"summary","schema_version":1,"data":{"recordings":2,"bona_fide":0,"#,
                r#""synthetic":1,"partly_synthetic":0,"#,
                r#""inconclusive":0,"errors":1,"inconclusive_channels":{"too_little_speech":1},"#,
                r#""declared":{},"#,
                r#""audio_s":61.2,"speech_s":34.75,"elapsed_s":0.0,"resumed":0}}"#,
            )
        );
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn a_line_reads_back_as_it_was() {
        for recording in [scanned(), failed()] {
            let text = written(Format::JsonLines, std::slice::from_ref(&recording));
            let value: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
            let back: Recording = serde_json::from_value(value["data"].clone()).unwrap();
            assert_eq!(back, recording);
        }
    }

    #[test]
    fn json_is_one_document_with_the_same_facts() {
        let recordings = [scanned(), failed()];
        for n in 0..=2 {
            let text = written(Format::Json, &recordings[..n]);
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["type"], "scan");
            assert_eq!(value["schema_version"], SCHEMA_VERSION);
            let back: Vec<Recording> =
                serde_json::from_value(value["data"]["recordings"].clone()).unwrap();
            assert_eq!(back, &recordings[..n]);
            assert_eq!(value["data"]["summary"]["recordings"], n);
        }
    }

    #[test]
    fn csv_has_a_header_and_a_row_per_channel() {
        let text = written(Format::Csv, &[scanned(), failed()]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<CsvRow> = reader.deserialize().map(Result::unwrap).collect();
        let expected: Vec<CsvRow> = [scanned(), failed()].iter().flat_map(CsvRow::of).collect();
        assert_eq!(rows, expected);
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0].lowest_llr, Some(-2.5));
        assert_eq!(rows[1].channel_name.as_deref(), Some("caller, \"Ann\""));
        assert!(text.starts_with("path,status,error,declared,declared_by,duration_s,"));

        let empty = written(Format::Csv, &[]);
        assert_eq!(empty.lines().count(), 1);
        assert!(text.starts_with(&empty));
    }

    #[test]
    fn columns_of_the_metadata_stand_behind_those_of_the_csv() {
        let mut recording = scanned();
        let values = [("queue", "sales, old"), ("path", "other"), ("more", "1")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        recording.metadata = Some(values.into());
        let columns = ["queue".to_owned(), "path".to_owned(), "none".to_owned()];
        let of = |recordings: &[Recording]| {
            let writer = ReportWriter::new(Format::Csv, Vec::new());
            let mut writer = writer.metadata_columns(&columns);
            for recording in recordings {
                writer.recording(recording).unwrap();
            }
            String::from_utf8(writer.finish(&Summary::default()).unwrap()).unwrap()
        };
        let text = of(&[recording, failed()]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let last = |row: &csv::StringRecord| -> Vec<String> {
            let cells: Vec<&str> = row.iter().collect();
            cells[cells.len() - 3..]
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        assert_eq!(last(&header), ["queue", "metadata_path", "none"]);
        let rows: Vec<Vec<String>> = reader.records().map(|row| last(&row.unwrap())).collect();
        assert_eq!(rows[0], ["sales, old", "other", ""]);
        assert_eq!(rows[1], rows[0], "each channel");
        assert_eq!(rows[2], ["", "", ""]);
        assert!(text.starts_with(&of(&[])));
    }
}
