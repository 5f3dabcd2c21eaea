//! The JSON Schema holds for what the command writes, and for nothing else.

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use voxhumana::report::JSON_SCHEMA;

use crate::common::{RATE, voice, write_wav};
use crate::harness::{bare, folder, run, scan, write_junk};

fn schema() -> Value {
    serde_json::from_str(JSON_SCHEMA).unwrap()
}

/// Of a line, or of the document.
fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

/// Of a row of the CSV.
fn row_validator() -> Validator {
    let row = json!({"$ref": "#/$defs/csv_row", "$defs": schema()["$defs"]});
    jsonschema::draft202012::new(&row).unwrap()
}

/// What the command writes for recordings of all kinds, one that failed among them.
fn written(format: &str) -> String {
    let folder = folder();
    write_wav(&folder.path().join("short.wav"), RATE, &[&voice(0.8, 3)]);
    write_wav(&folder.path().join("still.wav"), RATE, &[&[0.0; 16_000]]);
    write_junk(&folder.path().join("junk.wav"));
    run(scan().args(["-f", format]).arg(folder.path())).stdout
}

fn lines() -> Vec<Value> {
    crate::harness::json_lines(&written("jsonl"))
}

#[test]
fn the_schema_is_one_and_the_command_prints_it() {
    assert!(jsonschema::draft202012::meta::is_valid(&schema()));
    let printed = run(bare().arg("schema"));
    assert_eq!((printed.code, printed.stdout.as_str()), (0, JSON_SCHEMA));
}

#[test]
fn every_line_and_the_document_are_valid() {
    let validator = validator();
    let lines = lines();
    assert_eq!(lines.len(), 7);
    for line in &lines {
        let errors: Vec<String> = validator.iter_errors(line).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{line}: {errors:?}");
    }
    let document: Value = serde_json::from_str(&written("json")).unwrap();
    assert!(validator.is_valid(&document), "{document}");
    // Of a later version, with a field more.
    let mut later = lines[0].clone();
    later["data"]["new"] = json!(1);
    assert!(validator.is_valid(&later));
}

/// What may be missing, by the end of its place. Of `inconclusive_channels` every entry may.
const OPTIONAL: [&str; 13] = [
    "/spoof_prior",
    "/summary/partly_synthetic",
    "/crosstalk_s",
    "/partly_synthetic",
    "/synthetic_spans",
    "/data/error_code",
    "/data/error_hint",
    "/data/sha256",
    "/data/scan_key",
    "/data/declared",
    "/worst_stretch",
    "/out_of_domain_share",
    "/data/times_real_time",
];

#[test]
fn a_corrupted_line_is_rejected() {
    let validator = validator();
    let mut rejected = 0;
    for line in lines() {
        for pointer in pointers(&line) {
            // Every value in turn: of another type, out of range, or not there.
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let mut corrupted = line.clone();
            *corrupted.pointer_mut(&pointer).unwrap() = json!({"corrupted": [true]});
            assert!(!validator.is_valid(&corrupted), "{pointer} of {line}");
            *corrupted.pointer_mut(&pointer).unwrap() = json!(-1);
            let any_number = name.ends_with("llr");
            assert_eq!(
                validator.is_valid(&corrupted),
                any_number,
                "{pointer} of {line}"
            );
            let mut shorter = line.clone();
            if let Value::Object(object) = shorter.pointer_mut(parent).unwrap() {
                object.remove(name);
                let optional = OPTIONAL.iter().any(|end| pointer.ends_with(end))
                    || parent.ends_with("/inconclusive_channels");
                assert_eq!(
                    validator.is_valid(&shorter),
                    optional,
                    "{pointer} of {line}"
                );
            }
            rejected += 1;
        }
    }
    assert!(rejected > 100, "{rejected}");

    let mut line = lines().swap_remove(0);
    for (pointer, wrong) in [
        ("/type", json!("record")),
        ("/schema_version", json!(2)),
        ("/data/status", json!("failed")),
        ("/data/verdict", json!("human")),
        ("/data/sha256", json!("abc")),
        ("/data/input/clipped_share", json!(1.5)),
        ("/data/channels/0/synthetic_probability", json!(1.01)),
        ("/data/channels/0/reason", json!("tired")),
        ("/data/channels/0/verdict", json!("inconclusive")),
        ("/data/channels/0/llr", Value::Null),
    ] {
        assert!(validator.is_valid(&line));
        let right = std::mem::replace(line.pointer_mut(pointer).unwrap(), wrong);
        assert!(!validator.is_valid(&line), "{pointer}");
        *line.pointer_mut(pointer).unwrap() = right;
    }
}

/// All values in a value, those of lists by their first entry; `null` is left out, whose meaning is
/// to be missing.
fn pointers(value: &Value) -> Vec<String> {
    let below = |name: &str, value: &Value| {
        let mut found: Vec<String> = vec![format!("/{name}")];
        found.extend(pointers(value).iter().map(|p| format!("/{name}{p}")));
        found
    };
    match value {
        Value::Object(object) => object
            .iter()
            .filter(|(_, value)| !value.is_null())
            .flat_map(|(name, value)| below(name, value))
            .collect(),
        Value::Array(values) => values
            .first()
            .map_or_else(Vec::new, |value| below("0", value)),
        _ => Vec::new(),
    }
}

#[test]
fn every_row_of_the_csv_is_valid() {
    let validator = row_validator();
    let text = written("csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().unwrap().clone();
    let known: Vec<String> = {
        let schema = schema();
        let row = schema["$defs"]["csv_row"]["properties"]
            .as_object()
            .unwrap();
        row.keys().cloned().collect()
    };
    let mut sorted: Vec<&str> = columns.iter().collect();
    sorted.sort_unstable();
    assert_eq!(sorted, known, "columns");
    let mut rows = 0;
    for record in reader.records() {
        let record = record.unwrap();
        let cells = columns.iter().zip(record.iter());
        let row: Map<String, Value> = cells
            .map(|(column, cell)| (column.to_owned(), typed(column, cell)))
            .collect();
        let mut row = Value::Object(row);
        let errors: Vec<String> = validator.iter_errors(&row).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{row}: {errors:?}");
        row["verdict"] = json!("human");
        assert!(!validator.is_valid(&row));
        rows += 1;
    }
    assert_eq!(rows, 7);
}

/// As a reader of CSV that knows the columns' types takes a cell.
fn typed(column: &str, cell: &str) -> Value {
    let schema = schema();
    let types = &schema["$defs"]["csv_row"]["properties"][column]["type"];
    let text = types == "string" || types == &json!(["string", "null"]) || types.is_null();
    match cell {
        "" => Value::Null,
        cell if text => json!(cell),
        cell => serde_json::from_str(cell).unwrap(),
    }
}
