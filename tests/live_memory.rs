//! What a live stream keeps in memory, and that scoring leaves nothing behind.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::{Mutex, PoisonError};

use common::{mulaw, voice};
use voxhumana::audio::{PayloadCodec, PayloadDecoder, Resampler};
use voxhumana::{Detector, Stream};

/// Rate of telephones, Hz, and samples of 20 ms.
const RATE_HZ: u32 = 8_000;
const FRAME: usize = 160;
/// Streams that are measured, after some for what all of them share.
const STREAMS: usize = 60;
const SHARING: usize = 20;
/// Seconds of each: more than a stream holds back at first.
const SECONDS: f64 = 8.0;
/// Most that one may take, kB: it takes 260 to 330, as the allocator finds room.
const LIMIT_KB: u64 = 500;

/// Windows that are scored, and what one may leave behind on average, bytes: a hundred pages of the
/// allocator in all, and less than two of the smallest things that could be left each time.
const WINDOWS: usize = 10_000;
const LEFT_BYTES: usize = 40;

/// The tests look at the memory of the whole process.
static ALONE: Mutex<()> = Mutex::new(());

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn call() -> Vec<u8> {
    let mut samples = Vec::new();
    let mut resampler = Resampler::new(common::RATE, RATE_HZ).unwrap();
    resampler.push(&voice(SECONDS, 1), &mut samples);
    resampler.finish(&mut samples);
    let sample = |x: &f32| mulaw((x * 32_767.0) as i16);
    samples.iter().map(sample).collect()
}

/// Streams in the middle of a call, fed in turn as they are in a server.
fn live(detector: &Detector, call: &[u8], streams: usize) -> Vec<(PayloadDecoder, Stream)> {
    let new = || {
        let decoder = PayloadDecoder::new(PayloadCodec::Pcmu, RATE_HZ).unwrap();
        (decoder, detector.stream(RATE_HZ).unwrap())
    };
    let mut live: Vec<_> = (0..streams).map(|_| new()).collect();
    let mut samples = Vec::new();
    for frame in call.chunks(FRAME) {
        for (decoder, stream) in &mut live {
            samples.clear();
            decoder.decode(frame, &mut samples).unwrap();
            stream.push(&samples).unwrap();
        }
    }
    live
}

#[test]
fn a_live_stream_is_small() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let detector = Detector::bundled().unwrap().without_voices();
    let call = call();
    let shared = live(&detector, &call, SHARING);
    let before = resident_kb();
    let streams = live(&detector, &call, STREAMS);
    let each = resident_kb().saturating_sub(before) / STREAMS as u64;
    println!("{each} kB a stream");
    // All of them have got as far as to score.
    for (_, stream) in shared.iter().chain(&streams) {
        assert!(stream.so_far().llr.is_some());
    }
    assert!(each < LIMIT_KB, "{each} kB a stream");
}

#[test]
fn scoring_leaves_nothing_behind() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let model = common::domain_model();
    let (frames, bins) = model.input_shapes()[0];
    let features = ndarray::Array3::<f32>::zeros((1, frames, bins));
    let score = |windows| {
        for _ in 0..windows {
            model.score(&[features.view()]).unwrap();
        }
    };
    score(WINDOWS / 10);
    let before = resident_kb();
    score(WINDOWS);
    let more = resident_kb().saturating_sub(before);
    println!("{more} kB after {WINDOWS} windows");
    assert!(more * 1_000 < (WINDOWS * LEFT_BYTES) as u64, "{more} kB");
}
