//! Memory is bounded on any length of recording. Ignored by default because it takes minutes:
//!
//!     cargo test --release --test memory -- --ignored --nocapture
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use common::voice;
use voxhumana::Detector;
use voxhumana::audio::Resampler;

/// Four hours of a call, and what scanning it may take (issue 2).
const HOURS: u32 = 4;
const LIMIT_MB: u64 = 200;

/// Highest resident memory of this process so far, MB.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    let kb: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kb / 1_000
}

#[test]
#[ignore = "takes minutes and half a gigabyte of disk"]
fn a_four_hour_stereo_call_stays_under_200_mb() {
    let minute = |seed| {
        let mut out = Vec::new();
        let mut resampler = Resampler::new(common::RATE, 8_000).unwrap();
        resampler.push(&voice(60.0, seed), &mut out);
        resampler.finish(&mut out);
        out
    };
    let (agent, caller) = (minute(1), minute(2));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for _ in 0..HOURS * 60 {
        for (a, c) in agent.iter().zip(&caller) {
            writer.write_sample((a * 32_767.0) as i16).unwrap();
            writer.write_sample((c * 32_767.0) as i16).unwrap();
        }
    }
    writer.finalize().unwrap();
    drop((agent, caller));

    let detector = Detector::bundled().unwrap();
    let before = peak_mb();
    let start = std::time::Instant::now();
    let report = detector.scan_file(&path).unwrap();
    let (peak, elapsed) = (peak_mb(), start.elapsed().as_secs_f64());
    println!(
        "{:.1} h of 2 channels, {:.0} s of speech, in {elapsed:.1} s: \
         peak {peak} MB, {before} MB before",
        report.duration_s / 3_600.0,
        report.channels.iter().map(|c| c.speech_s).sum::<f64>(),
    );
    assert_eq!(report.duration_s, f64::from(HOURS) * 3_600.0);
    // So much speech that keeping it would show: 4 hours at 16 kHz are 900 MB a channel.
    assert!(report.channels.iter().all(|c| c.speech_s > 7_200.0));
    assert!(peak < LIMIT_MB, "{peak} MB");
}
