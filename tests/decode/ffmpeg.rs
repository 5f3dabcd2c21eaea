//! Decoded samples against ffmpeg's, for every container and codec, where ffmpeg is installed.
//!
//! Each case encodes one synthesised signal with ffmpeg, decodes the file with this crate and with
//! ffmpeg, and compares sample by sample. Lossless codecs must be equal; for lossy ones the stated
//! figure is the least ratio of ffmpeg's signal to the difference, dB. Decoders of the same lossy
//! stream differ by rounding only, far below 16 bits, unless one of them is wrong. Known: opus-rs
//! is less than exact on stereo SILK and on frames of 2.5 and 60 ms (32 dB); audio-codec's G.722
//! starts from another step size than ITU-T's and meets it bit for bit within 0.1 s (44 dB over 5
//! s); ffmpeg leaves the padding at the end of MP4 that the edit list cuts off, and this crate the
//! padding that Matroska marks.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use voxhumana::DecodeOptions;
use voxhumana::audio::{RawCodec, RawFormat};

use crate::fixtures::try_read;

/// One file, and the least that its decoding must keep.
struct Case {
    name: &'static str,
    file: &'static str,
    /// ffmpeg's options.
    encode: &'static str,
    /// Container and codec that the reader must name.
    names: &'static str,
    /// Least signal-to-difference ratio, dB. 200 is "equal to rounding of f32".
    min_db: f64,
    /// Most by which the lengths may differ, samples.
    length_slack: usize,
    raw: Option<RawFormat>,
}

impl Case {
    fn options(&self) -> DecodeOptions {
        self.raw
            .map_or_else(DecodeOptions::default, DecodeOptions::raw)
    }

    /// The codec, if this build was made without it: it must be named then.
    fn left_out(&self) -> Option<&'static str> {
        let codec = self.names.split_once('/').map_or("", |(_, codec)| codec);
        let feature = match codec {
            "opus" => cfg!(feature = "opus"),
            "gsm" | "gsm_ms" | "adpcm_g722" => cfg!(feature = "telephony"),
            _ => true,
        };
        (!feature).then_some(codec)
    }

    const fn raw(mut self, codec: RawCodec, sample_rate_hz: u32) -> Self {
        self.raw = Some(RawFormat {
            codec,
            sample_rate_hz,
            channels: 1,
        });
        self
    }

    const fn slack(mut self, samples: usize) -> Self {
        self.length_slack = samples;
        self
    }
}

const fn case(
    name: &'static str,
    file: &'static str,
    encode: &'static str,
    names: &'static str,
    min_db: f64,
) -> Case {
    Case {
        name,
        file,
        encode,
        names,
        min_db,
        length_slack: 0,
        raw: None,
    }
}

const EXACT: f64 = 200.0;

const CASES: &[Case] = &[
    case("8-bit", "a.wav", "-c:a pcm_u8", "wav/pcm_u8", EXACT),
    case("16-bit", "a.wav", "-c:a pcm_s16le", "wav/pcm_s16le", EXACT),
    case("24-bit", "a.wav", "-c:a pcm_s24le", "wav/pcm_s24le", EXACT),
    case("32-bit", "a.wav", "-c:a pcm_s32le", "wav/pcm_s32le", EXACT),
    case("float", "a.wav", "-c:a pcm_f32le", "wav/pcm_f32le", EXACT),
    case("double", "a.wav", "-c:a pcm_f64le", "wav/pcm_f64le", EXACT),
    case(
        "mu-law",
        "a.wav",
        "-ar 8000 -c:a pcm_mulaw",
        "wav/pcm_mulaw",
        EXACT,
    ),
    case(
        "A-law",
        "a.wav",
        "-ar 8000 -c:a pcm_alaw",
        "wav/pcm_alaw",
        EXACT,
    ),
    case(
        "IMA ADPCM",
        "a.wav",
        "-c:a adpcm_ima_wav",
        "wav/adpcm_ima_wav",
        EXACT,
    ),
    case(
        "IMA ADPCM mono",
        "a.wav",
        "-ac 1 -c:a adpcm_ima_wav",
        "wav/adpcm_ima_wav",
        EXACT,
    ),
    case("MS ADPCM", "a.wav", "-c:a adpcm_ms", "wav/adpcm_ms", EXACT),
    case(
        "MS ADPCM mono",
        "a.wav",
        "-ac 1 -c:a adpcm_ms",
        "wav/adpcm_ms",
        EXACT,
    ),
    case(
        "GSM WAV49",
        "a.wav",
        "-ar 8000 -ac 1 -c:a libgsm_ms",
        "wav/gsm_ms",
        EXACT,
    ),
    case(
        "G.722 in WAV",
        "a.wav",
        "-ar 16000 -ac 1 -c:a g722",
        "wav/adpcm_g722",
        40.0,
    ),
    case(
        "G.722 in AU",
        "a.au",
        "-ar 16000 -ac 1 -c:a g722",
        "au/adpcm_g722",
        40.0,
    ),
    case(
        "MP3 in WAV",
        "a.wav",
        "-ar 16000 -c:a libmp3lame",
        "wav/mp3",
        80.0,
    ),
    case(
        "RF64",
        "a.wav",
        "-rf64 always -c:a pcm_s16le",
        "wav/pcm_s16le",
        EXACT,
    ),
    case(
        "six channels",
        "a.wav",
        "-ac 6 -c:a pcm_s16le",
        "wav/pcm_s16le",
        EXACT,
    ),
    case("au 16-bit", "a.au", "-c:a pcm_s16be", "au/pcm_s16be", EXACT),
    case(
        "au mu-law",
        "a.au",
        "-ar 8000 -c:a pcm_mulaw",
        "au/pcm_mulaw",
        EXACT,
    ),
    case(
        "au A-law",
        "a.au",
        "-ar 8000 -c:a pcm_alaw",
        "au/pcm_alaw",
        EXACT,
    ),
    case("au float", "a.au", "-c:a pcm_f32be", "au/pcm_f32be", EXACT),
    case("MP3", "a.mp3", "-c:a libmp3lame", "mp3/mp3", 80.0),
    case(
        "MP3 8 kHz",
        "a.mp3",
        "-ar 8000 -ac 1 -c:a libmp3lame",
        "mp3/mp3",
        80.0,
    ),
    case("MP2", "a.mp2", "-c:a mp2", "mp2/mp2", 70.0),
    case("FLAC", "a.flac", "-c:a flac", "flac/flac", EXACT),
    case("FLAC in Ogg", "a.oga", "-c:a flac", "ogg/flac", EXACT),
    case("Vorbis", "a.ogg", "-c:a libvorbis", "ogg/vorbis", 80.0),
    case("AAC in M4A", "a.m4a", "-c:a aac", "mov/aac", 80.0).slack(1_024),
    case(
        "AAC, index first",
        "a.m4a",
        "-c:a aac -movflags faststart",
        "mov/aac",
        80.0,
    )
    .slack(1_024),
    case("AAC ADTS", "a.aac", "-c:a aac", "aac/aac", 80.0),
    case("ALAC", "a.m4a", "-c:a alac", "mov/alac", EXACT),
    case("AIFF", "a.aiff", "-c:a pcm_s16be", "aiff/pcm_s16be", EXACT),
    case(
        "AIFF-C mu-law",
        "a.aiff",
        "-ar 8000 -c:a pcm_mulaw",
        "aiff/pcm_mulaw",
        EXACT,
    ),
    case("CAF", "a.caf", "-c:a pcm_s16le", "caf/pcm_s16le", EXACT),
    case("CAF ALAC", "a.caf", "-c:a alac", "caf/alac", EXACT),
    case(
        "MKV PCM",
        "a.mkv",
        "-c:a pcm_s16le",
        "matroska/pcm_s16le",
        EXACT,
    ),
    case(
        "MOV 24-bit",
        "a.mov",
        "-c:a pcm_s24be",
        "mov/pcm_s24be",
        EXACT,
    ),
    case(
        "MOV 32-bit",
        "a.mov",
        "-c:a pcm_s32be",
        "mov/pcm_s32be",
        EXACT,
    ),
    case(
        "MOV float",
        "a.mov",
        "-c:a pcm_f32be",
        "mov/pcm_f32be",
        EXACT,
    ),
    case(
        "MOV double",
        "a.mov",
        "-c:a pcm_f64be",
        "mov/pcm_f64be",
        EXACT,
    ),
    case(
        "MOV 24-bit little-endian",
        "a.mov",
        "-c:a pcm_s24le",
        "mov/pcm_s24le",
        EXACT,
    ),
    case(
        "MKV MS ADPCM",
        "a.mkv",
        "-c:a adpcm_ms",
        "matroska/adpcm_ms",
        EXACT,
    ),
    case(
        "MKV IMA ADPCM",
        "a.mkv",
        "-c:a adpcm_ima_wav",
        "matroska/adpcm_ima_wav",
        EXACT,
    ),
    case("MKV FLAC", "a.mkv", "-c:a flac", "matroska/flac", EXACT),
    case("MKV AAC", "a.mkv", "-c:a aac", "matroska/aac", 80.0),
    case("MKV MP3", "a.mkv", "-c:a libmp3lame", "matroska/mp3", 80.0).slack(1_152),
    case(
        "WebM Vorbis",
        "a.webm",
        "-c:a libvorbis",
        "matroska/vorbis",
        80.0,
    ),
    case(
        "Opus 64k",
        "a.opus",
        "-c:a libopus -b:a 64k",
        "ogg/opus",
        60.0,
    ),
    case(
        "Opus voice 12k mono",
        "a.opus",
        "-ac 1 -c:a libopus -b:a 12k -application voip",
        "ogg/opus",
        60.0,
    ),
    case(
        "Opus hybrid 24k mono",
        "a.opus",
        "-ac 1 -c:a libopus -b:a 24k -application voip",
        "ogg/opus",
        60.0,
    ),
    case(
        "Opus 8 kHz",
        "a.opus",
        "-ar 8000 -ac 1 -c:a libopus -b:a 8k -application voip",
        "ogg/opus",
        60.0,
    ),
    case(
        "Opus stereo voice",
        "a.opus",
        "-c:a libopus -b:a 24k -application voip",
        "ogg/opus",
        30.0,
    ),
    case(
        "Opus 60 ms",
        "a.opus",
        "-c:a libopus -b:a 32k -frame_duration 60",
        "ogg/opus",
        30.0,
    ),
    case(
        "Opus 2.5 ms",
        "a.opus",
        "-c:a libopus -b:a 64k -frame_duration 2.5",
        "ogg/opus",
        20.0,
    ),
    case(
        "Opus six channels",
        "a.opus",
        "-ac 6 -c:a libopus -b:a 256k",
        "ogg/opus",
        60.0,
    ),
    case("WebM Opus", "a.webm", "-c:a libopus", "matroska/opus", 60.0).slack(960),
    case("MP4 Opus", "a.mp4", "-c:a libopus", "mov/opus", 60.0).slack(960),
    case(
        "raw mu-law",
        "a.ul",
        "-ar 8000 -ac 1 -f mulaw",
        "raw/pcm_mulaw",
        EXACT,
    )
    .raw(RawCodec::Mulaw, 8_000),
    case(
        "raw A-law",
        "a.al",
        "-ar 8000 -ac 1 -f alaw",
        "raw/pcm_alaw",
        EXACT,
    )
    .raw(RawCodec::Alaw, 8_000),
    case(
        "raw slin",
        "a.sln",
        "-ar 16000 -ac 1 -f s16le",
        "raw/pcm_s16le",
        EXACT,
    )
    .raw(RawCodec::Slin, 16_000),
    case(
        "raw G.722",
        "a.g722",
        "-ar 16000 -ac 1 -f g722",
        "raw/adpcm_g722",
        40.0,
    )
    .raw(RawCodec::G722, 16_000),
    case(
        "raw GSM",
        "a.gsm",
        "-ar 8000 -ac 1 -f gsm",
        "raw/gsm",
        EXACT,
    )
    .raw(RawCodec::Gsm, 8_000),
];

/// Interleaved noise bursts and gliding tones, two different channels, 5 s at 48 kHz, as s16le WAV.
pub fn write_source(path: &Path) {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut w = hound::WavWriter::create(path, spec).unwrap();
    let mut seed = 1_u32;
    for i in 0..240_000_u32 {
        let t = f64::from(i) / 48_000.0;
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = f64::from(seed >> 8) / f64::from(1 << 24) - 0.5;
        let pitch = 120.0 + 30.0 * (t * 3.0).sin();
        let voiced: f64 = (1..20)
            .map(|k| (f64::from(k) * pitch * t * std::f64::consts::TAU).sin() / f64::from(k))
            .sum();
        let envelope = (t * 9.0).sin().max(0.0);
        let left = 0.2 * voiced * envelope + 0.02 * noise;
        let right =
            0.3 * noise * (1.0 - envelope) + 0.1 * (t * 440.0 * std::f64::consts::TAU).sin();
        w.write_sample((left * 32_000.0) as i16).unwrap();
        w.write_sample((right * 32_000.0) as i16).unwrap();
    }
    w.finalize().unwrap();
}

pub fn have_ffmpeg() -> bool {
    let found = Command::new("ffmpeg")
        .arg("-version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success());
    if !found {
        eprintln!("SKIPPED: ffmpeg is not on this machine, so this test did not run");
    }
    found
}

pub fn ffmpeg(args: &[&str]) -> Result<Vec<u8>, String> {
    let out = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
        .args(args)
        .output()
        .unwrap();
    if out.status.success() {
        Ok(out.stdout)
    } else {
        Err(String::from_utf8_lossy(&out.stderr).into_owned())
    }
}

/// ffmpeg's decode as planes of f32.
fn reference(path: &Path, case: &Case, channels: usize) -> Vec<Vec<f32>> {
    let rate = case.raw.map(|r| r.sample_rate_hz.to_string());
    let mut args = Vec::new();
    if let (Some(raw), Some(rate)) = (case.raw, &rate) {
        let format = match raw.codec {
            RawCodec::Mulaw => "mulaw",
            RawCodec::Alaw => "alaw",
            RawCodec::Slin => "s16le",
            RawCodec::G722 => "g722",
            _ => "gsm",
        };
        args.extend(["-f", format]);
        if raw.codec != RawCodec::G722 {
            args.extend(["-ar", rate.as_str()]);
        }
    }
    // libopus rather than ffmpeg's own decoder, which differs from the reference in SILK.
    if case.names.ends_with("/opus") {
        args.extend(["-c:a", "libopus"]);
    }
    args.extend(["-i", path.to_str().unwrap(), "-f", "f32le", "-"]);
    planes_of(&ffmpeg(&args).unwrap(), channels)
}

/// Interleaved f32 as planes.
pub fn planes_of(bytes: &[u8], channels: usize) -> Vec<Vec<f32>> {
    let mut planes = vec![Vec::new(); channels];
    for frame in bytes.chunks_exact(4 * channels) {
        for (plane, x) in planes.iter_mut().zip(frame.chunks_exact(4)) {
            plane.push(f32::from_le_bytes(x.try_into().unwrap()));
        }
    }
    planes
}

/// Ratio of the reference's power to the difference's, dB.
pub fn ratio_db(ours: &[Vec<f32>], reference: &[Vec<f32>]) -> f64 {
    let (mut signal, mut difference) = (0.0, 1e-30);
    for (a, b) in ours.iter().zip(reference) {
        for (&a, &b) in a.iter().zip(b) {
            signal += f64::from(b).powi(2);
            difference += f64::from(a - b).powi(2);
        }
    }
    (10.0 * (signal / difference).log10()).min(EXACT)
}

fn check(dir: &Path, source: &str, case: &Case) -> Result<String, String> {
    let path: PathBuf = dir.join(case.file);
    let mut args = vec!["-i", source];
    args.extend(case.encode.split_whitespace());
    args.push(path.to_str().unwrap());
    ffmpeg(&args).map_err(|e| format!("ffmpeg cannot make it: {e}"))?;
    if let Some(codec) = case.left_out() {
        let e = try_read(&path, &case.options()).unwrap_err().to_string();
        return if e.contains(codec) && e.contains("ffmpeg -i") {
            Ok(format!("left out of this build: {e}"))
        } else {
            Err(e)
        };
    }
    let (reader, ours) = try_read(&path, &case.options()).map_err(|e| e.to_string())?;
    let theirs = reference(&path, case, reader.channels());
    let names = format!("{}/{}", reader.container(), reader.codec());
    if names != case.names {
        return Err(format!("named {names}"));
    }
    if reader.truncated() {
        return Err("a whole file is called truncated".into());
    }
    let slack = ours[0].len().abs_diff(theirs[0].len());
    let db = ratio_db(&ours, &theirs);
    let facts = format!("{db:.0} dB, {} samples, {slack} off", ours[0].len());
    if db >= case.min_db && slack <= case.length_slack && !ours[0].is_empty() {
        Ok(facts)
    } else {
        let lag = best_lag(&ours[0], &theirs[0]);
        Err(format!("{facts}; best lag {lag:?}"))
    }
}

/// The shift of ours against theirs that fits best, for the message of a failure.
fn best_lag(ours: &[f32], theirs: &[f32]) -> (isize, f64) {
    (-4_000_isize..4_000)
        .map(|lag| {
            let a = ours.iter().skip(20_000);
            let b = theirs.iter().skip((20_000 + lag) as usize).take(4_000);
            let (mut s, mut d) = (0.0, 1e-30);
            for (&a, &b) in a.zip(b) {
                s += f64::from(b).powi(2);
                d += f64::from(a - b).powi(2);
            }
            (lag, 10.0 * (s / d).log10())
        })
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap()
}

#[test]
fn every_container_and_codec_decodes_as_ffmpeg_does() {
    if !have_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source.wav");
    write_source(&source);
    let mut failed = 0;
    for case in CASES {
        match check(dir.path(), source.to_str().unwrap(), case) {
            Ok(facts) => println!("ok      {:24} {facts}", case.name),
            Err(why) => {
                failed += 1;
                println!("FAILED  {:24} {why}", case.name);
            }
        }
    }
    assert_eq!(failed, 0, "{failed} of {} cases failed", CASES.len());
}
