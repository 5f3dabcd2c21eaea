//! Calls from programs that others have written.

use std::fs;
use std::path::Path;
use std::process::Command;

use voxhumana::audio::{PayloadCodec, PayloadDecoder};

use crate::common::{marked, write_wav};
use crate::harness::detector;
use crate::rtp::{start, with_rtp};

/// Runs ffmpeg on a recording.
fn ffmpeg(wav: &Path, arguments: &[&str], to: &str) {
    let ran = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-y", "-re", "-i"])
        .arg(wav)
        .args(arguments)
        .arg(to)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{error}");
}

#[test]
fn ffmpeg_sends_rtp() {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        let missing = "ffmpeg is not installed";
        assert!(std::env::var_os("VOXHUMANA_PEERS").is_none(), "{missing}");
        println!("skipped: {missing}; with VOXHUMANA_PEERS=1 this fails");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("call.wav");
    write_wav(&wav, 16_000, &[&marked(5.0, 4)]);
    let running = with_rtp(1);
    for (types, map, codec, rate, arguments, address) in [
        (
            "0",
            "",
            PayloadCodec::Pcmu,
            8_000,
            &["-ac", "1", "-ar", "8000", "-c:a", "pcm_mulaw"][..],
            "?pkt_size=172",
        ),
        (
            "8",
            "",
            PayloadCodec::Pcma,
            8_000,
            &["-ac", "1", "-ar", "8000", "-c:a", "pcm_alaw"][..],
            "?pkt_size=172",
        ),
        (
            "9",
            "",
            PayloadCodec::G722,
            8_000,
            &["-ac", "1", "-ar", "16000", "-c:a", "g722"][..],
            "?pkt_size=172",
        ),
        (
            "97",
            "a=rtpmap:97 opus/48000/2\r\n",
            PayloadCodec::Opus,
            48_000,
            &[
                "-ac",
                "1",
                "-ar",
                "48000",
                "-c:a",
                "libopus",
                "-payload_type",
                "97",
            ][..],
            "",
        ),
    ] {
        let id = codec.name();
        let port = start(&running, id, &[(types, map)])[0];
        let rtp = [arguments, &["-f", "rtp", "-rtpflags", "send_bye"]].concat();
        ffmpeg(&wav, &rtp, &format!("rtp://127.0.0.1:{port}{address}"));
        let view = running.ended(id);
        assert_eq!(view["reason"], "hang_up", "{view}");
        let (channel, faults) = (&view["channels"][0], &view["faults"][0]);
        assert_eq!(faults["lost"], 0, "{view}");
        assert!(channel["speech_s"].as_f64().unwrap() > 3.0, "{view}");
        let duration_s = view["duration_s"].as_f64().unwrap();
        assert!((4.9..5.2).contains(&duration_s), "{view}");
        if codec == PayloadCodec::Opus {
            // Its bytes are in no file that could be compared.
            assert_eq!(channel["verdict"], "synthetic", "{view}");
            continue;
        }
        // The same encoder, into a file.
        let raw = folder.path().join(format!("{id}.raw"));
        let format = match codec {
            PayloadCodec::Pcmu => "mulaw",
            PayloadCodec::Pcma => "alaw",
            _ => "g722",
        };
        let to_file = [arguments, &["-f", format]].concat();
        ffmpeg(&wav, &to_file, raw.to_str().unwrap());
        let mut decoder = PayloadDecoder::new(codec, rate).unwrap();
        let mut samples = Vec::new();
        decoder
            .decode(&fs::read(raw).unwrap(), &mut samples)
            .unwrap();
        // ffmpeg keeps what does not fill its last packet, of 20 ms.
        let rate_hz = decoder.sample_rate_hz();
        let sent = (duration_s * f64::from(rate_hz)).round() as usize;
        assert!(
            (samples.len() - rate_hz as usize / 50..=samples.len()).contains(&sent),
            "{id}: {sent} of {} samples",
            samples.len()
        );
        samples.truncate(sent);
        let expected = detector().scan_samples(&samples, rate_hz).unwrap();
        let found = channel["llr"].as_f64();
        let difference = found
            .zip(expected.channels[0].llr)
            .map(|(a, b)| (a - b).abs());
        assert!(
            difference.is_some_and(|d| d < 1e-4),
            "{id}: offline {:?} of {} samples: {view}",
            expected.channels[0].llr,
            samples.len()
        );
    }
}
