//! Signals and the tiny model for the tests.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use voxhumana::{Detector, DetectorBuilder, Model, Runtime};

/// Sample rate of the signals, Hz.
pub const RATE: u32 = 16_000;

/// The model of `tests/fixtures/make_model.py`, which takes a loud band at 7 kHz for synthesis.
pub fn tiny_model() -> Arc<Model> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    Arc::clone(MODEL.get_or_init(|| load(include_bytes!("../fixtures/tiny.onnx"))))
}

/// The same with the check for what is out of domain: a loud band at 5 kHz.
pub fn domain_model() -> Arc<Model> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    Arc::clone(MODEL.get_or_init(|| load(include_bytes!("../fixtures/tiny-domain.onnx"))))
}

/// The same with the output `embedding`.
pub fn embedding_model() -> Arc<Model> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    Arc::clone(MODEL.get_or_init(|| load(include_bytes!("../fixtures/tiny-embedding.onnx"))))
}

/// The same with the rule that tells voices apart.
pub fn voices_model() -> Arc<Model> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    Arc::clone(MODEL.get_or_init(|| load(include_bytes!("../fixtures/tiny-voices.onnx"))))
}

fn load(onnx: &[u8]) -> Arc<Model> {
    Arc::new(Model::from_bytes(onnx.to_vec(), Runtime::Tract).unwrap())
}

/// A builder with the tiny model.
pub fn tiny() -> DetectorBuilder {
    Detector::builder().model(tiny_model())
}

/// Something that speech detection takes for speech: a voice that glides between 90 and 170 Hz,
/// with three formants that move, four syllables a second, a pause of 0.4 s every 3 s, and noise 60
/// dB down.
pub fn voice(seconds: f64, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    let rate = f64::from(RATE);
    let mut phase = 0.0_f64;
    let start = random.f64() * 10.0;
    (0..(seconds * rate) as usize)
        .map(|i| {
            let t = i as f64 / rate;
            let pitch = 130.0 + 30.0 * (13.0 * (t + start)).sin() + 10.0 * (33.0 * t).sin();
            phase = (phase + pitch / rate).fract();
            let formants = [
                500.0 + 200.0 * (5.0 * (t + start)).sin(),
                1_500.0 + 500.0 * (3.0 * (t + start)).sin(),
                2_500.0,
            ];
            let mut x = 0.0;
            for k in 1..=60 {
                let hz = f64::from(k) * pitch;
                let gain: f64 = formants
                    .iter()
                    .map(|f| 1.0 / (1.0 + ((hz - f) / 120.0).powi(2)))
                    .sum();
                x += gain * (std::f64::consts::TAU * f64::from(k) * phase).sin();
            }
            let syllable = (std::f64::consts::PI * 4.0 * t).sin().powi(2);
            let talking = if t % 3.0 < 2.6 { syllable } else { 0.0 };
            (0.08 * x * talking + 0.0003 * (random.f64() - 0.5)) as f32
        })
        .collect()
}

/// The same with the mark that the tiny model takes for synthesis.
pub fn marked(seconds: f64, seed: u64) -> Vec<f32> {
    with_tone(voice(seconds, seed), 7_000.0)
}

/// The same with the mark that the model with the check takes for what is out of domain.
pub fn foreign(samples: Vec<f32>) -> Vec<f32> {
    with_tone(samples, 5_000.0)
}

fn with_tone(mut samples: Vec<f32>, hz: f32) -> Vec<f32> {
    for (i, x) in samples.iter_mut().enumerate() {
        let t = i as f32 / RATE as f32;
        *x += 0.05 * (std::f32::consts::TAU * hz * t).sin();
    }
    samples
}

/// Writes a 16-bit WAV file.
pub fn write_wav(path: &std::path::Path, rate: u32, channels: &[&[f32]]) {
    let spec = hound::WavSpec {
        channels: channels.len() as u16,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for i in 0..channels[0].len() {
        for channel in channels {
            writer
                .write_sample((channel[i] * 32_767.0).round() as i16)
                .unwrap();
        }
    }
    writer.finalize().unwrap();
}

/// The Python that `VOXHUMANA_PYTHON` names, else `python3`.
pub fn python() -> String {
    std::env::var("VOXHUMANA_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// The library of `ORT_DYLIB_PATH`, else the one inside PyPI's `onnxruntime` wheel.
pub fn onnxruntime() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH") {
        return Some(path.into());
    }
    // Nothing is printed, and nothing found, for a version that the crate refuses.
    let script = "import importlib.util as u, importlib.metadata as m
if [int(n) for n in m.version('onnxruntime').split('.')[:2]] >= [1, 24]:
    print(u.find_spec('onnxruntime').submodule_search_locations[0])";
    let output = Command::new(python()).args(["-c", script]).output().ok()?;
    let folder = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()).join("capi");
    std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("libonnxruntime.so")
                || (name.starts_with("libonnxruntime.") && name.ends_with(".dylib"))
                || name == "onnxruntime.dll"
        })
}

/// G.711 mu-law (ITU-T G.711, table 2a).
pub fn mulaw(sample: i16) -> u8 {
    let magnitude = i32::from(sample).abs().min(32_635) + 132;
    let exponent = (7 - (magnitude.leading_zeros() as i32 - 17)).clamp(0, 7);
    let mantissa = magnitude >> (exponent + 3) & 0xf;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !(sign | exponent << 4 | mantissa) as u8
}
