//! Model files and runtimes. One process can use one runtime, so tests that need the other one run
//! this test program again as a child.
#![allow(clippy::unwrap_used)]

mod common;

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use common::onnxruntime;
use ndarray::{Array3, ArrayView3, Axis, Slice};
use voxhumana::{Error, Model, Runtime};

const TINY: &[u8] = include_bytes!("fixtures/tiny.onnx");
/// The same network with the output `domain`, and a threshold for it in the metadata.
const DOMAIN: &[u8] = include_bytes!("fixtures/tiny-domain.onnx");
/// The same network that looks at frames of two lengths.
const TWO_VIEWS: &[u8] = include_bytes!("fixtures/tiny-two-views.onnx");
const CHILD: &str = "VOXHUMANA_TEST_CHILD";
/// Names the library of ONNX Runtime.
const PATH: &str = "ORT_DYLIB_PATH";

fn tiny() -> Model {
    load(TINY.to_vec())
}

fn load(bytes: Vec<u8>) -> Model {
    Model::from_bytes(bytes, Runtime::Tract).unwrap()
}

/// Seeded features in the range of log energies, one array per front end.
fn views(windows: usize, model: &Model) -> Vec<Array3<f32>> {
    let mut state = 1_u32;
    let view = |&(frames, bins): &(usize, usize)| {
        Array3::from_shape_fn((windows, frames, bins), |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            -12.0 + 10.0 * (state >> 8) as f32 / (1 << 24) as f32
        })
    };
    model.input_shapes().iter().map(view).collect()
}

/// Those of a model with one front end.
fn features(windows: usize, model: &Model) -> Array3<f32> {
    views(windows, model).remove(0)
}

/// Some windows of every view.
fn some(all: &[Array3<f32>], which: Slice) -> Vec<ArrayView3<'_, f32>> {
    all.iter()
        .map(|view| view.slice_axis(Axis(0), which))
        .collect()
}

/// The tiny model with its metadata JSON changed.
fn with_json(change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    json_of(TINY, change)
}

/// A model with its metadata JSON changed.
fn json_of(model: &[u8], change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    under_key(model, "voxhumana", change)
}

/// The same with the metadata under another key.
fn under_key(model: &[u8], key: &str, change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    // The metadata entry is the file's last field: key 0x72, its length, then the key and value.
    let entry_key = b"\x0a\x09voxhumana\x12";
    let at = find(model, entry_key);
    let start = at + find(&model[at..], b"{");
    let field = model[..at].iter().rposition(|&b| b == 0x72).unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&model[start..]).unwrap();
    change(&mut json);
    let json = serde_json::to_vec(&json).unwrap();
    let mut entry = vec![0x0a];
    prost::encode_length_delimiter(key.len(), &mut entry).unwrap();
    entry.extend(key.as_bytes());
    entry.push(0x12);
    prost::encode_length_delimiter(json.len(), &mut entry).unwrap();
    entry.extend(json);
    let mut file = model[..=field].to_vec();
    prost::encode_length_delimiter(entry.len(), &mut file).unwrap();
    file.extend(entry);
    file
}

fn find(haystack: &[u8], needle: &[u8]) -> usize {
    haystack
        .windows(needle.len())
        .position(|w| w == needle)
        .unwrap()
}

/// The tiny model with a string replaced by one of the same length, everywhere.
fn with_bytes(old: &[u8], new: &[u8]) -> Vec<u8> {
    bytes_of(TINY, old, new)
}

fn bytes_of(model: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut file = model.to_vec();
    let places: Vec<_> = (0..file.len() - old.len())
        .filter(|&i| file[i..].starts_with(old))
        .collect();
    assert!(!places.is_empty());
    for i in places {
        file[i..i + new.len()].copy_from_slice(new);
    }
    file
}

fn refused_field(bytes: Vec<u8>) -> String {
    match Model::from_bytes(bytes, Runtime::Tract) {
        Err(Error::ModelMetadata { field, problem }) => {
            assert!(!problem.is_empty());
            field
        }
        other => panic!("expected a refused field, got {other:?}"),
    }
}

#[test]
fn says_what_it_is() {
    let model = tiny();
    assert_eq!(model.runtime(), "tract");
    assert_eq!(model.metadata().name, "tiny");
    assert_eq!(model.input_shapes(), [(199, 40)]);
    assert_eq!(model.sha256().len(), 64);
    assert!(model.sha256().bytes().all(|b| b.is_ascii_hexdigit()));
    // Unchanged by the JSON round trip of the helper, so the refusals below come from their
    // changes.
    assert!(Model::from_bytes(with_json(|_| ()), Runtime::Tract).is_ok());
}

#[test]
fn batches_and_single_windows_score_alike() {
    let model = tiny();
    let all = features(7, &model);
    let together = model.score(&[all.view()]).unwrap();
    for (i, score) in together.iter().enumerate() {
        let one = all.slice_axis(Axis(0), Slice::from(i..=i));
        assert_eq!(model.score(&[one]).unwrap(), std::slice::from_ref(score));
    }
    assert!(together.windows(2).any(|w| w[0] != w[1]));
    // A view that is not contiguous.
    let strided = all.slice_axis(Axis(0), Slice::new(0, None, 2));
    assert_eq!(
        model.score(&[strided]).unwrap(),
        [0, 2, 4, 6].map(|i| together[i].clone())
    );
    assert!(
        model
            .score(&[all.slice_axis(Axis(0), Slice::from(..0))])
            .unwrap()
            .is_empty()
    );
}

#[test]
fn scores_on_many_threads_are_those_of_one() {
    let model = tiny();
    let all = features(5, &model);
    let expected = model.score(&[all.view()]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert_eq!(model.score(&[all.view()]).unwrap(), expected);
                }
            });
        }
    });
}

#[test]
fn wrong_shape_is_an_error() {
    let model = tiny();
    let error = model
        .score(&[Array3::zeros((2, 198, 40)).view()])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "shape of features is (2, 198, 40); accepted: (windows, 199, 40)"
    );
}

/// A rule for voices that asks for no more than this.
fn voices(least: &[(&str, f64)]) -> serde_json::Value {
    let mut rule = serde_json::json!({
        "mean_cepstra": 1, "spread_cepstra": 1, "axes": [[1.0, 0.0]],
        "turn_cost": 6.0, "least_s": 6.0,
    });
    for &(name, value) in least {
        rule[name] = value.into();
    }
    rule
}

#[test]
fn a_rule_for_voices_asks_for_a_ratio_a_distance_or_both() {
    for least in [
        &[("min_ratio", 2.0)][..],
        &[("min_distance", 13.0)],
        &[("min_ratio", 2.0), ("min_distance", 13.0)],
    ] {
        let model = load(with_json(|j| j["voices"] = voices(least)));
        let rule = model.metadata().voices.as_ref().unwrap();
        let asked = |name| least.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        assert_eq!(rule.min_ratio, asked("min_ratio"));
        assert_eq!(rule.min_distance, asked("min_distance"));
    }
}

#[test]
fn every_metadata_mismatch_is_refused_by_field() {
    type Change = fn(&mut serde_json::Value);
    let table: &[(&str, Change)] = &[
        ("format_version", |j| j["format_version"] = 1.into()),
        ("format_version", |j| j["format_version"] = 3.into()),
        ("format_version", |j| j["format_version"] = "1".into()),
        ("name", |j| j["name"] = 3.into()),
        ("front_ends[0].sample_rate_hz", |j| {
            j["front_ends"][0]["sample_rate_hz"] = 8000.into()
        }),
        ("front_ends[0].kind", |j| {
            j["front_ends"][0]["kind"] = "wavelet".into()
        }),
        ("front_ends[0].fresh", |j| {
            j["front_ends"][0]["fresh"] = 1.into()
        }),
        ("window_samples", |j| {
            j["window_samples"] = 1_000_000_000.into()
        }),
        ("window_samples", |j| j["window_samples"] = 10.into()),
        ("hop_samples", |j| j["hop_samples"] = 0.into()),
        ("hop_samples", |j| j["hop_samples"] = 64_001.into()),
        ("calibration.scale", |j| {
            j["calibration"]["scale"] = (-1.0).into()
        }),
        ("channel_calibration[1].min_speech_s", |j| {
            j["channel_calibration"][1]["min_speech_s"] = (-1.0).into();
        }),
        ("operating_points", |j| {
            j["operating_points"]
                .as_object_mut()
                .unwrap()
                .remove("balanced");
        }),
        ("operating_points.balanced.spoof_prior", |j| {
            j["operating_points"]["balanced"]["spoof_prior"] = 1.0.into();
        }),
        ("operating_points.balanced.miss_rate", |j| {
            j["operating_points"]["balanced"]["miss_rate"] = 1.5.into();
        }),
        ("decision_rules", |j| {
            j.as_object_mut().unwrap().remove("decision_rules");
        }),
        ("decision_rules.domain_s", |j| {
            let rules = j["decision_rules"].as_object_mut().unwrap();
            rules.remove("domain_s");
        }),
        ("decision_rules.mood", |j| {
            j["decision_rules"]["mood"] = 1.into()
        }),
        ("decision_rules.lowest_left_out", |j| {
            j["decision_rules"]["lowest_left_out"] = 1.0.into()
        }),
        ("decision_rules.min_scored_speech_s", |j| {
            j["decision_rules"]["min_scored_speech_s"] = 1.5.into()
        }),
        ("decision_rules.min_bandwidth_hz", |j| {
            j["decision_rules"]["min_bandwidth_hz"] = 9_000.into()
        }),
        ("decision_rules.stretches[0].seconds", |j| {
            j["decision_rules"]["stretches"][0]["seconds"] = 0.into()
        }),
        ("decision_rules.stretches[0].reference_s", |j| {
            let stretch = &mut j["decision_rules"]["stretches"][0];
            stretch.as_object_mut().unwrap().remove("reference_s");
        }),
        ("decision_rules.stretches", |j| {
            let stretch = j["decision_rules"]["stretches"][0].clone();
            j["decision_rules"]["stretches"] = vec![stretch; 9].into();
        }),
        ("mood", |j| j["mood"] = 1.into()),
        ("operating_points.balanced.stretch_threshold_llr", |j| {
            let point = j["operating_points"]["balanced"].as_object_mut();
            point.unwrap().remove("stretch_threshold_llr");
        }),
        ("score_range[1]", |j| {
            j["score_range"] = serde_json::json!([1.0, 0.0])
        }),
        ("domain_threshold", |j| j["domain_threshold"] = "low".into()),
        // The network lacks the output.
        ("domain_threshold", |j| j["domain_threshold"] = 0.0.into()),
        // Two voices must differ by something.
        ("voices", |j| j["voices"] = voices(&[])),
        // The pitch asks for a weight on each axis.
        ("voices.axes[0]", |j| {
            j["voices"] = voices(&[("min_ratio", 2.0)]);
            j["voices"]["pitch"] = true.into();
        }),
        ("voices.min_ratio", |j| {
            j["voices"] = voices(&[("min_ratio", 0.0)])
        }),
        ("voices.min_distance", |j| {
            j["voices"] = voices(&[("min_ratio", 2.0), ("min_distance", -1.0)]);
        }),
        ("training_digest", |j| {
            j.as_object_mut().unwrap().remove("training_digest");
        }),
        ("front_ends[0].bands", |j| {
            j["front_ends"][0].as_object_mut().unwrap().remove("bands");
        }),
        ("front_ends", |j| j["front_ends"] = serde_json::json!([])),
        ("front_ends", |j| {
            let one = j["front_ends"][0].clone();
            j["front_ends"] = vec![one; 5].into();
        }),
        ("front_ends[1].sample_rate_hz", |j| {
            let mut other = j["front_ends"][0].clone();
            other["sample_rate_hz"] = 8000.into();
            j["front_ends"].as_array_mut().unwrap().push(other);
        }),
        ("front_ends[0]", |j| j["front_ends"][0]["bands"] = 0.into()),
        // The graph has one input.
        ("graph.input", |j| {
            let one = j["front_ends"][0].clone();
            j["front_ends"].as_array_mut().unwrap().push(one);
        }),
        ("graph.input", |j| j["window_samples"] = 64_320.into()),
        ("graph.input", |j| j["front_ends"][0]["bands"] = 41.into()),
    ];
    for (field, change) in table {
        assert_eq!(&refused_field(with_json(change)), field);
    }
}

#[test]
fn a_network_may_take_several_views_of_a_window() {
    let model = load(TWO_VIEWS.to_vec());
    assert_eq!(model.input_shapes(), [(199, 40), (500, 20)]);
    let all = views(7, &model);
    let together = model.score(&some(&all, Slice::from(..))).unwrap();
    for (i, score) in together.iter().enumerate() {
        let one = some(&all, Slice::from(i..=i));
        assert_eq!(model.score(&one).unwrap(), std::slice::from_ref(score));
    }
    // Both are looked at.
    for k in 0..2 {
        let mut changed = all.clone();
        changed[k]
            .slice_axis_mut(Axis(2), Slice::from(..1))
            .fill(1.0);
        let other = model.score(&some(&changed, Slice::from(..))).unwrap();
        assert!(other.iter().zip(&together).all(|(a, b)| a.score != b.score));
    }
    let error = |features: &[ArrayView3<'_, f32>]| model.score(features).unwrap_err().to_string();
    assert_eq!(
        error(&some(&all[..1], Slice::from(..))),
        "number of feature arrays is 1; accepted: 2"
    );
    assert_eq!(error(&[]), "number of feature arrays is 0; accepted: 2");
    assert_eq!(
        error(&[all[0].view(), all[0].view()]),
        "shape of features is (7, 199, 40); accepted: (7, 500, 20)"
    );
    let fewer = all[1].slice_axis(Axis(0), Slice::from(..6));
    assert_eq!(
        error(&[all[0].view(), fewer]),
        "shape of features is (6, 500, 20); accepted: (7, 500, 20)"
    );
}

#[test]
fn views_that_the_graph_does_not_take_are_refused() {
    let swapped = json_of(TWO_VIEWS, |j| {
        j["front_ends"].as_array_mut().unwrap().reverse();
    });
    assert_eq!(refused_field(swapped), "graph.input");
    let one = json_of(TWO_VIEWS, |j| {
        j["front_ends"].as_array_mut().unwrap().pop();
    });
    assert_eq!(refused_field(one), "graph.input");
    let renamed = bytes_of(TWO_VIEWS, b"features_2", b"features_3");
    assert_eq!(refused_field(renamed), "graph.input");
}

#[test]
fn the_second_output_is_read_where_the_metadata_asks_for_it() {
    let with = load(DOMAIN.to_vec());
    let all = features(7, &with);
    let together = with.score(&[all.view()]).unwrap();
    // The score is that of the same network without the output.
    let plain = tiny().score(&[all.view()]).unwrap();
    for (i, (both, plain)) in together.iter().zip(&plain).enumerate() {
        assert!((both.score - plain.score).abs() < 1e-5);
        assert!(both.domain.unwrap().is_finite() && both.domain != Some(both.score));
        assert_eq!(plain.domain, None);
        let one = all.slice_axis(Axis(0), Slice::from(i..=i));
        assert_eq!(with.score(&[one]).unwrap(), std::slice::from_ref(both));
    }
    let unasked = load(json_of(DOMAIN, |j| {
        j.as_object_mut().unwrap().remove("domain_threshold");
    }));
    for (a, b) in unasked.score(&[all.view()]).unwrap().iter().zip(&plain) {
        assert!((a.score - b.score).abs() < 1e-5);
        assert_eq!(a.domain, None);
    }
}

#[test]
fn embeddings_are_handed_out_where_they_are_asked_for() {
    let with = load(include_bytes!("fixtures/tiny-embedding.onnx").to_vec());
    assert_eq!(with.embedding_size(), Some(8));
    let all = features(7, &with);
    let plain = with.score(&[all.view()]).unwrap();
    assert!(plain.iter().all(|window| window.embedding.is_none()));
    let together = with.score_and_embed(&[all.view()]).unwrap();
    for (i, (both, plain)) in together.iter().zip(&plain).enumerate() {
        assert_eq!((both.score, both.domain), (plain.score, plain.domain));
        let embedding = both.embedding.as_ref().unwrap();
        assert_eq!(embedding.len(), 8);
        // What is pooled has gone through a rectifier.
        assert!(embedding.iter().all(|&v| v >= 0.0) && embedding.iter().any(|&v| v > 0.0));
        let one = all.slice_axis(Axis(0), Slice::from(i..=i));
        assert_eq!(
            with.score_and_embed(&[one]).unwrap(),
            std::slice::from_ref(both)
        );
    }
    assert!(
        together
            .windows(2)
            .any(|w| w[0].embedding != w[1].embedding)
    );
    let without = tiny();
    assert_eq!(without.embedding_size(), None);
    let error = without.score_and_embed(&[all.view()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "model metadata field `graph.output`: none is named `embedding`: \
         this model has no embeddings"
    );
}

#[test]
fn a_second_output_that_does_not_fit_is_refused() {
    // Its declaration: the name, then the length of what follows, f32 of shape (batch).
    let name = b"\x0a\x06domain\x12";
    let at = find(DOMAIN, name);
    let type_at = at + name.len() + 1;
    let declared = &DOMAIN[at..type_at + usize::from(DOMAIN[type_at - 1])];
    let integers = {
        let mut changed = declared.to_vec();
        let kind = find(&changed, b"\x08\x01");
        changed[kind + 1] = 7;
        changed
    };
    // The same number of bytes, but two dimensions: 1 and `b`.
    let two_dimensions = {
        let mut changed = declared.to_vec();
        let shape = find(&changed, b"\x0a\x07\x12\x05batch");
        changed[shape..].copy_from_slice(b"\x0a\x02\x08\x01\x0a\x03\x12\x01b");
        changed
    };
    for (changed, word) in [
        (integers, "element type 7"),
        (two_dimensions, "2 dimensions"),
    ] {
        let error = Model::from_bytes(bytes_of(DOMAIN, declared, &changed), Runtime::Tract)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`domain`") && error.contains(word),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_voxhumana_model_is_refused() {
    assert_eq!(refused_field(Vec::new()), "graph");
    assert_eq!(refused_field(b"RIFF, not ONNX".to_vec()), "file");
    assert_eq!(
        refused_field(with_bytes(b"voxhumana", b"somebodys")),
        "metadata_props"
    );
    assert_eq!(
        refused_field(with_bytes(b"features", b"feetures")),
        "graph.input"
    );
    assert_eq!(
        refused_field(with_bytes(b"\n\x05score", b"\n\x05scare")),
        "graph.output"
    );
    for end in (0..TINY.len()).step_by(61) {
        assert!(Model::from_bytes(TINY[..end].to_vec(), Runtime::Tract).is_err());
    }
}

#[test]
fn a_file_of_the_first_format_is_refused_with_what_to_do() {
    let old = under_key(TINY, "bonafide", |_| ());
    match Model::from_bytes(old, Runtime::Tract) {
        Err(Error::ModelMetadata { field, problem }) => {
            assert_eq!(field, "metadata_props");
            assert!(problem.contains("voxhumana-train export"), "{problem}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_graph_the_runtime_cannot_run_is_an_error() {
    let error = Model::from_bytes(with_bytes(b"ReduceMean", b"ReduceMoan"), Runtime::Tract)
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("onnx runtime tract: "), "{error}");
}

#[test]
fn files_are_named_in_errors() {
    let missing = Path::new("no/such/model.onnx");
    let error = Model::from_file(missing, Runtime::Tract)
        .unwrap_err()
        .to_string();
    assert!(error.contains("no/such/model.onnx"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.onnx");
    std::fs::write(&path, "not a model").unwrap();
    let error = Model::from_file(&path, Runtime::Tract)
        .unwrap_err()
        .to_string();
    assert!(error.contains("text.onnx"), "{error}");
}

#[test]
fn the_bundled_model_loads() {
    let model = Model::bundled(Runtime::Tract).unwrap();
    let all = views(2, &model);
    let scores = model.score(&some(&all, Slice::from(..))).unwrap();
    assert_eq!(scores.len(), 2);
}

/// Runs one of the `child_*` tests below in a process of its own.
fn in_child(test: &str, environment: &[(&str, &OsStr)]) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            test,
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(CHILD, "1")
        .env_remove("ORT_DYLIB_PATH")
        .env_remove("ORT_DISABLE_TELEMETRY")
        .envs(environment.iter().copied());
    let output = command.output().unwrap();
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

/// Without which the library is not loaded.
fn telemetry_off() -> (&'static str, &'static OsStr) {
    let (name, value) = Runtime::TELEMETRY_OFF;
    (name, OsStr::new(value))
}

/// Every number that a model gives for some windows.
fn outputs(model: &Model) -> Vec<f32> {
    let all = views(9, model);
    let outputs = model.score(&some(&all, Slice::from(..))).unwrap();
    outputs
        .iter()
        .flat_map(|o| [Some(o.score), o.domain])
        .flatten()
        .collect()
}

fn scores_in(text: &str) -> Vec<f32> {
    text.lines()
        .filter_map(|line| line.split_once("SCORE "))
        .map(|(_, score)| score.parse().unwrap())
        .collect()
}

#[test]
fn tract_and_onnx_runtime_agree() {
    let Some(dylib) = onnxruntime() else {
        eprintln!("skipped: no ONNX Runtime (set ORT_DYLIB_PATH, or pip install onnxruntime)");
        return;
    };
    let environment = [(PATH, dylib.as_os_str()), telemetry_off()];
    let (ok, text) = in_child("child_scores", &environment);
    assert!(ok, "{text}");
    assert!(text.contains("RUNTIME onnxruntime"), "{text}");
    let other = scores_in(&text);
    let mut ours = Vec::new();
    for model in [
        tiny(),
        load(DOMAIN.to_vec()),
        load(TWO_VIEWS.to_vec()),
        Model::bundled(Runtime::Tract).unwrap(),
    ] {
        ours.extend(outputs(&model));
    }
    assert!(ours.len() >= 5 * 9);
    assert_eq!(ours.len(), other.len());
    for (a, b) in ours.iter().zip(&other) {
        assert!((a - b).abs() <= 1e-4, "tract {a}, onnxruntime {b}");
    }
}

#[test]
#[ignore = "run by tract_and_onnx_runtime_agree in a process of its own"]
fn child_scores() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    // `Auto` follows ORT_DYLIB_PATH.
    let models = [
        Model::from_bytes(TINY.to_vec(), Runtime::Auto).unwrap(),
        Model::from_bytes(DOMAIN.to_vec(), Runtime::Auto).unwrap(),
        Model::from_bytes(TWO_VIEWS.to_vec(), Runtime::Auto).unwrap(),
        Model::bundled(Runtime::OnnxRuntime).unwrap(),
    ];
    for model in models {
        println!("RUNTIME {}", model.runtime());
        for score in outputs(&model) {
            println!("SCORE {score}");
        }
    }
    let other = Model::bundled(Runtime::Tract).unwrap_err().to_string();
    assert!(other.contains("one process can use one runtime"), "{other}");
}

#[test]
fn a_missing_or_broken_library_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("libonnxruntime.so");
    std::fs::write(&text, "no library").unwrap();
    for path in [
        folder.path().join("missing.so"),
        text,
        folder.path().to_owned(),
    ] {
        let environment = [(PATH, path.as_os_str()), telemetry_off()];
        let (ok, output) = in_child("child_without_library", &environment);
        assert!(ok, "{output}");
        let error = output.lines().find(|l| l.contains("ERROR ")).unwrap();
        assert!(error.contains("ORT_DYLIB_PATH"), "{error}");
        assert!(error.contains(&*path.to_string_lossy()), "{error}");
    }
}

#[test]
fn onnx_runtime_is_not_loaded_with_its_telemetry_on() {
    // The refusal comes before the library is looked at, so that any path will do.
    let library = (PATH, OsStr::new("libonnxruntime.so"));
    let (name, _) = Runtime::TELEMETRY_OFF;
    for (set, found) in [(None, "not set"), (Some("0"), "\"0\""), (Some(""), "\"\"")] {
        let mut environment = vec![library];
        environment.extend(set.map(|value| (name, OsStr::new(value))));
        let (ok, output) = in_child("child_without_library", &environment);
        assert!(ok, "{output}");
        let error = output.lines().find(|l| l.contains("ERROR ")).unwrap();
        assert!(
            error.contains(&format!("ORT_DISABLE_TELEMETRY is {found}")),
            "{error}"
        );
        assert!(error.contains("set ORT_DISABLE_TELEMETRY=1"), "{error}");
    }
}

#[test]
#[ignore = "run by the tests above in a process of its own"]
fn child_without_library() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let error = Model::bundled(Runtime::OnnxRuntime).unwrap_err();
    println!("ERROR {error}");
    assert!(matches!(
        error,
        Error::Runtime {
            runtime: "onnxruntime",
            ..
        }
    ));
    // Nothing was decided by the failure.
    assert_eq!(Model::bundled(Runtime::Tract).unwrap().runtime(), "tract");
}

#[test]
fn runtime_names_parse() {
    for runtime in [Runtime::Auto, Runtime::Tract, Runtime::OnnxRuntime] {
        assert_eq!(runtime.to_string().parse::<Runtime>().unwrap(), runtime);
    }
    let error = "cuda".parse::<Runtime>().unwrap_err().to_string();
    assert_eq!(error, "runtime is cuda; accepted: auto, tract, onnxruntime");
}
