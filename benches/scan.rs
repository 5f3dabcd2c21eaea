//! The cost of each step of a scan on one core: a minute of one voice at 8 kHz, as a telephone call
//! has it.
//!
//! `cargo bench --bench scan`; the throughput, in elements per second, is the number of samples of
//! the recording (8000 a second), so that 8 M elements per second are 1000 times real time.
//! `ORT_DISABLE_TELEMETRY=1 ORT_DYLIB_PATH=/path/to/libonnxruntime.so cargo bench --bench scan`
//! measures ONNX Runtime.

use std::hint::black_box;
use std::io::Cursor;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array3, Axis};
use voxhumana::audio::Resampler;
use voxhumana::features::FeatureExtractor;
use voxhumana::features::InputMeter;
use voxhumana::speech::SpeechDetector;
use voxhumana::{AudioReader, DecodeOptions, Detector, Error, Model, Result, Runtime};

const RATE: u32 = 8_000;
const SECONDS: u32 = 60;

#[path = "../tests/common/mod.rs"]
mod common;

/// The recording: samples at 8 kHz, the same as a WAV file, and at the model's 16 kHz.
struct Call {
    samples: Vec<f32>,
    wav: Vec<u8>,
    wide: Vec<f32>,
}

fn call() -> Result<Call> {
    let convert = |from, to, x: &[f32]| -> Result<Vec<f32>> {
        let mut out = Vec::new();
        let mut resampler = Resampler::new(from, to)?;
        resampler.push(x, &mut out);
        resampler.finish(&mut out);
        Ok(out)
    };
    let samples = convert(common::RATE, RATE, &common::voice(f64::from(SECONDS), 1))?;
    let mut wav = Cursor::new(Vec::new());
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    if let Ok(mut writer) = hound::WavWriter::new(&mut wav, spec) {
        for x in &samples {
            let _ = writer.write_sample((x * 32_767.0) as i16);
        }
    }
    let wide = convert(RATE, common::RATE, &samples)?;
    Ok(Call {
        samples,
        wav: wav.into_inner(),
        wide,
    })
}

fn steps(c: &mut Criterion) -> Result<()> {
    let call = call()?;
    let model = Arc::new(Model::bundled(Runtime::Auto)?);
    let detector = Detector::builder()
        .model(Arc::clone(&model))
        .threads(1)
        .build()?;
    let mut group = c.benchmark_group(format!("{SECONDS} s of a call, {}", model.runtime()));
    group.throughput(Throughput::Elements(u64::from(RATE * SECONDS)));
    group.sample_size(10);

    group.bench_function("decode", |b| {
        b.iter(|| {
            let source = Box::new(Cursor::new(call.wav.clone()));
            let mut reader = AudioReader::from_reader(source, None, &DecodeOptions::default())?;
            let mut block = Vec::new();
            while reader.next_block(&mut block)? {}
            Ok::<_, Error>(())
        });
    });
    group.bench_function("measure", |b| {
        b.iter(|| {
            let mut meter = InputMeter::new(RATE);
            meter.push(black_box(&call.samples));
            meter.bandwidth_hz()
        });
    });
    group.bench_function("resample", |b| {
        b.iter(|| {
            let mut out = Vec::new();
            let mut resampler = Resampler::new(RATE, common::RATE)?;
            resampler.push(black_box(&call.samples), &mut out);
            Ok::<_, Error>(out)
        });
    });
    group.bench_function("speech", |b| {
        b.iter(|| {
            let mut decisions = Vec::new();
            SpeechDetector::new(common::RATE)?.push(black_box(&call.wide), &mut decisions);
            Ok::<_, Error>(decisions)
        });
    });

    // As many windows as a minute of speech without pauses has.
    let metadata = model.metadata();
    let windows: Vec<&[f32]> = call
        .wide
        .windows(metadata.window_samples)
        .step_by(metadata.hop_samples)
        .collect();
    let mut views = Vec::new();
    for (front_end, &(frames, bins)) in metadata.front_ends.iter().zip(model.input_shapes()) {
        let features = Array3::<f32>::zeros((windows.len(), frames, bins));
        views.push((FeatureExtractor::new(front_end.clone())?, features));
    }
    group.bench_function("features", |b| {
        b.iter(|| {
            for (extractor, features) in &mut views {
                for (window, plane) in windows.iter().zip(features.axis_iter_mut(Axis(0))) {
                    extractor.extract_into(black_box(window), plane)?;
                }
            }
            Ok::<_, Error>(())
        });
    });
    group.bench_function("model", |b| {
        let features: Vec<_> = views.iter().map(|(_, features)| features.view()).collect();
        b.iter(|| model.score(black_box(&features)))
    });
    group.bench_function("whole", |b| {
        b.iter(|| detector.scan_samples(black_box(&call.samples), RATE));
    });
    // What the comparison of two channels costs, where both speak all the time.
    let other: Vec<f32> = call.samples.iter().rev().copied().collect();
    group.bench_function("two channels, apart", |b| {
        b.iter(|| {
            detector.scan_samples(black_box(&call.samples), RATE)?;
            detector.scan_samples(black_box(&other), RATE)
        });
    });
    group.bench_function("two channels, compared", |b| {
        b.iter(|| detector.scan_channels(&[black_box(&call.samples), &other], RATE));
    });
    group.finish();
    Ok(())
}

fn all(c: &mut Criterion) {
    if let Err(error) = steps(c) {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
