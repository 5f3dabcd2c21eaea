//! Recordings of `../shared/corpus` keep their score in every container and near-transparent codec. Skipped, and said
//! so, where the corpus or ffmpeg is missing.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bonafide::{Detector, Verdict};

/// File name and ffmpeg's arguments; `true` where nothing audible is lost, so that the score may hardly move.
const MADE: [(&str, &str, bool); 17] = [
    ("s16.wav", "-c:a pcm_s16le", true),
    ("s24.wav", "-c:a pcm_s24le", true),
    ("s32.wav", "-c:a pcm_s32le", true),
    ("float.wav", "-c:a pcm_f32le", true),
    ("rf64.wav", "-c:a pcm_s16le -rf64 always", true),
    ("a.flac", "-c:a flac", true),
    ("alac.m4a", "-c:a alac", true),
    ("a.aiff", "-c:a pcm_s16be", true),
    ("a.caf", "-c:a pcm_s16le", true),
    ("a.au", "-c:a pcm_s16be", true),
    ("pcm.mkv", "-c:a pcm_s16le", true),
    ("a.mp3", "-c:a libmp3lame -b:a 160k", false),
    ("mp3.wav", "-c:a libmp3lame -b:a 160k", false),
    ("aac.m4a", "-c:a aac -b:a 160k", false),
    ("a.ogg", "-c:a libvorbis -q:a 8", false),
    ("a.opus", "-c:a libopus -b:a 128k", false),
    ("opus.webm", "-c:a libopus -b:a 128k", false),
];

/// Most that the LLR of a lossless copy may differ: rounding to 16 bits.
const LOSSLESS_LLR: f64 = 0.02;
/// Most that it may differ on average, and at worst, after a lossy codec at a high rate. Codec noise and a shift of the
/// windows by the codec's delay move every score a little.
const LOSSY_MEAN_LLR: f64 = 0.4;
const LOSSY_WORST_LLR: f64 = 1.5;

fn recordings() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/dev");
    let mut found = Vec::new();
    for class in ["bonafide", "spoof"] {
        let Ok(folder) = fs::read_dir(root.join(class)) else {
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = folder.map(|f| f.unwrap().path()).collect();
        files.sort();
        // The longest files hold enough speech for a verdict.
        files.sort_by_key(|f| std::cmp::Reverse(fs::metadata(f).unwrap().len()));
        found.extend(files.into_iter().step_by(20).take(4));
    }
    found
}

#[test]
fn the_container_and_a_transparent_codec_do_not_change_the_score() {
    let recordings = recordings();
    let ffmpeg = Command::new("ffmpeg").arg("-version").output();
    if recordings.is_empty() || ffmpeg.is_err() {
        println!("skipped: needs ../shared/corpus and ffmpeg");
        return;
    }
    let detector = Detector::bundled().unwrap();
    let threshold = detector.operating_point().1.threshold_llr;
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original.wav");
    let mut differences = vec![Vec::new(); MADE.len()];
    for recording in &recordings {
        encode(recording, &original, "-c:a pcm_s16le");
        let expected = detector.scan_file(&original).unwrap();
        let expected_llr = expected.channels[0].llr.unwrap();
        for ((name, options, _), differences) in MADE.iter().zip(&mut differences) {
            let copy = dir.path().join(name);
            encode(&original, &copy, options);
            let got = detector.scan_file(&copy).unwrap();
            let llr = got.channels[0].llr.unwrap();
            let difference = (llr - expected_llr).abs();
            differences.push(difference);
            // Near the threshold a small difference may tip the verdict; away from it none may.
            if (expected_llr - threshold).abs() > LOSSY_WORST_LLR
                && expected.channels[0].verdict != Verdict::Inconclusive
            {
                assert_eq!(
                    got.channels[0].verdict,
                    expected.channels[0].verdict,
                    "{name} of {}",
                    recording.display()
                );
            }
        }
    }
    let mut wrong = Vec::new();
    for ((name, _, lossless), differences) in MADE.iter().zip(&differences) {
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        let worst = differences.iter().copied().fold(0.0, f64::max);
        println!("{name:14} mean difference {mean:.3}, worst {worst:.3} LLR");
        let fits = if *lossless {
            worst <= LOSSLESS_LLR
        } else {
            mean <= LOSSY_MEAN_LLR && worst <= LOSSY_WORST_LLR
        };
        if !fits {
            wrong.push(*name);
        }
    }
    assert!(wrong.is_empty(), "the score of {wrong:?} is too far off");
}

fn encode(from: &Path, to: &Path, options: &str) {
    let done = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-i"])
        .arg(from)
        .args(options.split_whitespace())
        .arg(to)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}
