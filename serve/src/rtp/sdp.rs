//! SDP: what a telephone system offers to send, and the answer (RFC 8866, RFC 3264).

use std::net::IpAddr;

use sdp_types::{Attribute, Connection, Origin, RtpMap, Session, Time, TransportProto};
use voxhumana::audio::PayloadCodec;

use super::Declined;
use crate::engine::NewTrack;

/// Payload types that need no description (RFC 3551, table 4), with their codecs and clocks, Hz.
const WELL_KNOWN: [(u8, &str, u32); 6] = [
    (0, "PCMU", 8_000),
    (8, "PCMA", 8_000),
    (9, "G722", 8_000),
    (11, "L16", 44_100),
    (13, "CN", 8_000),
    // Only to be named where it is declined.
    (18, "G729", 8_000),
];
/// The type of comfort noise, which may come without an offer.
const COMFORT_NOISE: u8 = 13;
/// A port to which nothing is sent (RFC 863), where an answer needs one that is not 0.
const DISCARD: u16 = 9;
/// Codecs of packets without speech: comfort noise (RFC 3389) and pressed keys (RFC 4733).
const SILENT: [&str; 2] = ["CN", "telephone-event"];

/// One track that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    pub track: NewTrack,
    /// Type of the payloads that were agreed on.
    pub payload_type: u8,
    /// Ticks of its time stamps in a second.
    pub clock_hz: u32,
    /// Types of payloads without speech.
    pub silent: Vec<u8>,
    /// Its lines in the answer: of what was agreed on, and of the types without speech. A type from
    /// 96 on that has no line is unknown to who reads the answer (RFC 3264, section 6.1): rtpengine
    /// would refuse it.
    maps: Vec<RtpMap>,
}

/// An offer.
#[derive(Debug)]
pub struct Offer {
    session: Session,
    /// For each `m=` line what is taken of it.
    taken: Vec<Taken>,
}

/// What is taken of an `m=` line.
#[derive(Debug)]
enum Taken {
    /// Nothing: it is declined.
    No,
    /// It is on hold: nothing is sent now.
    Held,
    /// What is sent.
    Sent(Media),
}

impl Taken {
    fn media(&self) -> Option<&Media> {
        match self {
            Self::Sent(media) => Some(media),
            Self::No | Self::Held => None,
        }
    }
}

/// Whether audio is sent now.
enum Direction {
    Sent,
    Held,
}

impl Offer {
    /// Reads an offer.
    ///
    /// # Errors
    ///
    /// If it is none, or nothing of it can be taken.
    pub fn read(text: &[u8]) -> Result<Self, Declined> {
        let session = Session::parse(text)
            .map_err(|error| Declined::Sdp(format!("an offer that cannot be read: {error}")))?;
        let mut taken: Vec<Taken> = Vec::new();
        // Why a line is declined that would be sent: that of the first counts if nothing is taken.
        let mut declined = None;
        for media in &session.medias {
            let before = taken.iter().filter_map(Taken::media).count();
            taken.push(match direction(&session, media) {
                None => Taken::No,
                Some(Direction::Held) => Taken::Held,
                Some(Direction::Sent) => match self::media(media, before) {
                    Ok(media) => Taken::Sent(media),
                    // One party's codec is no reason to lose the other.
                    Err(Declined::Codec(why)) => {
                        declined.get_or_insert(why);
                        Taken::No
                    }
                    Err(other) => return Err(other),
                },
            });
        }
        let sent = taken.iter().filter_map(Taken::media);
        let mut names: Vec<&str> = sent.map(|m| &*m.track.name).collect();
        if names.is_empty() {
            let is_held = taken.iter().any(|taken| matches!(taken, Taken::Held));
            return Err(match declined {
                Some(why) => Declined::Codec(why),
                None if is_held => Declined::Sdp(
                    "all of its audio is on hold (a=inactive or a=recvonly); offer it when it is \
                     sent"
                        .to_owned(),
                ),
                None => Declined::Sdp(
                    "no audio that is sent over RTP/AVP or RTP/AVPF (SRTP is not taken)".to_owned(),
                ),
            });
        }
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            let name = twice[0].escape_debug();
            return Err(Declined::Sdp(format!("two tracks are called `{name}`")));
        }
        Ok(Self { session, taken })
    }

    /// What is taken of it.
    pub fn medias(&self) -> Vec<Media> {
        self.taken
            .iter()
            .filter_map(Taken::media)
            .cloned()
            .collect()
    }

    /// The answer: `ports` of this machine for what is taken, in its order.
    pub fn answer(&self, address: IpAddr, ports: &[u16]) -> Vec<u8> {
        let origin = Origin::with_ip_addr(&self.session.origin.sess_id, 1, address);
        let mut answer = Session::new(origin, "-");
        answer.set_connection(Connection::from_ip_addr(address));
        answer.add_time(Time::new(0, 0));
        let mut ports = ports.iter();
        for (offered, taken) in self.session.medias.iter().zip(&self.taken) {
            let mut media = offered.clone();
            media.attributes = Vec::new();
            media.connections = Vec::new();
            media.bandwidths = Vec::new();
            media.num_ports = None;
            // Declined, unless it is taken (RFC 3264, section 6).
            media.port = 0;
            if matches!(taken, Taken::Held) {
                // It stays part of the session (RFC 3264, section 6.1); nothing comes to the port.
                media.port = DISCARD;
                media.add_attribute(Attribute::new("inactive"));
            }
            if let Taken::Sent(taken) = taken {
                media.port = ports.next().copied().unwrap_or(0);
                let types = taken.maps.iter().map(|map| map.payload_type.to_string());
                media.fmt = types.collect::<Vec<_>>().join(" ");
                for map in &taken.maps {
                    media.add_attribute_with_value("rtpmap", map);
                }
                media.add_attribute(Attribute::new("recvonly"));
                for name in ["mid", "label"] {
                    if let Some(Some(value)) = offered.get_first_attribute_value(name) {
                        media.add_attribute_with_value(name, value);
                    }
                }
            }
            answer.add_media(media);
        }
        let mut text = Vec::new();
        // Nothing can go wrong in memory.
        let _ = answer.write(&mut text);
        text
    }
}

/// Whether an `m=` line that is audio of a kind that is taken here is sent; `None` for others.
fn direction(session: &Session, media: &sdp_types::Media) -> Option<Direction> {
    let names = ["sendrecv", "sendonly", "recvonly", "inactive"];
    let own = names.iter().find(|name| media.has_attribute(name));
    let direction = own.or_else(|| names.iter().find(|name| session.has_attribute(name)));
    let is_open = direction.is_none_or(|name| ["sendrecv", "sendonly"].contains(name));
    let proto = media.parse_transport_proto();
    // A port of 0 sends nothing (RFC 3264, section 5.1).
    let is_taken = media.media == "audio"
        && media.port != 0
        && matches!(proto, TransportProto::RtpAvp | TransportProto::RtpAvpf);
    is_taken.then_some(if is_open {
        Direction::Sent
    } else {
        Direction::Held
    })
}

/// What is taken of an `m=` line: the first of its codecs that is decoded.
fn media(media: &sdp_types::Media, before: usize) -> Result<Media, Declined> {
    let mut described = Vec::new();
    for map in media.attributes_typed::<RtpMap>() {
        described.push(map.map_err(|error| Declined::Sdp(error.to_string()))?);
    }
    let known = |kind: u8| {
        let described = described.iter().find(|map| map.payload_type == kind);
        let well_known = WELL_KNOWN.iter().find(|(known, ..)| *known == kind);
        described
            .cloned()
            .or_else(|| well_known.map(|&(kind, name, hz)| RtpMap::new(kind, name, hz)))
    };
    let offered: Vec<RtpMap> = media
        .fmt
        .split_whitespace()
        .filter_map(|kind| known(kind.parse().ok()?))
        .collect();
    let codec = |map: &RtpMap| {
        let codec: PayloadCodec = map.encoding_name.parse().ok()?;
        let channels = map.encoding_params.as_deref().unwrap_or("1");
        let is_right = match codec {
            // It always says so (RFC 7587, section 7), whatever is in it.
            PayloadCodec::Opus => (map.clock_rate, channels) == (48_000, "2"),
            // Half of its rate, for reasons of history (RFC 3551, section 4.5.2).
            PayloadCodec::G722 => (map.clock_rate, channels) == (8_000, "1"),
            _ => channels == "1",
        };
        is_right.then_some(codec)
    };
    let Some((map, codec)) = offered.iter().find_map(|map| Some((map, codec(map)?))) else {
        let mut all: Vec<String> = offered.iter().map(|map| format!("`{map}`")).collect();
        let is_known = |kind: &&str| offered.iter().any(|m| m.payload_type.to_string() == **kind);
        let unknown = media.fmt.split_whitespace().filter(|kind| !is_known(kind));
        all.extend(unknown.map(|kind| format!("`{}` without an a=rtpmap", kind.escape_debug())));
        let offered = all.join(", ");
        return Err(Declined::Codec(format!(
            "offered: {offered}; accepted: PCMU, PCMA, G722/8000, L16 and opus/48000/2, each of \
             one channel (opus says 2) and with its a=rtpmap"
        )));
    };
    let is_silent = |map: &&RtpMap| {
        let mut silent = SILENT.iter();
        silent.any(|name| name.eq_ignore_ascii_case(&map.encoding_name))
    };
    let silent: Vec<RtpMap> = offered.iter().filter(is_silent).cloned().collect();
    let mut silent_types: Vec<u8> = silent.iter().map(|map| map.payload_type).collect();
    let is_described = described.iter().any(|m| m.payload_type == COMFORT_NOISE);
    if !is_described && !silent_types.contains(&COMFORT_NOISE) {
        silent_types.push(COMFORT_NOISE);
    }
    let name = |attribute| media.get_first_attribute_value(attribute).flatten();
    Ok(Media {
        track: NewTrack {
            // The label is what SIPREC tells the parties by (RFC 7866, section 7.1.1).
            name: name("label")
                .or_else(|| name("mid"))
                .map_or_else(|| format!("track-{}", before + 1), ToOwned::to_owned),
            codec,
            sample_rate_hz: map.clock_rate,
        },
        payload_type: map.payload_type,
        clock_hz: map.clock_rate,
        silent: silent_types,
        maps: std::iter::once(map.clone()).chain(silent).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the form that rtpengine and SIPREC recorders send.
    const TWO: &str = "v=0\r\no=- 17 3 IN IP4 192.0.2.1\r\ns=call\r\nc=IN IP4 192.0.2.1\r\n\
        t=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n\
        a=label:caller\r\na=sendonly\r\nm=video 4002 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n\
        m=audio 4004 RTP/AVP 96 13\r\na=rtpmap:96 opus/48000/2\r\na=mid:b\r\n";

    #[test]
    fn an_offer_has_its_tracks_and_its_answer() {
        let offer = Offer::read(TWO.as_bytes()).unwrap();
        let found: Vec<_> = offer
            .medias()
            .into_iter()
            .map(|m| (m.track.name, m.track.codec, m.payload_type, m.silent))
            .collect();
        let expected = [
            ("caller".to_owned(), PayloadCodec::Pcmu, 0, vec![101, 13]),
            ("b".to_owned(), PayloadCodec::Opus, 96, vec![13]),
        ];
        assert_eq!(found, expected);
        let answer = offer.answer([127, 0, 0, 1].into(), &[20_000, 20_002]);
        let expected = "v=0\r\no=- 17 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
            m=audio 20000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n\
            a=rtpmap:101 telephone-event/8000\r\na=recvonly\r\na=label:caller\r\n\
            m=video 0 RTP/AVP 96\r\nm=audio 20002 RTP/AVP 96 13\r\n\
            a=rtpmap:96 opus/48000/2\r\na=rtpmap:13 CN/8000\r\na=recvonly\r\na=mid:b\r\n";
        assert_eq!(String::from_utf8(answer).unwrap(), expected);
    }

    #[test]
    fn what_is_on_hold_or_of_another_codec_leaves_the_rest() {
        let text = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n\
            m=audio 4002 RTP/AVP 0\r\na=inactive\r\nm=audio 4004 RTP/AVP 18\r\n";
        let offer = Offer::read(text.as_bytes()).unwrap();
        assert_eq!(offer.medias().len(), 1);
        let answer = offer.answer([127, 0, 0, 1].into(), &[20_000]);
        let answer = String::from_utf8(answer).unwrap();
        assert!(
            answer.ends_with(
                "m=audio 20000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=recvonly\r\n\
                 m=audio 9 RTP/AVP 0\r\na=inactive\r\nm=audio 0 RTP/AVP 18\r\n"
            ),
            "{answer}"
        );
    }

    #[test]
    fn what_cannot_be_taken_is_declined_with_its_reason() {
        let offer = |lines: &str| {
            let text = format!("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n{lines}");
            match Offer::read(text.as_bytes()) {
                Err(Declined::Sdp(text)) => format!("sdp: {text}"),
                Err(Declined::Codec(text)) => format!("codec: {text}"),
                other => panic!("{other:?}"),
            }
        };
        for (lines, expected) in [
            ("", "sdp: no audio"),
            ("m=audio 4000 RTP/SAVP 0\r\n", "sdp: no audio"),
            (
                "m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n",
                "sdp: all of its audio is on hold",
            ),
            (
                "a=inactive\r\nm=audio 4000 RTP/AVP 0\r\n",
                "sdp: all of its audio is on hold",
            ),
            (
                "m=audio 4000 RTP/AVP 18\r\n",
                "codec: offered: `18 G729/8000`;",
            ),
            ("m=audio 0 RTP/AVP 0\r\n", "sdp: no audio"),
            // Not declared: 96 may be anything.
            (
                "m=audio 4000 RTP/AVP 96\r\n",
                "codec: offered: `96` without an a=rtpmap;",
            ),
            (
                "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 AMR-WB/16000\r\n",
                "codec: offered: `96 AMR-WB/16000`; accepted: PCMU",
            ),
            (
                "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 L16/16000/2\r\n",
                "codec: offered: `96 L16/16000/2`",
            ),
            (
                "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/16000/2\r\n",
                "codec: offered: `96 opus/16000/2`",
            ),
            (
                "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000\r\n",
                "codec: offered: `96 opus/48000`",
            ),
            (
                "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 G722/16000\r\n",
                "codec: offered: `96 G722/16000`",
            ),
            (
                "m=audio 4000 RTP/AVP 0\r\na=mid:x\r\nm=audio 4002 RTP/AVP 0\r\na=mid:x\r\n",
                "sdp: two tracks are called `x`",
            ),
        ] {
            let found = offer(lines);
            assert!(found.starts_with(expected), "{lines}: {found}");
        }
        assert!(matches!(Offer::read(b"hello"), Err(Declined::Sdp(_))));
    }
}
