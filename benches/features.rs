//! The cost of features: one second of 16 kHz audio through each preset front end, planned once.
//!
//! `cargo bench --bench features`; 1 ms is 1000 times real time on one core.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::Array2;
use voxhumana::features::{FeatureExtractor, FrontEnd};

const SAMPLE_RATE_HZ: u32 = 16_000;

fn per_second_of_audio(c: &mut Criterion) {
    let mut random = fastrand::Rng::with_seed(1);
    let second: Vec<f32> = (0..SAMPLE_RATE_HZ).map(|_| random.f32() - 0.5).collect();
    let mut group = c.benchmark_group("features, 1 s of audio");
    for (name, front_end) in [
        ("log_spectrum", FrontEnd::log_spectrum(SAMPLE_RATE_HZ)),
        ("log_linear", FrontEnd::log_linear(SAMPLE_RATE_HZ)),
        ("log_mel", FrontEnd::log_mel(SAMPLE_RATE_HZ)),
        ("lfcc", FrontEnd::lfcc(SAMPLE_RATE_HZ)),
        ("mfcc", FrontEnd::mfcc(SAMPLE_RATE_HZ)),
        ("phase", FrontEnd::phase(SAMPLE_RATE_HZ)),
    ] {
        let Ok(mut extractor) = FeatureExtractor::new(front_end) else {
            unreachable!("presets are valid");
        };
        let mut out = Array2::zeros((extractor.frames(second.len()), extractor.bins()));
        group.bench_function(name, |b| {
            b.iter(|| extractor.extract_into(black_box(&second), out.view_mut()));
        });
    }
    group.finish();
}

criterion_group!(benches, per_second_of_audio);
criterion_main!(benches);
