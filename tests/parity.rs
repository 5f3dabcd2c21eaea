//! The scores of the crate against Python's, which shares no code with it: decoded windows go to
//! `tests/reference/scores.py`. Needs Python with numpy, scipy and onnxruntime (`VOXHUMANA_PYTHON`
//! names it); skipped, and said so, without.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ndarray::Axis;
use voxhumana::audio::Resampler;
use voxhumana::features::FeatureExtractor;
use voxhumana::model::MODEL_SAMPLE_RATE_HZ;
use voxhumana::{AudioReader, DecodeOptions, Model, Runtime};

/// Both sides compute features in double and the network in single precision.
const TOLERANCE: f64 = 1e-4;
const CLIPS: usize = 50;

fn python() -> Option<String> {
    let named = common::python();
    let found = Command::new(&named)
        .args(["-c", "import numpy, scipy, onnxruntime"])
        .output()
        .is_ok_and(|o| o.status.success());
    found.then_some(named)
}

/// Clips of the corpus where it is there, of both classes; synthesised voices otherwise.
fn clips() -> Vec<Vec<f32>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/dev");
    let mut files: Vec<PathBuf> = ["bonafide", "spoof"]
        .iter()
        .filter_map(|class| fs::read_dir(root.join(class)).ok())
        .flat_map(|folder| {
            let mut files: Vec<PathBuf> = folder.map(|f| f.unwrap().path()).collect();
            files.sort();
            files.into_iter().step_by(20).take(CLIPS / 2)
        })
        .collect();
    files.truncate(CLIPS);
    if files.is_empty() {
        println!("no ../shared/corpus: synthesised voices are scored instead");
        return (0..8).map(|seed| common::voice(5.0, seed)).collect();
    }
    files.iter().map(|f| decode(f)).collect()
}

fn decode(path: &Path) -> Vec<f32> {
    let mut reader = AudioReader::open(path, &DecodeOptions::default()).unwrap();
    let mut resampler = Resampler::new(reader.sample_rate_hz(), MODEL_SAMPLE_RATE_HZ).unwrap();
    let (mut block, mut samples) = (Vec::new(), Vec::new());
    while reader.next_block(&mut block).unwrap() {
        resampler.push(&block[0], &mut samples);
    }
    resampler.finish(&mut samples);
    samples
}

#[test]
fn scores_equal_those_of_python() {
    let Some(python) = python() else {
        println!("skipped: needs Python with numpy, scipy and onnxruntime");
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = Model::bundled(Runtime::Tract).unwrap();
    let metadata = model.metadata().clone();
    let mut extractors: Vec<_> = metadata
        .front_ends
        .into_iter()
        .map(|front_end| FeatureExtractor::new(front_end).unwrap())
        .collect();
    let mut bytes = Vec::new();
    let mut ours = Vec::new();
    for clip in clips() {
        // A clip shorter than the window is repeated, as the detector does.
        let window: Vec<f32> = clip
            .iter()
            .copied()
            .cycle()
            .take(metadata.window_samples)
            .collect();
        let features: Vec<_> = extractors
            .iter_mut()
            .map(|extractor| extractor.extract(&window).unwrap().insert_axis(Axis(0)))
            .collect();
        let views: Vec<_> = features.iter().map(|view| view.view()).collect();
        ours.extend(model.score(&views).unwrap().iter().map(|w| w.score));
        bytes.extend(window.iter().flat_map(|x| x.to_le_bytes()));
    }
    let dir = tempfile::tempdir().unwrap();
    let windows = dir.path().join("windows.f32");
    fs::write(&windows, bytes).unwrap();
    let ran = Command::new(python)
        .arg(root.join("tests/reference/scores.py"))
        .arg(root.join("models/voxhumana.onnx"))
        .arg(&windows)
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let theirs: Vec<f64> = String::from_utf8(ran.stdout)
        .unwrap()
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(ours.len(), theirs.len());
    let worst = ours
        .iter()
        .zip(&theirs)
        .map(|(a, b)| (f64::from(*a) - b).abs())
        .fold(0.0, f64::max);
    println!("{} windows, worst difference {worst:.1e}", ours.len());
    assert!(worst < TOLERANCE, "worst difference {worst}");
}
