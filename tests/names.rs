//! `bonafide` is the field's word for one of the two classes, and stands for nothing else here.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Where the label, or the metadata key of a format that is no longer read, may stand.
const LABEL: [&str; 58] = [
    "CONTRIBUTING.md",
    "cli/src/compare/args.rs",
    "cli/src/compare/figures.rs",
    "cli/src/compare/truth.rs",
    "cli/src/evaluate/args.rs",
    "cli/src/evaluate/figures.rs",
    "cli/src/evaluate/table.rs",
    "cli/tests/evaluate.rs",
    "cli/tests/scan/compare.rs",
    "cli/tests/scan/outputs.rs",
    "docs/guide/src/change-a-threshold.md",
    "docs/guide/src/choose-a-threshold.md",
    "docs/guide/src/your-own-data.md",
    "models/training/README.md",
    "models/training/examples/vendor.py",
    "models/training/tests/test_leakage.py",
    "models/training/tests/test_lists.py",
    "models/training/tests/test_sampler.py",
    "models/training/tests/test_shipped.py",
    "models/training/tests/test_tune.py",
    "models/training/voxhumana_train/card.py",
    "models/training/voxhumana_train/dev.py",
    "models/training/voxhumana_train/examined.py",
    "models/training/voxhumana_train/lists.py",
    "models/training/voxhumana_train/make.py",
    "models/training/voxhumana_train/makers/neural.py",
    "models/training/voxhumana_train/measured.py",
    "models/training/voxhumana_train/pools.py",
    "models/training/voxhumana_train/prepare.py",
    "models/training/voxhumana_train/processed.py",
    "models/training/voxhumana_train/search.py",
    "models/training/voxhumana_train/shipped/batches.py",
    "models/training/voxhumana_train/shipped/calls.py",
    "models/training/voxhumana_train/shipped/even.py",
    "models/training/voxhumana_train/shipped/hold_out.toml",
    "models/training/voxhumana_train/shipped/leave_out.py",
    "models/training/voxhumana_train/shipped/measure.py",
    "models/training/voxhumana_train/testsets.py",
    "models/training/voxhumana_train/tune.py",
    "models/training/voxhumana_train/voices.py",
    "python/examples/calls.ipynb",
    "python/examples/tour.py",
    "python/tests/test_metrics.py",
    "python/tests/test_sklearn.py",
    "python/voxhumana/metrics.py",
    "python/voxhumana/sklearn.py",
    "src/metrics/label.rs",
    "src/model/onnx.rs",
    "src/report/result.schema.json",
    "tests/containers.rs",
    "tests/model.rs",
    "tests/names.rs",
    "tests/parity.rs",
    "tests/reference/alerts.py",
    "tests/reference/leak.py",
    "tests/reference/line_faults.py",
    "tests/reference/voices.py",
    "tests/speech.rs",
];

/// Folders that hold nothing that is written by hand and kept.
const LEFT_OUT: [&str; 9] = [
    "target",
    ".git",
    "node_modules",
    "runs",
    "__pycache__",
    ".venv",
    ".mypy_cache",
    ".pytest_cache",
    ".cargo",
];

#[test]
fn the_label_stands_where_labels_are_and_nowhere_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !LEFT_OUT.contains(&name.as_str()) {
                    folders.push(path);
                }
                continue;
            }
            assert!(!name.contains("bonafide"), "{}", path.display());
            // Bytes, since models and pictures are searched as well.
            let bytes = fs::read(&path).unwrap();
            if bytes.windows(8).any(|word| word == b"bonafide") {
                let path = path.strip_prefix(root).unwrap();
                found.insert(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    let allowed: BTreeSet<String> = LABEL.iter().map(ToString::to_string).collect();
    let wrong: Vec<_> = found.difference(&allowed).collect();
    assert!(wrong.is_empty(), "the label is not expected in {wrong:?}");
    let gone: Vec<_> = allowed.difference(&found).collect();
    assert!(
        gone.is_empty(),
        "no label any more in {gone:?}: take them from the list"
    );
}
