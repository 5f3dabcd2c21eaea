//! The formats, for validators.

/// [JSON Schema](https://json-schema.org), draft 2020-12, of the results of
/// [`SCHEMA_VERSION`](super::SCHEMA_VERSION).
///
/// It holds for each line of JSON Lines and for the JSON document; a row of the CSV, its empty
/// fields as `null`, is `#/$defs/csv_row`. Fields that it does not know are allowed, as later
/// versions may add some. `voxhumana schema` prints it.
pub const JSON_SCHEMA: &str = include_str!("result.schema.json");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::Serialize;
    use serde_json::Value;

    use super::super::tests::{declared, failed, scanned};
    use super::super::{CsvRow, MetadataJoin, Missing, Summary};
    use super::*;
    use crate::detect::RecordingReport;
    use crate::verdict::{Voice, WindowScore};

    const DETECT: &str = include_str!("../detect/result.rs");
    const UNREAD: &str = include_str!("../audio/unread.rs");
    const WINDOW: &str = include_str!("../verdict/window.rs");
    const DECISION: &str = include_str!("../verdict/decision.rs");
    const RECORD: &str = include_str!("record.rs");
    const DECLARED: &str = include_str!("../marks/declared.rs");
    const MARK: &str = include_str!("../marks/mark.rs");
    const SUMMARY: &str = include_str!("summary.rs");
    const CSV: &str = include_str!("csv.rs");

    type Names = BTreeSet<String>;

    /// Fields of a definition of the schema.
    fn schema(definition: &str) -> Names {
        let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
        keys(&schema["$defs"][definition]["properties"])
    }

    fn keys(value: &Value) -> Names {
        let object = value.as_object().unwrap();
        object.keys().cloned().collect()
    }

    /// Fields as serde writes them.
    fn written(value: impl Serialize) -> Names {
        keys(&serde_json::to_value(value).unwrap())
    }

    /// Public fields of a struct in a source file.
    fn fields(source: &str, name: &str) -> Names {
        let start = source.find(&format!("pub struct {name} {{")).unwrap();
        let body = source[start..].split("\n}").next().unwrap();
        let lines = body.lines().filter_map(|l| l.trim().strip_prefix("pub "));
        let named = lines.filter_map(|l| Some(l.split_once(':')?.0.to_owned()));
        named.collect()
    }

    /// Fields of the first table in a source file's documentation.
    fn table(source: &str) -> Names {
        let rows = source.lines().filter_map(|l| l.strip_prefix("/// | `"));
        let named = rows.filter_map(|row| Some(row.split_once('`')?.0.to_owned()));
        named.collect()
    }

    #[test]
    fn schema_and_structs_have_the_same_fields() {
        for (definition, source, name) in [
            ("recording_report", DETECT, "RecordingReport"),
            ("channel_report", DETECT, "ChannelReport"),
            ("input", DETECT, "InputSummary"),
            ("unread", UNREAD, "Unread"),
            ("model", DETECT, "ModelId"),
            ("segment", WINDOW, "Segment"),
            ("window", WINDOW, "WindowScore"),
            ("stretch", DECISION, "Stretch"),
            ("declared", DECLARED, "Declared"),
            ("looked", DECLARED, "Looked"),
            ("mark", MARK, "Mark"),
            ("place", MARK, "Place"),
            ("summary", SUMMARY, "Summary"),
            ("csv_row", CSV, "CsvRow"),
        ] {
            assert_eq!(schema(definition), fields(source, name), "{name}");
        }
    }

    #[test]
    fn schema_and_documented_table_and_output_agree_on_a_recording() {
        let mut recording = scanned();
        recording.sha256 = Some(String::new());
        recording.scan_key = Some(String::new());
        recording.declared = Some(declared());
        recording.metadata = Some([("queue".into(), "sales".into())].into());
        let report: &RecordingReport = recording.report().unwrap();
        let mut expected = schema("recording");
        expected.insert("verdict".into());
        expected.extend(schema("recording_report"));
        assert_eq!(written(&recording), expected);

        let mut of_table = table(RECORD);
        for of_failures in ["error", "error_code", "error_hint"] {
            assert!(of_table.remove(of_failures));
        }
        of_table.extend(written(report));
        assert_eq!(of_table, expected);
        assert!(written(failed()).contains("error"));
    }

    #[test]
    fn schema_and_output_have_the_same_fields() {
        let recording = scanned();
        let report = recording.report().unwrap();
        let mut channel = report.channels[0].clone();
        let window = WindowScore {
            start_s: 0.0,
            end_s: 1.0,
            score: 0.5,
            domain: Some(2.0),
        };
        channel.windows = Some(vec![window]);
        let voice = Voice {
            name: "voice 1".into(),
            verdict: channel.verdict,
            reason: None,
            llr: Some(1.0),
            synthetic_probability: Some(0.3),
            speech_s: 2.0,
            speech_spans: vec![[0.0, 2.0]],
        };
        channel.voices = vec![voice.clone()];
        let channel = &channel;
        assert_eq!(schema("channel_report"), written(channel));
        assert_eq!(schema("input"), written(&report.input));
        assert_eq!(schema("model"), written(&report.model));
        assert_eq!(schema("segment"), written(channel.segments[0]));
        assert_eq!(schema("window"), written(window));
        assert_eq!(schema("voice"), written(voice));
        assert_eq!(schema("stretch"), written(channel.worst_stretch));
        assert_eq!(schema("csv_row"), written(&CsvRow::of(&recording)[0]));
        let summary = Summary {
            times_real_time: Some(1.0),
            passed_over: [("vox".to_owned(), 1)].into(),
            metadata: Some(MetadataJoin::default()),
            interrupted: true,
            ..Summary::default()
        };
        assert_eq!(schema("summary"), written(summary));
        assert_eq!(schema("metadata_join"), written(MetadataJoin::default()));
        assert_eq!(schema("missing"), written(Missing::default()));
    }
}
