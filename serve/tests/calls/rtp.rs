//! Calls over RTP: offered in SDP, sent over UDP.

use std::net::{SocketAddr, UdpSocket};

use rtcp_types::prelude::*;
use rtcp_types::{Bye, Compound, ReceiverReport};
use rtp_types::RtpPacketBuilder;
use serde_json::Value;
use voxhumana::audio::{PayloadCodec, PayloadDecoder};
use voxhumana_serve::{Limits, Options, PortRange};

use crate::common::{marked, voice};
use crate::harness::{
    Running, agent, assert_offline, big_endian, detector, events, mulaw, of, offline, options, pcm,
    serve, serve_with, until,
};

/// Ports for `pairs` tracks; tests of this process each have their own.
fn range(pairs: u16) -> PortRange {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Below those that the system gives out by itself (32768 and up on Linux), and other ones for
    // each process.
    let own = 12_000 + u16::try_from(std::process::id() % 64).unwrap() * 256;
    let first = own + NEXT.fetch_add(2 * pairs, Ordering::Relaxed);
    PortRange {
        address: [127, 0, 0, 1].into(),
        first,
        last: first + 2 * pairs - 1,
    }
}

pub fn with_rtp(pairs: u16) -> Running {
    serve_with(Options {
        rtp: Some(range(pairs)),
        ..options()
    })
}

/// An offer of tracks: the types of the `m=` line, and what else is said of it.
fn offer(medias: &[(&str, &str)]) -> String {
    let mut text =
        "v=0\r\no=- 5 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n".to_owned();
    for (types, lines) in medias {
        text += &format!("m=audio 4000 RTP/AVP {types}\r\na=sendonly\r\n{lines}");
    }
    text
}

/// Status, address of the call, and body.
fn post(running: &Running, id: &str, offer: &str) -> (u16, String, String) {
    let mut response = agent()
        .post(running.url(&format!("/v1/calls?id={id}")))
        .header("content-type", "application/sdp")
        .send(offer)
        .unwrap();
    let location = response.headers().get("location");
    let location = location.map_or_else(String::new, |v| v.to_str().unwrap().to_owned());
    let body = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), location, body)
}

/// Starts a call; gives the ports of its tracks.
pub fn start(running: &Running, id: &str, medias: &[(&str, &str)]) -> Vec<u16> {
    let (status, location, answer) = post(running, id, &offer(medias));
    assert_eq!(status, 201, "{answer}");
    let call = running.json(&location);
    assert_eq!(
        (&call["protocol"], &call["peer_id"]),
        (&"rtp".into(), &id.into())
    );
    let lines = answer
        .lines()
        .filter_map(|line| line.strip_prefix("m=audio "));
    let port = |line: &str| line.split(' ').next().unwrap().parse().unwrap();
    lines.map(port).collect()
}

/// One who sends a track.
struct Sender<'a> {
    running: &'a Running,
    socket: UdpSocket,
    port: u16,
    payload_type: u8,
    /// Ticks of a packet.
    ticks: u32,
    ssrc: u32,
    number: u16,
    timestamp: u32,
    /// Packets that were sent since all had arrived.
    on_the_way: u32,
}

impl<'a> Sender<'a> {
    fn new(running: &'a Running, port: u16, payload_type: u8, ticks: u32) -> Self {
        Self {
            running,
            socket: UdpSocket::bind("127.0.0.1:0").unwrap(),
            port,
            payload_type,
            ticks,
            ssrc: 0x5eed,
            // They go round on their way.
            number: 65_500,
            timestamp: u32::MAX - 8_000,
            on_the_way: 0,
        }
    }

    fn send_to(&self, port: u16, bytes: &[u8]) {
        let to = SocketAddr::from(([127, 0, 0, 1], port));
        self.socket.send_to(bytes, to).unwrap();
    }

    /// Sends a packet; waits now and then until all have arrived, since datagrams that nobody
    /// fetches in time are lost.
    fn send(&mut self, payload: &[u8]) {
        if self.on_the_way == 0 {
            self.on_the_way = frames(self.running);
        }
        let packet = RtpPacketBuilder::new()
            .payload_type(self.payload_type)
            .ssrc(self.ssrc)
            .sequence_number(self.number)
            .timestamp(self.timestamp)
            .payload(payload)
            .write_vec()
            .unwrap();
        self.send_to(self.port, &packet);
        self.number = self.number.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(self.ticks);
        self.on_the_way += 1;
        if self.number.is_multiple_of(16) {
            self.arrived();
        }
    }

    /// Waits until all has arrived.
    fn arrived(&mut self) {
        let expected = std::mem::take(&mut self.on_the_way);
        if expected > 0 {
            until(|| (frames(self.running) >= expected).then_some(()));
        }
    }

    fn send_all<'p>(&mut self, payloads: impl Iterator<Item = &'p [u8]>) {
        payloads.for_each(|payload| self.send(payload));
    }

    /// Leaves, on the port of RTCP.
    fn bye(&mut self) {
        self.arrived();
        let bye = Compound::builder()
            .add_packet(ReceiverReport::builder(self.ssrc))
            .add_packet(Bye::builder().add_source(self.ssrc));
        let mut bytes = [0; 64];
        let n = bye.write_into(&mut bytes).unwrap();
        self.send_to(self.port + 1, &bytes[..n]);
    }
}

/// Frames that the workers have done.
fn frames(running: &Running) -> u32 {
    let (_, metrics) = running.get("/metrics");
    let line = metrics
        .lines()
        .find_map(|l| l.strip_prefix("voxhumana_frames_total "));
    line.map_or(0, |n| n.parse().unwrap())
}

/// Samples of payloads, decoded one by one.
fn decoded(codec: PayloadCodec, rate: u32, payloads: &[&[u8]]) -> (Vec<f32>, u32) {
    let mut decoder = PayloadDecoder::new(codec, rate).unwrap();
    let mut samples = Vec::new();
    for payload in payloads {
        decoder.decode(payload, &mut samples).unwrap();
    }
    (samples, decoder.sample_rate_hz())
}

fn assert_scan(channel: &Value, samples: &[f32], rate: u32) {
    let report = detector().scan_samples(samples, rate).unwrap();
    assert_offline(channel, &report.channels[0]);
}

#[test]
fn every_codec_has_the_scores_of_an_offline_scan() {
    let running = with_rtp(1);
    let narrow: Vec<i16> = pcm(&voice(5.0, 8)).into_iter().step_by(2).collect();
    // Bytes that are audio of any kind to A-law and G.722: what counts is that both ways agree.
    let any = mulaw(&narrow);
    let opus = [0xf8, 0xff, 0xfe].repeat(100);
    let l16 = big_endian(&pcm(&marked(5.0, 7)));
    for (types, map, codec, rate, payload, bytes, ticks) in [
        ("0", "", PayloadCodec::Pcmu, 8_000, &any, 160, 160),
        ("8 0", "", PayloadCodec::Pcma, 8_000, &any, 160, 160),
        ("9", "", PayloadCodec::G722, 8_000, &any, 160, 160),
        ("96", "L16/16000", PayloadCodec::L16, 16_000, &l16, 640, 320),
        (
            "111",
            "opus/48000/2",
            PayloadCodec::Opus,
            48_000,
            &opus,
            3,
            960,
        ),
    ] {
        let kind = types.split(' ').next().unwrap();
        let map = if map.is_empty() {
            String::new()
        } else {
            format!("a=rtpmap:{kind} {map}\r\n")
        };
        let id = codec.name();
        let port = start(&running, id, &[(types, map.as_str())])[0];
        let payloads: Vec<&[u8]> = payload.chunks(bytes).collect();
        let mut sender = Sender::new(&running, port, kind.parse().unwrap(), ticks);
        sender.send_all(payloads.iter().copied());
        sender.bye();
        let view = running.ended(id);
        assert_eq!(view["reason"], "hang_up", "{view}");
        assert_eq!(view["faults"][0]["lost"], 0, "{view}");
        let (samples, rate) = decoded(codec, rate, &payloads);
        assert_scan(&view["channels"][0], &samples, rate);
        assert_eq!(view["channels"][0]["name"], "track-1");
    }
    assert_eq!(running.ended("L16")["channels"][0]["verdict"], "synthetic");
}

#[test]
fn both_parties_are_heard_and_the_synthetic_one_gets_its_alert() {
    let running = with_rtp(2);
    let map = "a=rtpmap:96 L16/16000\r\n";
    let lines = ["caller", "agent"].map(|label| format!("{map}a=label:{label}\r\n"));
    let medias = lines.each_ref().map(|lines| ("96", lines.as_str()));
    let ports = start(&running, "both", &medias);
    let (human, machine) = (pcm(&voice(8.0, 1)), pcm(&marked(8.0, 2)));
    let mut caller = Sender::new(&running, ports[0], 96, 320);
    let mut agent = Sender::new(&running, ports[1], 96, 320);
    for (a, b) in human.chunks(320).zip(machine.chunks(320)) {
        caller.send(&big_endian(a));
        caller.arrived();
        agent.send(&big_endian(b));
        agent.arrived();
    }
    caller.bye();
    // One who has left does not end the call of the other.
    agent.bye();
    let view = running.ended("both");
    assert_eq!(view["reason"], "hang_up");
    assert_eq!(view["alerts"], serde_json::json!(["agent"]));
    assert_offline(&view["channels"][0], &offline(&human, 16_000));
    let told = events(&running, "both");
    assert_eq!(of(&told, "score", Some("agent")).len(), 8);
}

#[test]
fn pauses_that_are_not_sent_are_silence_and_another_sender_is_a_reset() {
    let running = with_rtp(1);
    let samples = pcm(&voice(6.0, 5));
    let port = start(
        &running,
        "pauses",
        &[("96 13", "a=rtpmap:96 L16/16000\r\n")],
    )[0];
    let mut sender = Sender::new(&running, port, 96, 320);
    let all: Vec<Vec<u8>> = samples.chunks(320).map(big_endian).collect();
    let (first, rest) = all.split_at(100);
    let (second, third) = rest.split_at(100);
    sender.send_all(first.iter().map(Vec::as_slice));
    // Comfort noise at the start of a pause of 400 ms, and no packets in it (RFC 3389).
    sender.payload_type = 13;
    sender.ticks = 6_400;
    sender.send(&[40]);
    (sender.payload_type, sender.ticks) = (96, 320);
    sender.send_all(second.iter().map(Vec::as_slice));
    sender.arrived();
    // The telephone system moves the call to another gateway.
    (sender.ssrc, sender.number, sender.timestamp) = (0xcafe, 7, 99);
    sender.send_all(third.iter().map(Vec::as_slice));
    sender.bye();
    let view = running.ended("pauses");
    let faults = &view["faults"][0];
    assert_eq!(
        (&faults["resets"], &faults["lost"], &faults["silence_ms"]),
        (&1.into(), &0.into(), &400.into()),
        "{view}"
    );
    let mut expected = samples[..32_000].to_vec();
    expected.extend([0; 6_400]);
    expected.extend(&samples[32_000..]);
    assert_offline(&view["channels"][0], &offline(&expected, 16_000));
}

#[test]
fn packets_that_do_not_come_are_silence() {
    let running = with_rtp(1);
    let samples = pcm(&voice(4.0, 9));
    let port = start(&running, "lost", &[("96", "a=rtpmap:96 L16/16000\r\n")])[0];
    let mut sender = Sender::new(&running, port, 96, 320);
    for (i, frame) in samples.chunks(320).enumerate() {
        if (50..60).contains(&i) {
            sender.number = sender.number.wrapping_add(1);
            sender.timestamp = sender.timestamp.wrapping_add(320);
        } else {
            sender.send(&big_endian(frame));
        }
    }
    sender.bye();
    let view = running.ended("lost");
    let mut expected = samples.clone();
    expected[50 * 320..60 * 320].fill(0);
    assert_eq!(view["faults"][0]["lost"], 10, "{view}");
    assert_offline(&view["channels"][0], &offline(&expected, 16_000));
}

#[test]
fn offers_that_cannot_be_taken_leave_nothing_behind() {
    let (status, _, body) = post(&serve(), "x", &offer(&[("0", "")]));
    assert_eq!(status, 409);
    assert!(body.contains("--rtp"), "{body}");

    let running = with_rtp(1);
    for (text, expected, reason) in [
        ("hello".to_owned(), 400, "sdp"),
        (offer(&[]), 400, "sdp"),
        (offer(&[("18", "")]), 406, "codec"),
        (offer(&[("96", "a=rtpmap:96 L16/0\r\n")]), 406, "codec"),
        (offer(&[("96", "a=rtpmap:96 opus/16000\r\n")]), 406, "codec"),
        (offer(&[("0", ""); 5]), 400, "too_many_tracks"),
        ("v=0\r\n".repeat(20_000), 413, "sdp"),
        // A name stands in every event.
        (
            offer(&[("0", &format!("a=label:{}\r\n", "x".repeat(300)))]),
            400,
            "sdp",
        ),
        // One pair of ports is not enough for two tracks.
        (offer(&[("0", ""), ("0", "")]), 503, "ports"),
    ] {
        let (status, _, body) = post(&running, "x", &text);
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &body["reason"]),
            (expected, &reason.into()),
            "{body}"
        );
    }
    assert_eq!(running.engine.live(), 0);
    // Its ports were given back.
    start(&running, "one", &[("0", "")]);
}

#[test]
fn a_call_ends_on_demand_and_when_nothing_comes() {
    let running = serve_with(Options {
        rtp: Some(range(1)),
        limits: Limits {
            max_idle: std::time::Duration::from_millis(300),
            ..Limits::default()
        },
        ..options()
    });
    start(&running, "idle", &[("0", "")]);
    assert_eq!(running.ended("idle")["reason"], "idle");

    let running = with_rtp(1);
    // Its port is free again for the next.
    for id in ["first", "second"] {
        start(&running, id, &[("0", "")]);
        let deleted = agent()
            .delete(running.url(&format!("/v1/calls/{id}")))
            .call();
        assert_eq!(deleted.unwrap().status().as_u16(), 204);
        assert_eq!(running.ended(id)["reason"], "hang_up");
        until(|| UdpSocket::bind(("127.0.0.1", start_port(&running))).ok());
    }
    let missing = agent().delete(running.url("/v1/calls/nobody")).call();
    assert_eq!(missing.unwrap().status().as_u16(), 404);
}

/// The first port of its range.
fn start_port(running: &Running) -> u16 {
    running.rtp.unwrap().first
}

#[test]
fn bad_packets_end_their_call_alone_and_strangers_are_not_heard() {
    let running = with_rtp(2);
    let samples = pcm(&marked(5.0, 3));
    let good = start(&running, "good", &[("96", "a=rtpmap:96 L16/16000\r\n")])[0];
    let bad = start(&running, "bad", &[("0", "")])[0];
    let mut sender = Sender::new(&running, good, 96, 320);
    let stranger = Sender::new(&running, good, 96, 320);
    for (i, frame) in samples.chunks(320).enumerate() {
        sender.send(&big_endian(frame));
        if i == 20 {
            // No RTP, from the sender itself; and RTP, from somewhere else.
            sender.arrived();
            for bytes in [&b""[..], b"x", &[0x80; 11], &[0xff; 200], &[0x80; 9_000]] {
                sender.send_to(good, bytes);
                sender.send_to(good + 1, bytes);
            }
            let packet = RtpPacketBuilder::<&[u8], &[u8]>::new().payload_type(5);
            stranger.send_to(good, &packet.write_vec().unwrap());
        }
    }
    sender.bye();
    let view = running.ended("good");
    assert_eq!(view["reason"], "hang_up", "{view}");
    assert_offline(&view["channels"][0], &offline(&samples, 16_000));

    let mut sender = Sender::new(&running, bad, 0, 160);
    sender.send(&[0xff; 160]);
    // One of another type would be passed over; a second of them is another codec.
    for n in 0..60 {
        let packet = RtpPacketBuilder::<&[u8], &[u8]>::new()
            .payload_type(8)
            .ssrc(sender.ssrc)
            .sequence_number(sender.number.wrapping_add(n))
            .timestamp(sender.timestamp.wrapping_add(160 * u32::from(n)));
        sender.send_to(bad, &packet.write_vec().unwrap());
    }
    let view = running.ended("bad");
    assert_eq!(view["reason"], "codec");
    assert!(
        view["message"].as_str().unwrap().contains("payload type 8"),
        "{view}"
    );
}

#[test]
fn a_sender_is_followed_to_another_port_once_the_first_is_quiet() {
    let running = with_rtp(1);
    let samples = pcm(&marked(5.0, 3));
    let port = start(&running, "moves", &[("96", "a=rtpmap:96 L16/16000\r\n")])[0];
    // A packet of the call before, and the sender from two ports.
    Sender::new(&running, port, 96, 320).send(&[0; 640]);
    for half in samples.chunks(samples.len() / 2) {
        std::thread::sleep(std::time::Duration::from_millis(300));
        let mut sender = Sender::new(&running, port, 96, 320);
        for frame in half.chunks_exact(320) {
            sender.send(&big_endian(frame));
        }
        sender.arrived();
        if half.as_ptr() != samples.as_ptr() {
            sender.bye();
        }
    }
    let view = running.ended("moves");
    let duration_s = view["duration_s"].as_f64().unwrap();
    assert!((5.0..6.5).contains(&duration_s), "{view}");
}

#[test]
fn only_machines_of_the_network_may_send() {
    let running = serve_with(Options {
        rtp: Some(range(1)),
        allow_from: vec!["10.0.0.0/8".parse().unwrap()],
        limits: Limits {
            max_idle: std::time::Duration::from_secs(1),
            ..Limits::default()
        },
        ..options()
    });
    let port = start(&running, "strangers", &[("0", "")])[0];
    let sender = Sender::new(&running, port, 0, 160);
    let packet = RtpPacketBuilder::<&[u8], &[u8]>::new().payload_type(0);
    let packet = packet.write_vec().unwrap();
    sender.send_to(port, &packet);
    sender.send_to(port, &packet);
    let view = running.ended("strangers");
    assert_eq!(
        (&view["reason"], &view["duration_s"]),
        (&"idle".into(), &0.0.into())
    );
    assert_eq!(frames(&running), 0);
    let (_, metrics) = running.get("/metrics");
    let counted = "voxhumana_refused_total{limit=\"allow_from\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
}

/// A call over L16 at 16 kHz; `send` gets its sender and frames of 20 ms.
fn l16(id: &str, samples: &[i16], send: impl FnOnce(&mut Sender, &[Vec<u8>])) -> Value {
    let running = with_rtp(1);
    let port = start(&running, id, &[("96", "a=rtpmap:96 L16/16000\r\n")])[0];
    let mut sender = Sender::new(&running, port, 96, 320);
    let frames: Vec<Vec<u8>> = samples.chunks(320).map(big_endian).collect();
    send(&mut sender, &frames);
    if running.call(id).ended().is_none() {
        sender.bye();
    }
    running.ended(id)
}

#[test]
fn the_first_of_two_senders_on_one_port_is_heard() {
    let samples = pcm(&voice(4.0, 3));
    let view = l16("two", &samples, |sender, frames| {
        let (ssrc, number, timestamp) = (sender.ssrc, sender.number, sender.timestamp);
        for (i, frame) in frames.iter().enumerate() {
            let i = u16::try_from(i).unwrap();
            sender.ssrc = ssrc;
            sender.number = number.wrapping_add(i);
            sender.timestamp = timestamp.wrapping_add(320 * u32::from(i));
            sender.send(frame);
            // Not by way of `send`, which waits for what it sends.
            let other = RtpPacketBuilder::new()
                .payload_type(96)
                .ssrc(99)
                .sequence_number(i)
                .payload(&[0_u8; 640][..])
                .write_vec()
                .unwrap();
            sender.send_to(sender.port, &other);
        }
    });
    assert_offline(&view["channels"][0], &offline(&samples, 16_000));
    let faults = &view["faults"][0];
    assert_eq!(
        (&faults["strays"], &faults["resets"]),
        (&200.into(), &0.into())
    );
}

#[test]
fn a_pause_before_another_sender_takes_over_is_silence() {
    let samples = pcm(&voice(1.0, 3));
    let view = l16("away", &samples, |sender, frames| {
        for (i, frame) in frames.iter().enumerate() {
            if i == 25 {
                // Half a second is sent; 1.7 s later the call has another gateway.
                sender.arrived();
                std::thread::sleep(std::time::Duration::from_millis(1_700));
                (sender.ssrc, sender.number, sender.timestamp) = (0xcafe, 7, 99);
            }
            sender.send(frame);
        }
    });
    let duration_s = view["duration_s"].as_f64().unwrap();
    // 1.7 s of 2.2 s were silence at least, since the half second was sent in less.
    assert!((2.15..4.0).contains(&duration_s), "{view}");
    let faults = &view["faults"][0];
    assert_eq!(faults["resets"], 1);
    assert!(faults["silence_ms"].as_u64() >= Some(1_150), "{view}");
}

#[test]
fn a_stray_packet_moves_nothing() {
    let samples = pcm(&voice(4.0, 3));
    let view = l16("stray", &samples, |sender, frames| {
        for (i, frame) in frames.iter().enumerate() {
            if i == 100 {
                sender.arrived();
                for (ahead, later) in [(5_000, 1_600_000), (2_000, 6_000_000)] {
                    let stray = RtpPacketBuilder::new()
                        .payload_type(96)
                        .ssrc(sender.ssrc)
                        .sequence_number(sender.number.wrapping_add(ahead))
                        .timestamp(sender.timestamp.wrapping_add(later))
                        .payload(&[0_u8; 640][..])
                        .write_vec()
                        .unwrap();
                    sender.send_to(sender.port, &stray);
                }
            }
            sender.send(frame);
        }
    });
    assert_offline(&view["channels"][0], &offline(&samples, 16_000));
    let faults = &view["faults"][0];
    assert_eq!(
        (&faults["strays"], &faults["silence_ms"]),
        (&2.into(), &0.into()),
        "{view}"
    );
}

#[test]
fn comfort_noise_needs_no_offer() {
    let samples = pcm(&voice(4.0, 3));
    let view = l16("noise", &samples, |sender, frames| {
        sender.send_all(frames[..100].iter().map(Vec::as_slice));
        sender.payload_type = 13;
        (0..80).for_each(|_| sender.send(&[40]));
        sender.payload_type = 96;
        sender.send_all(frames[100..].iter().map(Vec::as_slice));
    });
    assert_eq!(view["reason"], "hang_up", "{view}");
    // The 80 packets are 1.6 s, but for what is below the jitter of a clock.
    let duration_s = view["duration_s"].as_f64().unwrap();
    assert!((5.54..=5.6).contains(&duration_s), "{view}");
}

#[test]
fn damaged_packets_are_passed_over_unless_there_is_nothing_else() {
    let samples = pcm(&voice(4.0, 3));
    let mut expected = samples.clone();
    expected[100 * 320..101 * 320].fill(0);
    let view = l16("damaged", &samples, |sender, frames| {
        for (i, frame) in frames.iter().enumerate() {
            sender.send(if i == 100 { &frame[..639] } else { frame });
        }
    });
    assert_eq!(view["reason"], "hang_up", "{view}");
    let faults = &view["faults"][0];
    assert_eq!(
        (&faults["damaged"], &faults["silence_ms"]),
        (&1.into(), &20.into()),
        "{view}"
    );
    assert_offline(&view["channels"][0], &offline(&expected, 16_000));

    let view = l16("garbage", &samples, |sender, frames| {
        sender.send(&frames[0]);
        (0..51).for_each(|_| sender.send(&frames[0][..639]));
        until(|| sender.running.call("garbage").ended());
    });
    assert_eq!(view["reason"], "bad_frame", "{view}");
    assert_eq!(view["faults"][0]["damaged"], 51);
}
