//! Bad input: every case is a clear error or a clean read, and every limit holds.

use voxhumana::audio::{MAX_CHANNELS, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ, RawCodec, RawFormat};
use voxhumana::features::InputMeter;
use voxhumana::{AudioReader, DecodeOptions, Error};

use crate::fixtures::*;

fn error(name: &str, bytes: &[u8]) -> String {
    match read_file(name, bytes) {
        Ok(got) => panic!("{name} is read as {}", got.reader.codec()),
        Err(Error::InFile { path, source }) => {
            assert!(path.ends_with(name), "{} is named", path.display());
            source.to_string()
        }
        Err(e) => e.to_string(),
    }
}

#[test]
fn what_is_no_recording_is_named_as_such() {
    let text = "hello, this is text and no recording at all.\n".repeat(500);
    assert!(error("a.wav", b"").contains("empty"));
    assert!(error("a.wav", text.as_bytes()).contains("text (plain)"));
    assert!(error("a.wav", b"R").contains("text (plain)"));
    assert!(error("a.wav", b"\x80").contains("no known container"));
    assert!(error("a.wav", b"RIFF\0\0\0\0WAVE").contains("ends before its audio"));
    assert!(error("a.bin", &[0; 100_000]).contains("no known container"));
    let zip = error("a.zip", b"PK\x03\x04............");
    assert!(zip.contains("zip") && zip.contains("unpack"), "{zip}");
}

#[test]
fn folders_missing_and_forbidden_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let options = DecodeOptions::default();
    let e = AudioReader::open(dir.path(), &options).unwrap_err();
    assert!(matches!(e, Error::Io { .. }), "{e}");
    assert!(e.to_string().contains("is a directory"), "{e}");
    let e = AudioReader::open(&dir.path().join("none.wav"), &options).unwrap_err();
    assert!(e.to_string().contains("none.wav"), "{e}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = dir.path().join("secret.wav");
        std::fs::write(&path, wav16(1, 8_000, &ramp(10))).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
        if std::fs::File::open(&path).is_ok() {
            eprintln!("SKIPPED: this user may read everything, so nothing is forbidden");
        } else {
            let e = AudioReader::open(&path, &options).unwrap_err();
            assert!(e.to_string().contains("secret.wav"), "{e}");
        }
    }
}

#[test]
fn codecs_that_cannot_be_had_are_named_with_what_to_do() {
    let ogg_speex = [b"OggS".as_slice(), &[0; 24], b"Speex   ", &[0; 80]].concat();
    let wav = |tag| {
        riff(&[
            chunk(b"fmt ", &format(tag, 1, 8_000, 8)),
            chunk(b"data", &[0; 64]),
        ])
    };
    for (bytes, codec) in [
        (b"#!AMR\n<<<<<<<<<<<<<<<".to_vec(), "amr_nb"),
        (b"#!AMR-WB\n<<<<<<<<<<<<".to_vec(), "amr_wb"),
        (ogg_speex, "speex"),
        #[cfg(not(feature = "g729"))]
        (wav(0x83), "g729"),
        (wav(0x42), "g723_1"),
        (wav(0x45), "adpcm_g726"),
        (wav(0x161), "wma"),
        (wav(0x1234), "0x1234"),
        (au(23, 8_000, 1, 64, &[0; 64]), "g726"),
    ] {
        let e = error("a.wav", &bytes);
        assert!(e.contains(codec) && e.contains("ffmpeg -i"), "{e}");
    }
}

#[test]
fn one_sample_is_a_recording() {
    let got = read_file("a.wav", &wav16(1, 8_000, &[16_384])).unwrap();
    assert_eq!(got.planes, [[0.5]]);
    assert!(!got.reader.truncated());
}

#[test]
fn what_is_no_number_becomes_silence_and_is_told() {
    let samples = [0.5, f32::NAN, f32::INFINITY, -0.25, f32::NEG_INFINITY];
    let got = read_file("a.wav", &wav_float(1, 8_000, &samples)).unwrap();
    assert_eq!(got.planes, [[0.5, 0.0, 0.0, -0.25, 0.0]]);
    assert!(got.reader.truncated());
}

#[test]
fn sample_rates_meet_their_limits() {
    for rate in [
        0,
        1,
        MIN_SAMPLE_RATE_HZ - 1,
        MAX_SAMPLE_RATE_HZ + 1,
        1_000_000,
        u32::MAX,
    ] {
        let e = error("a.wav", &wav16(1, rate, &ramp(100)));
        assert!(e.contains(&rate.to_string()) && e.contains("384000"), "{e}");
        let e = error("a.au", &au(3, rate, 1, 64, &[0; 64]));
        assert!(e.contains(&rate.to_string()) && e.contains("384000"), "{e}");
        let format = RawFormat {
            codec: RawCodec::Mulaw,
            sample_rate_hz: rate,
            channels: 1,
        };
        let raw = AudioReader::from_reader(
            Box::new(std::io::empty()),
            None,
            &DecodeOptions::raw(format),
        );
        assert!(raw.is_err());
    }
    for rate in [MIN_SAMPLE_RATE_HZ, MAX_SAMPLE_RATE_HZ] {
        let got = read_file("a.wav", &wav16(1, rate, &ramp(1_000_000))).unwrap();
        assert_eq!(got.planes[0].len(), 1_000_000);
    }
}

#[test]
fn channels_meet_their_limit() {
    let most = MAX_CHANNELS as u16;
    let samples = ramp(MAX_CHANNELS * 300);
    let got = read_file("a.wav", &wav16(most, 8_000, &samples)).unwrap();
    assert_eq!(got.planes.len(), MAX_CHANNELS);
    let third: Vec<f32> = as_float(&samples)
        .into_iter()
        .skip(3)
        .step_by(MAX_CHANNELS)
        .collect();
    assert!(got.planes[3] == third);
    let e = error("a.wav", &wav16(most + 1, 8_000, &samples));
    assert!(
        e.contains("channels is 65, more than the limit of 64"),
        "{e}"
    );
    assert!(error("a.wav", &wav16(0, 8_000, &samples)).contains("0 channels"));
    assert!(error("a.au", &au(3, 8_000, 1 << 31, 64, &[0; 64])).contains("channels"));
}

#[test]
fn headers_meet_their_limits() {
    let chunks = vec![chunk(b"JUNK", b"xx"); 1_001];
    let e = error("a.wav", &riff(&chunks));
    assert!(e.contains("chunks before the audio"), "{e}");
    let e = error("a.wav", &riff(&[chunk(b"fmt ", &[0; 4_097])]));
    assert!(e.contains("limit of 4096"), "{e}");
    let mut long = au(3, 8_000, 1, 64, &[0; 64]);
    long[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(error("a.au", &long).contains("limit of 1048576"));
    long[4..8].copy_from_slice(&3_u32.to_be_bytes());
    assert!(error("a.au", &long).contains("starts at byte 3"));
}

#[test]
fn a_claim_of_two_gigabytes_costs_nothing() {
    let mut bytes = wav16(1, 8_000, &ramp(100));
    bytes[40..44].copy_from_slice(&2_000_000_000_u32.to_le_bytes());
    let got = read_file("a.wav", &bytes).unwrap();
    assert_eq!(got.planes[0].len(), 100);
    assert!(got.reader.truncated());
    // A chunk that is skipped may claim as much.
    let mut bytes = riff(&[chunk(b"JUNK", b"xx"), chunk(b"data", b"xx")]);
    bytes[16..20].copy_from_slice(&2_000_000_000_u32.to_le_bytes());
    assert!(error("a.wav", &bytes).contains("ends before its audio"));
}

#[test]
fn frames_of_noise_are_given_up_after_a_while() {
    let mut random = Random(3);
    let mut bytes = Vec::new();
    for _ in 0..3_000 {
        // ADTS: AAC-LC, 44.1 kHz, stereo, 64 bytes.
        bytes.extend([0xff, 0xf1, 0x50, 0x80, 0x08, 0x1f, 0xfc]);
        bytes.extend((0..57).map(|_| (random.next() as u8) & 0x7f));
    }
    match read_file("a.aac", &bytes) {
        Err(e) => assert!(
            e.to_string().contains("no packet of it could be decoded"),
            "{e}"
        ),
        Ok(got) => assert!(got.reader.truncated()),
    }
}

#[test]
fn silence_and_full_scale_are_measured() {
    let meter = |samples: &[i16]| {
        let got = read_file("a.wav", &wav16(1, 8_000, samples)).unwrap();
        let mut meter = InputMeter::new(got.reader.sample_rate_hz());
        meter.push(&got.planes[0]);
        (meter.bandwidth_hz(), meter.clipped_share())
    };
    assert_eq!(meter(&[0; 16_000]), (0, 0.0));
    let square: Vec<i16> = (0..16_000)
        .map(|i| if i / 20 % 2 == 0 { 32_767 } else { -32_768 })
        .collect();
    assert_eq!(meter(&square).1, 1.0);
    // G.711 ends below full scale: its largest codes.
    for (name, codes) in [("a.ulaw", [0x80_u8, 0x00]), ("a.alaw", [0xAA, 0x2A])] {
        let bytes: Vec<u8> = (0..16_000).map(|i| codes[i / 20 % 2]).collect();
        let mut meter = InputMeter::new(8_000);
        meter.push(&read_file(name, &bytes).unwrap().planes[0]);
        assert_eq!(meter.clipped_share(), 1.0, "{name}");
    }
}

#[test]
fn raw_formats_are_checked() {
    let open = |codec, channels| {
        AudioReader::from_reader(
            Box::new(std::io::Cursor::new(vec![0x55_u8; 4_000])),
            None,
            &DecodeOptions::raw(RawFormat {
                codec,
                sample_rate_hz: 8_000,
                channels,
            }),
        )
    };
    let mut reader = open(RawCodec::Mulaw, 2).unwrap();
    let mut block = Vec::new();
    assert!(reader.next_block(&mut block).unwrap());
    assert_eq!((block.len(), block[0].len()), (2, 2_000));
    assert!(
        open(RawCodec::Gsm, 2)
            .unwrap_err()
            .to_string()
            .contains("1 for gsm")
    );
    assert!(open(RawCodec::Slin, 0).is_err());
}
