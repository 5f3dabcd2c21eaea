//! Recordings that are none, through the whole detector: each is a clear error or an
//! inconclusive verdict, never a panic. How files are decoded in detail is tested in
//! `tests/decode`.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::{RATE, tiny, voice, write_wav};
use voxhumana::audio::MAX_CHANNELS;
use voxhumana::{Error, Reason, RecordingReport, Verdict};

/// A 44-byte WAV header of 16-bit PCM with any claims, and some data.
fn wav(channels: u16, rate: u32, claimed: u32, data: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend(claimed.saturating_add(36).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    let frame = channels.wrapping_mul(2);
    file.extend(rate.wrapping_mul(u32::from(frame)).to_le_bytes());
    file.extend(frame.to_le_bytes());
    file.extend(b"\x10\0data");
    file.extend(claimed.to_le_bytes());
    file.extend(data);
    file
}

fn pcm(samples: &[f32]) -> Vec<u8> {
    samples
        .iter()
        .flat_map(|x| ((x * 32_767.0) as i16).to_le_bytes())
        .collect()
}

fn scan(name: &str, bytes: &[u8]) -> Result<RecordingReport, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let result = tiny().build().unwrap().scan_file(&path);
    if let Err(error) = &result {
        let message = error.to_string();
        assert!(message.contains(name), "{message}");
    }
    result
}

/// The message of an error that must come, or the reason of an inconclusive verdict that must.
fn answer(name: &str, bytes: &[u8]) -> String {
    match scan(name, bytes) {
        Err(error) => error.to_string(),
        Ok(report) => {
            assert_eq!(
                report.verdict(),
                Verdict::Inconclusive,
                "{name}: {report:?}"
            );
            format!("{:?}", report.channels[0].reason.unwrap())
        }
    }
}

#[test]
fn files_that_are_no_recordings_are_errors_that_name_them() {
    assert!(scan("empty.wav", b"").is_err());
    assert!(scan("text.wav", b"Dear Sir or Madam, this is no recording.\n").is_err());
    assert!(
        scan(
            "page.mp3",
            b"<!DOCTYPE html><html><body>Not found</body></html>"
        )
        .is_err()
    );
    let folder = tempfile::tempdir().unwrap();
    let detector = tiny().build().unwrap();
    for path in [folder.path(), Path::new("no/such/file.wav")] {
        let error = detector.scan_file(path).unwrap_err();
        assert!(matches!(error, Error::Io { .. }), "{error:?}");
        assert!(
            error.to_string().contains(&*path.to_string_lossy()),
            "{error}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_an_error_that_names_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.wav");
    write_wav(&path, RATE, &[&voice(0.1, 1)]);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    let error = tiny().build().unwrap().scan_file(&path).unwrap_err();
    assert!(error.to_string().contains("secret.wav"), "{error}");
}

#[test]
fn headers_that_lie_are_errors_or_read_for_what_they_hold() {
    let second = pcm(&voice(1.0, 2));
    for (rate, what) in [(0, "0 Hz"), (1_000_000, "1000000")] {
        let message = answer("rate.wav", &wav(1, rate, second.len() as u32, &second));
        assert!(message.contains(what), "{message}");
    }
    assert!(scan("none.wav", &wav(0, RATE, second.len() as u32, &second)).is_err());
    let many = vec![0_u8; 65 * 2 * 100];
    let message = answer("many.wav", &wav(65, RATE, many.len() as u32, &many));
    assert!(
        message.contains("65") && message.contains("64"),
        "{message}"
    );
    // A claim of 2 GB over 10 s of audio: what is there is read, and said to be cut.
    let ten = pcm(&voice(10.0, 3));
    let report = scan("claim.wav", &wav(1, RATE, 0x7fff_ff00, &ten)).unwrap();
    assert!(report.truncated);
    assert!((report.duration_s - 10.0).abs() < 0.01);
    assert_eq!(report.verdict(), Verdict::BonaFide);
}

#[test]
fn sixty_four_channels_are_sixty_four_reports() {
    let call = voice(4.0, 4);
    let mut channels = vec![call.as_slice(); MAX_CHANNELS];
    let silence = vec![0.0; call.len()];
    channels[63] = &silence;
    let detector = tiny().build().unwrap();
    let report = detector.scan_channels(&channels, RATE).unwrap();
    assert_eq!(report.channels.len(), 64);
    assert!(report.channels[1..63].iter().all(|c| c.same_as == Some(0)));
    assert_eq!(report.channels[63].same_as, None);
    assert_eq!(report.channels[63].reason, Some(Reason::NoSpeech));
    let error = detector
        .scan_channels(&vec![call.as_slice(); 65], RATE)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "number of channels is 65; accepted: 1 to 64"
    );
    assert!(detector.scan_channels(&[], RATE).is_err());
    assert!(detector.scan_channels(&[&call, &call[1..]], RATE).is_err());
}

#[test]
fn sound_without_speech_is_inconclusive() {
    let n = RATE as usize * 6;
    let wave = |f: fn(usize) -> f32| pcm(&(0..n).map(f).collect::<Vec<_>>());
    let square = wave(|i| if i / 40 % 2 == 0 { 1.0 } else { -1.0 });
    let table: [(&str, Vec<u8>); 5] = [
        ("zeros.wav", wave(|_| 0.0)),
        ("constant.wav", wave(|_| 0.5)),
        ("one.wav", pcm(&[0.25])),
        ("square.wav", square),
        ("sine.wav", wave(|i| (i as f32 * 0.17).sin())),
    ];
    for (name, data) in table {
        let answer = answer(name, &wav(1, RATE, data.len() as u32, &data));
        assert!(
            ["NoSpeech", "TooLittleSpeech", "Clipped"].contains(&answer.as_str()),
            "{name}: {answer}"
        );
    }
}

#[test]
fn samples_that_are_no_numbers_are_errors_with_their_place() {
    let detector = tiny().build().unwrap();
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut samples = voice(3.0, 5);
        samples[40_000] = bad;
        let error = detector.scan_samples(&samples, RATE).unwrap_err();
        let Error::NonFiniteSample {
            index: 40_000,
            value,
        } = error
        else {
            panic!("{error:?}");
        };
        assert_eq!(value.to_bits(), bad.to_bits());
    }
    // Loud beyond full scale is no error, up to where it cannot be sound.
    let loud: Vec<f32> = voice(5.0, 6).iter().map(|x| x * 1e6).collect();
    let report = detector.scan_samples(&loud, RATE).unwrap();
    assert_eq!(report.verdict(), Verdict::Inconclusive);
    for rate in [8_000, RATE] {
        let mut samples = voice(5.0, 6);
        samples[40_000] = 3e38;
        let error = detector.scan_samples(&samples, rate).unwrap_err();
        let told = "sample is 3e38 at index 40000; accepted: -2^32 to 2^32; full scale is -1 to 1";
        assert_eq!(error.to_string(), told);
    }
}

/// Beside good samples in a file of floats they are damage, at any rate, and the rest is heard.
#[test]
fn broken_values_in_a_file_are_damage_and_the_rest_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let detector = tiny().build().unwrap();
    for rate in [8_000, RATE] {
        let scan = |name: &str, samples: &[f32]| {
            let path = folder.path().join(name);
            let spec = hound::WavSpec {
                channels: 1,
                sample_rate: rate,
                bits_per_sample: 32,
                sample_format: hound::SampleFormat::Float,
            };
            let mut writer = hound::WavWriter::create(&path, spec).unwrap();
            samples
                .iter()
                .for_each(|&x| writer.write_sample(x).unwrap());
            writer.finalize().unwrap();
            detector.scan_file(&path).unwrap()
        };
        let mut samples = voice(20.0, 6);
        let places = (0..8).map(|k| 40_000 + 7_919 * k);
        places.clone().for_each(|i| samples[i] = 0.0);
        let whole = scan("whole.wav", &samples);
        let values = [
            3e38,
            -3e38,
            f32::MAX,
            f32::INFINITY,
            f32::NAN,
            1e30,
            1e20,
            -1e10,
        ];
        places.zip(values).for_each(|(i, value)| samples[i] = value);
        let broken = scan("broken.wav", &samples);
        assert!(broken.truncated && !whole.truncated);
        assert_eq!(broken.channels, whole.channels);
    }
}

#[test]
fn sample_rates_have_limits() {
    let detector = tiny().build().unwrap();
    for rate in [0, 1, 999, 384_001, 1_000_000, u32::MAX] {
        let error = detector.scan_samples(&[0.0; 10], rate).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("sample rate in Hz is {rate}; accepted: 1000 to 384000")
        );
        assert!(detector.stream(rate).is_err());
    }
    for rate in [1_000, 7_999, 11_025, 384_000] {
        let report = detector.scan_samples(&vec![0.01; 5_000], rate).unwrap();
        assert_eq!(report.channels[0].reason, Some(Reason::NoSpeech));
    }
    let report = detector.scan_samples(&[], RATE).unwrap();
    assert_eq!(report.channels[0].reason, Some(Reason::NoSpeech));
    assert_eq!(report.duration_s, 0.0);
}
