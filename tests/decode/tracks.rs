//! Recordings with several tracks, and what a player shows of them.

use std::path::Path;

use voxhumana::{AudioReader, DecodeOptions, Error};

use crate::ffmpeg::{ffmpeg, have_ffmpeg};
use crate::fixtures::*;

/// Two speakers: tones of 3 s at these pitches, the first in the first second only.
fn source(dir: &Path) -> [String; 2] {
    let write = |name: &str, tone: fn(f64) -> f64| {
        let samples: Vec<i16> = (0..24_000)
            .map(|i| (tone(f64::from(i) / 8_000.0) * 9_000.0) as i16)
            .collect();
        let path = dir.join(name);
        std::fs::write(&path, wav16(1, 8_000, &samples)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    [
        write("a.wav", |t| if t < 1.0 { (t * 2_500.0).sin() } else { 0.0 }),
        write("b.wav", |t| if t > 2.0 { (t * 3_500.0).sin() } else { 0.0 }),
    ]
}

/// What ffmpeg makes of both with these options.
fn make(dir: &Path, name: &str, options: &str) -> Vec<u8> {
    let [a, b] = source(dir);
    let path = dir.join(name);
    let mut args = vec!["-i", &a, "-i", &b];
    args.extend(options.split_whitespace());
    args.push(path.to_str().unwrap());
    ffmpeg(&args).unwrap_or_else(|e| panic!("{name} {options}: {e}"));
    std::fs::read(path).unwrap()
}

/// Seconds from the first to the last sample that can be heard.
fn heard(plane: &[f32], rate: u32) -> (f64, f64) {
    let loud = |x: &&f32| x.abs() > 0.05;
    let first = plane.iter().position(|x| loud(&x)).unwrap();
    let last = plane.len() - plane.iter().rev().position(|x| loud(&x)).unwrap();
    (
        first as f64 / f64::from(rate),
        last as f64 / f64::from(rate),
    )
}

/// Encoders lag by up to 1105 samples, 0.14 s here, which Matroska and AVI do not tell.
fn is_near(a: (f64, f64), b: (f64, f64)) -> bool {
    (a.0 - b.0).abs() < 0.2 && (a.1 - b.1).abs() < 0.2
}

#[test]
fn every_track_is_read_under_its_name() {
    if !have_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let titles = "-metadata:s:a:0 title=agent -metadata:s:a:1 title=caller";
    let languages = "-metadata:s:a:0 language=deu -metadata:s:a:1 language=fra";
    for (name, options, names) in [
        ("a.mkv", format!("-c:a aac {titles}"), ["agent", "caller"]),
        (
            "a.mka",
            format!("-c:a libopus {titles}"),
            ["agent", "caller"],
        ),
        (
            "a.webm",
            format!("-c:a libvorbis {languages}"),
            ["deu", "fra"],
        ),
        ("b.mkv", "-c:a flac".into(), ["track 1", "track 2"]),
        (
            "c.mkv",
            "-c:a:0 pcm_s16le -ar:a:0 16000 -c:a:1 libmp3lame -ar:a:1 44100".into(),
            ["track 1", "track 2"],
        ),
        (
            "d.mkv",
            "-c:a:0 pcm_mulaw -c:a:1 pcm_alaw".into(),
            ["track 1", "track 2"],
        ),
        ("a.m4a", "-c:a aac".into(), ["track 1", "track 2"]),
        (
            "b.m4a",
            format!("-c:a aac -movflags faststart {languages}"),
            ["deu", "fra"],
        ),
        (
            "a.mp4",
            format!("-c:a:0 aac -ar:a:0 16000 -c:a:1 aac -ar:a:1 48000 {languages}"),
            ["deu", "fra"],
        ),
        (
            "a.mov",
            "-c:a:0 pcm_s16be -c:a:1 pcm_s16le".into(),
            ["track 1", "track 2"],
        ),
        ("b.mov", "-c:a pcm_mulaw".into(), ["track 1", "track 2"]),
        (
            "frag.mp4",
            "-c:a aac -movflags frag_keyframe+empty_moov+default_base_moof -frag_duration 500000"
                .into(),
            ["track 1", "track 2"],
        ),
    ] {
        let bytes = make(dir.path(), name, &format!("-map 0 -map 1 {options}"));
        let got = read_file(name, &bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        let rate = got.reader.sample_rate_hz();
        assert_eq!(got.reader.channel_names(), names, "{name}");
        assert_eq!(got.planes.len(), 2, "{name}");
        let times = [heard(&got.planes[0], rate), heard(&got.planes[1], rate)];
        assert!(
            is_near(times[0], (0.0, 1.0)) && is_near(times[1], (2.0, 3.0)),
            "{name} {times:?}"
        );
        assert!(!got.reader.truncated(), "{name} {:?}", got.reader.unread());
        if !name.ends_with("mp4") && !name.ends_with("m4a") && !name.ends_with("mov") {
            let stream = read_stream(&bytes).unwrap();
            assert!(stream.planes == got.planes, "{name}");
            assert_eq!(stream.reader.channel_names(), names, "{name}");
        }
    }
}

#[test]
fn a_track_that_is_not_decoded_is_named_and_one_can_be_picked() {
    if !have_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (name, options) in [
        (
            "a.mkv",
            "-c:a:0 aac -c:a:1 ac3 -metadata:s:a:0 title=agent -metadata:s:a:1 title=caller",
        ),
        ("a.mp4", "-c:a:0 aac -c:a:1 ac3"),
        ("b.mp4", "-c:a:0 ac3 -c:a:1 aac"),
    ] {
        let bytes = make(dir.path(), name, &format!("-map 0 -map 1 {options}"));
        let got = read_file(name, &bytes).unwrap();
        assert_eq!(got.planes.len(), 1, "{name}");
        assert!(got.reader.truncated());
        let unread = got.reader.unread();
        let track = if name == "b.mp4" {
            "track 1"
        } else {
            "track 2"
        };
        assert!(unread[0].what.starts_with(track), "{unread:?}");
        assert!(
            unread[0].reason.contains("ac3") && unread[0].bytes > 1_000,
            "{unread:?}"
        );
    }
    let two = make(
        dir.path(),
        "two.mkv",
        "-map 0 -map 1 -c:a aac -metadata:s:a:0 title=agent \
                    -metadata:s:a:1 title=caller -metadata:s:a:1 language=deu",
    );
    let path = dir.path().join("picked.mkv");
    std::fs::write(&path, &two).unwrap();
    let read = |tracks: &[&str]| {
        let mut options = DecodeOptions::default();
        options.tracks = tracks.iter().map(ToString::to_string).collect();
        try_read(&path, &options)
    };
    for pick in ["2", "caller", "Caller", "deu"] {
        let (reader, planes) = read(&[pick]).unwrap();
        assert_eq!(reader.channel_names(), ["caller"]);
        assert!(
            is_near(heard(&planes[0], reader.sample_rate_hz()), (2.0, 3.0)),
            "{pick}"
        );
        assert!(!reader.truncated());
    }
    assert_eq!(read(&["1", "caller"]).unwrap().1.len(), 2);
    let e = read(&["3"]).unwrap_err().to_string();
    assert!(e.contains("track is 3") && e.contains("caller"), "{e}");
    let mut options = DecodeOptions::default();
    options.tracks = vec!["2".into()];
    let wav = Box::new(std::io::Cursor::new(wav16(1, 8_000, &ramp(99))));
    let e = AudioReader::from_reader(wav, None, &options).unwrap_err();
    assert!(matches!(e, Error::InvalidArgument { .. }), "{e}");
}

#[test]
fn sound_that_starts_later_than_the_picture_keeps_its_time() {
    if !have_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let [a, _] = source(dir.path());
    for (name, codec) in [
        ("a.mp4", "aac"),
        ("a.mov", "pcm_s16le"),
        ("a.mkv", "aac"),
        ("b.mkv", "libopus"),
        ("c.mkv", "pcm_s16le"),
    ] {
        let path = dir.path().join(name);
        let picture = "color=black:size=64x48:rate=5:duration=6";
        let args = [
            "-f",
            "lavfi",
            "-i",
            picture,
            "-itsoffset",
            "2",
            "-i",
            &a,
            "-map",
            "0",
            "-map",
            "1",
            "-c:v",
            "mpeg4",
            "-c:a",
            codec,
            path.to_str().unwrap(),
        ];
        ffmpeg(&args).unwrap();
        let got = read_file(name, &std::fs::read(&path).unwrap()).unwrap();
        let heard = heard(&got.planes[0], got.reader.sample_rate_hz());
        assert!(is_near(heard, (2.0, 3.0)), "{name} {heard:?}");
        assert!(!got.reader.truncated(), "{name}");
    }
}

/// The first edit list with these entries: length in ms and start in samples at 8 kHz.
fn edited(original: &[u8], entries: &[(u32, i32)]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    let at = bytes.windows(4).position(|w| w == b"elst").unwrap();
    assert_eq!(bytes[at + 11], 1, "one entry to start with");
    let (length, start) = entries[0];
    bytes[at + 12..at + 16].copy_from_slice(&length.to_be_bytes());
    bytes[at + 16..at + 20].copy_from_slice(&start.to_be_bytes());
    bytes
}

#[test]
fn edit_lists_show_what_a_player_shows() {
    if !have_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let original = make(dir.path(), "a.m4a", "-map 1 -c:a aac");
    for (entry, length, sound) in [
        ((3_000, 1_024), 3.0, (2.0, 3.0)),
        ((1_500, 12_000), 1.5, (0.63, 1.5)),
        ((0, 8_000), 2.13, (1.1, 2.1)),
    ] {
        let got = read_file("a.m4a", &edited(&original, &[entry])).unwrap();
        let seconds = got.planes[0].len() as f64 / 8_000.0;
        assert!((seconds - length).abs() < 0.15, "{entry:?} {seconds}");
        let heard = heard(&got.planes[0], 8_000);
        assert!(is_near(heard, sound), "{entry:?} {heard:?}");
        assert!(!got.reader.truncated(), "{entry:?}");
    }
}

#[test]
fn g711_is_read_in_every_container() {
    if !have_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (name, codec, container) in [
        ("a.mkv", "pcm_mulaw", "matroska"),
        ("b.mkv", "pcm_alaw", "matroska"),
        ("a.mov", "pcm_mulaw", "mov"),
        ("b.mov", "pcm_alaw", "mov"),
        ("a.avi", "pcm_mulaw", "avi"),
        ("b.avi", "pcm_alaw", "avi"),
        ("c.avi", "libmp3lame", "avi"),
        ("d.avi", "pcm_s16le", "avi"),
    ] {
        let bytes = make(dir.path(), name, &format!("-map 0 -c:a {codec}"));
        let got = read_file(name, &bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(got.reader.container(), container);
        let expected = if codec == "libmp3lame" { "mp3" } else { codec };
        assert_eq!(got.reader.codec(), expected);
        assert!(
            got.planes[0].len().abs_diff(24_000) < 2_500,
            "{name}: {}",
            got.planes[0].len()
        );
        assert!(is_near(heard(&got.planes[0], 8_000), (0.0, 1.0)), "{name}");
        assert!(!got.reader.truncated(), "{name}");
    }
    let two = make(dir.path(), "two.avi", "-map 0 -map 1 -c:a pcm_mulaw");
    let got = read_file("two.avi", &two).unwrap();
    assert!(got.reader.truncated());
    assert_eq!(got.reader.unread()[0].bytes, 24_000);
}

#[test]
fn ffmpeg_decodes_what_nothing_here_does_if_it_is_asked() {
    if !have_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let two = "-map 0 -map 1 -metadata:s:a:0 title=agent -metadata:s:a:1 title=caller";
    for (name, options, codec, channels) in [
        ("a.ac3", "-map 0 -c:a ac3 -ar 32000", "ac3", 1),
        ("a.wma", "-map 0 -c:a wmav2", "wma", 1),
        ("g726.wav", "-map 0 -c:a adpcm_g726", "adpcm_g726", 1),
        ("a.flv", "-map 0 -c:a libmp3lame -ar 22050", "unknown", 1),
        ("a.ts", "-map 0 -c:a aac -f mpegts", "unknown", 1),
        ("two.mkv", &format!("{two} -c:a ac3 -ar 32000"), "ac3", 2),
        (
            "mixed.mkv",
            &format!("{two} -c:a:0 aac -c:a:1 ac3 -ar 32000"),
            "aac",
            2,
        ),
    ] {
        make(dir.path(), name, options);
        let path = dir.path().join(name);
        let without = try_read(&path, &DecodeOptions::default());
        if name != "mixed.mkv" {
            let e = without.unwrap_err().to_string();
            assert!(e.contains("--ffmpeg"), "{name}: {e}");
        }
        let mut options = DecodeOptions::default();
        options.ffmpeg = true;
        let (reader, planes) = try_read(&path, &options).unwrap();
        assert_eq!(reader.decoded_by(), Some("ffmpeg"), "{name}");
        assert_eq!((reader.codec(), planes.len()), (codec, channels), "{name}");
        let heard = heard(&planes[0], reader.sample_rate_hz());
        assert!(is_near(heard, (0.0, 1.0)), "{name} {heard:?}");
        assert!(!reader.truncated(), "{name}");
        if channels == 2 {
            assert_eq!(reader.channel_names(), ["agent", "caller"]);
        }
    }
    let mut options = DecodeOptions::default();
    options.ffmpeg = true;
    for (name, bytes) in [
        ("text.wav", b"not found, or so it says".as_slice()),
        ("broken.ac3", b"\x0b\x77 and nothing more"),
    ] {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        assert!(try_read(&path, &options).is_err(), "{name}");
    }
    // What is decoded here is not given to it.
    let wav = dir.path().join("b.wav");
    let (reader, _) = try_read(&wav, &options).unwrap();
    assert_eq!(reader.decoded_by(), None);
}
