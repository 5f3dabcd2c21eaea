//! Recordings of `../shared/corpus` keep their score in every container and near-transparent codec,
//! and are read and scored through every other. Skipped, and said so, where the corpus or ffmpeg is
//! missing.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use voxhumana::{Detector, RecordingReport, Verdict};

/// The loss of a copy.
#[derive(Clone, Copy, PartialEq)]
enum Loss {
    /// Nothing.
    None,
    /// Nothing that is heard.
    Inaudible,
    /// Bandwidth or bits: what that does to the score is a matter of the model, and stands in its
    /// card.
    Telephone,
}
use Loss::{Inaudible, Telephone};

/// File name and ffmpeg's arguments.
const MADE: &[(&str, &str, Loss)] = &[
    ("s16.wav", "-c:a pcm_s16le", Loss::None),
    ("s24.wav", "-c:a pcm_s24le", Loss::None),
    ("s32.wav", "-c:a pcm_s32le", Loss::None),
    ("float.wav", "-c:a pcm_f32le", Loss::None),
    ("double.wav", "-c:a pcm_f64le", Loss::None),
    ("rf64.wav", "-c:a pcm_s16le -rf64 always", Loss::None),
    ("a.flac", "-c:a flac", Loss::None),
    ("flac.oga", "-c:a flac", Loss::None),
    ("alac.m4a", "-c:a alac", Loss::None),
    ("a.aiff", "-c:a pcm_s16be", Loss::None),
    ("a.caf", "-c:a pcm_s16le", Loss::None),
    ("alac.caf", "-c:a alac", Loss::None),
    ("a.au", "-c:a pcm_s16be", Loss::None),
    ("a.snd", "-c:a pcm_s16be -f au", Loss::None),
    ("pcm.mkv", "-c:a pcm_s16le", Loss::None),
    ("flac.mkv", "-c:a flac", Loss::None),
    ("a.sln16", "-f s16le", Loss::None),
    ("a.mp3", "-c:a libmp3lame -b:a 160k", Inaudible),
    ("mp3.wav", "-c:a libmp3lame -b:a 160k", Inaudible),
    ("aac.m4a", "-c:a aac -b:a 160k", Inaudible),
    ("aac.mp4", "-c:a aac -b:a 160k", Inaudible),
    ("aac.mkv", "-c:a aac -b:a 160k", Inaudible),
    ("a.ogg", "-c:a libvorbis -q:a 8", Inaudible),
    ("vorbis.webm", "-c:a libvorbis -q:a 8", Inaudible),
    ("a.opus", "-c:a libopus -b:a 128k", Inaudible),
    ("opus.webm", "-c:a libopus -b:a 128k", Inaudible),
    ("u8.wav", "-c:a pcm_u8", Telephone),
    ("mulaw.wav", "-ar 8000 -c:a pcm_mulaw", Telephone),
    ("alaw.wav", "-ar 8000 -c:a pcm_alaw", Telephone),
    ("ima.wav", "-ar 8000 -c:a adpcm_ima_wav", Telephone),
    ("ms.wav", "-ar 8000 -c:a adpcm_ms", Telephone),
    ("gsm.wav", "-ar 8000 -c:a libgsm_ms", Telephone),
    ("g722.wav", "-c:a g722", Telephone),
    ("a.gsm", "-ar 8000 -f gsm", Telephone),
    ("a.g722", "-f g722", Telephone),
    ("a.ulaw", "-ar 8000 -f mulaw", Telephone),
    ("a.alaw", "-ar 8000 -f alaw", Telephone),
    (
        "voip.opus",
        "-c:a libopus -b:a 16k -application voip",
        Telephone,
    ),
    ("8k.mp3", "-ar 8000 -c:a libmp3lame -b:a 32k", Telephone),
];

/// Most that the LLR of a lossless copy may differ: rounding to 16 bits.
const LOSSLESS_LLR: f64 = 0.02;
/// Most that it may differ on average, and at worst, after a lossy codec at a high rate. Codec
/// noise and a shift of the windows by the codec's delay move every score a little: 0.26 to 0.64 on
/// average and 1.6 at worst with model 7, whose windows of 1 s do not overlap.
const LOSSY_MEAN_LLR: f64 = 0.8;
const LOSSY_WORST_LLR: f64 = 2.0;

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
        found.extend(files.into_iter().step_by(40).take(2));
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
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original.wav");
    let mut differences = vec![Vec::new(); MADE.len()];
    for recording in &recordings {
        encode(recording, &original, "-c:a pcm_s16le");
        let expected = detector.scan_file(&original).unwrap();
        let expected_llr = expected.channels[0].llr.unwrap();
        for ((name, options, loss), differences) in MADE.iter().zip(&mut differences) {
            let copy = dir.path().join(name);
            encode(&original, &copy, options);
            let got = detector.scan_file(&copy).unwrap();
            assert!(!got.truncated, "{name} of {} is whole", recording.display());
            let Some(llr) = got.channels[0].llr else {
                // A narrow band may leave less than the speech that a score needs.
                assert!(*loss == Telephone, "{name} of {}", recording.display());
                continue;
            };
            assert!(llr.is_finite());
            let difference = (llr - expected_llr).abs();
            differences.push(difference);
            // Near the threshold a small difference may tip the verdict; away from it none may.
            if *loss != Telephone
                && margin(&expected) > LOSSY_WORST_LLR
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
    for ((name, _, loss), differences) in MADE.iter().zip(&differences) {
        assert!(
            !differences.is_empty(),
            "no recording has a score in {name}"
        );
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        let worst = differences.iter().copied().fold(0.0, f64::max);
        println!("{name:14} mean difference {mean:.3}, worst {worst:.3} LLR");
        let fits = match loss {
            Loss::None => worst <= LOSSLESS_LLR,
            Inaudible => mean <= LOSSY_MEAN_LLR && worst <= LOSSY_WORST_LLR,
            Telephone => true,
        };
        if !fits {
            wrong.push(*name);
        }
    }
    assert!(wrong.is_empty(), "the score of {wrong:?} is too far off");
}

/// How far the LLRs that decide are from their thresholds.
fn margin(report: &RecordingReport) -> f64 {
    let channel = &report.channels[0];
    let whole = channel.llr.map(|llr| (llr - report.threshold_llr).abs());
    let stretch = channel
        .worst_stretch
        .map(|s| (s.llr - report.stretch_threshold_llr).abs());
    whole
        .into_iter()
        .chain(stretch)
        .fold(f64::INFINITY, f64::min)
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
