//! The same facts in every format.

use voxhumana::marks::DeclaredState;
use voxhumana::report::{CsvRow, Recording};

use crate::common::tiny;
use crate::harness::{folder, json_lines, run, scan, write_junk};

#[test]
fn every_format_carries_what_the_library_says() {
    let folder = folder();
    write_junk(&folder.path().join("junk.wav"));
    let formatted = |format: &str| {
        run(scan()
            .args(["--channels", "agent,caller", "-j", "1", "-f", format])
            .arg(folder.path()))
    };
    let detector = tiny().channel_names(["agent", "caller"]).build().unwrap();
    let expected: Vec<Recording> = ["calls/call.wav", "human.wav", "junk.wav", "machine.wav"]
        .map(|name| folder.path().join(name))
        .iter()
        .map(|path| Recording::new(path, detector.scan_file(path)))
        .collect();
    let same = |found: &[Recording]| {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            match (found.error(), expected.error()) {
                // The command adds what to do about it.
                (Some(found), Some(expected)) => assert!(found.starts_with(expected), "{found}"),
                _ => assert_eq!(found.outcome, expected.outcome),
            }
        }
    };

    let lines = formatted("jsonl");
    assert_eq!(lines.code, 2);
    let lines = lines.lines();
    let data = |v: &serde_json::Value| serde_json::from_value(v["data"].clone()).unwrap();
    same(&lines[..4].iter().map(data).collect::<Vec<_>>());
    assert_eq!(lines[4]["type"], "summary");
    assert!(lines.iter().all(|l| l["schema_version"] == 1));

    let json: serde_json::Value = serde_json::from_str(&formatted("json").stdout).unwrap();
    same(&serde_json::from_value::<Vec<_>>(json["data"]["recordings"].clone()).unwrap());
    assert_eq!(json["data"]["summary"]["errors"], 1);

    let csv = formatted("csv");
    let rows: Vec<CsvRow> = csv::Reader::from_reader(csv.stdout.as_bytes())
        .deserialize()
        .map(Result::unwrap)
        .collect();
    let expected: Vec<CsvRow> = expected.iter().flat_map(CsvRow::of).collect();
    assert_eq!(rows.len(), 5);
    for (mut row, expected) in rows.into_iter().zip(&expected) {
        // The library's own scan does not look for marks; that no file has one is said.
        if row.error.is_none() {
            assert_eq!(row.declared.take(), Some(DeclaredState::None));
            // Nor has it a digest of the file.
            let line = lines.iter().find(|line| line["data"]["path"] == row.path);
            let sha256 = line.unwrap()["data"]["sha256"].as_str().map(str::to_owned);
            assert!(sha256.is_some());
            assert_eq!(row.sha256.take(), sha256);
        }
        let row = &row;
        if row.error.is_none() {
            assert_eq!(row, expected);
        }
    }
}

#[test]
fn results_go_to_a_file_when_asked() {
    let folder = folder();
    let file = folder.path().join("out.jsonl");
    let ran = run(scan()
        .args(["-f", "jsonl", "-o"])
        .arg(&file)
        .arg(folder.path()));
    assert_eq!(ran.stdout, "");
    assert_eq!(
        json_lines(&std::fs::read_to_string(&file).unwrap()).len(),
        4
    );

    let table = folder.path().join("out.txt");
    run(scan().arg("-o").arg(&table).arg(folder.path()));
    let text = std::fs::read_to_string(&table).unwrap();
    assert!(
        text.contains("synthetic") && !text.contains('\x1b'),
        "{text}"
    );
}
