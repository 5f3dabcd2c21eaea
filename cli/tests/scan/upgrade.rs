//! Results of an earlier version, and of an earlier model.

use std::fs;

use serde_json::Value;

use crate::harness::{bare, folder, json_lines, run, scan};

/// Lines as two earlier versions wrote them, each of a scan, a failure and a summary.
const EARLIER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/earlier-results.jsonl"
);

#[test]
fn results_of_an_earlier_version_are_read() {
    let read = run(bare().args(["report", EARLIER, "-f", "jsonl"]));
    assert_eq!(read.code, 2, "two of them are failures: {}", read.stderr);
    let schema: Value = serde_json::from_str(voxhumana::report::JSON_SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let (then, now) = (
        json_lines(&fs::read_to_string(EARLIER).unwrap()),
        read.lines(),
    );
    assert!(now.iter().all(|line| validator.is_valid(line)));
    let of_recordings = |lines: &[Value]| -> Vec<Value> {
        let lines = lines.iter().filter(|line| line["type"] == "recording");
        lines.map(|line| line["data"].clone()).collect()
    };
    let (then, now) = (of_recordings(&then), of_recordings(&now));
    assert_eq!((then.len(), now.len()), (4, 4));
    for (then, now) in then.iter().zip(&now) {
        // What stood in them stands in them, whatever has come since.
        for field in [
            "path",
            "status",
            "verdict",
            "error",
            "operating_point",
            "duration_s",
        ] {
            assert_eq!(then[field], now[field], "{field}");
        }
        for (i, channel) in then["channels"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
        {
            for field in ["name", "verdict", "reason", "llr", "synthetic_probability"] {
                assert_eq!(channel[field], now["channels"][i][field], "{field}");
            }
        }
    }
    let compared = run(bare().args(["compare", EARLIER, EARLIER]));
    assert_eq!(compared.code, 0, "{}", compared.stderr);
    let rows = run(bare().args(["report", EARLIER, "-f", "csv"]));
    assert!(rows.stdout.contains("early-a.wav,ok,"), "{}", rows.stdout);
}

#[test]
fn resume_says_that_the_model_has_changed() {
    let folder = folder();
    let resume = |model: &str| {
        let model = format!("{}/../tests/fixtures/{model}", env!("CARGO_MANIFEST_DIR"));
        let line = ["-f", "jsonl", "--resume", "-o", "r.jsonl", "."];
        run(bare()
            .current_dir(folder.path())
            .args(["scan", "--runtime", "tract", "--model", &model])
            .args(line))
    };
    for model in ["tiny.onnx", "tiny.onnx"] {
        let ran = resume(model);
        assert!(
            !ran.stderr.contains("the model has changed"),
            "{}",
            ran.stderr
        );
    }
    let changed = resume("tiny-domain.onnx");
    assert!(
        changed
            .stderr
            .contains("the model has changed since, from tiny ")
            && changed.stderr.contains(": 3 results; scores of two models"),
        "{}",
        changed.stderr
    );
    let lines = json_lines(&fs::read_to_string(folder.path().join("r.jsonl")).unwrap());
    let of_new = lines.iter().filter(|line| line["type"] == "recording");
    let models: Vec<&Value> = of_new
        .map(|line| &line["data"]["model"]["sha256"])
        .collect();
    assert_eq!(models.len(), 3);
    assert!(models.iter().all(|model| *model == models[0]));
    // At another threshold it is the same model.
    let threshold = run(scan()
        .current_dir(folder.path())
        .args(["-f", "jsonl", "-o", "t.jsonl", "."]));
    assert!(threshold.code < 2);
    let threshold = run(scan()
        .current_dir(folder.path())
        .args(["-f", "jsonl", "-t", "0.5", "--resume", "-o", "t.jsonl", "."]));
    assert!(
        !threshold.stderr.contains("model has changed") && threshold.stderr.contains("made anew"),
        "{}",
        threshold.stderr
    );
}
