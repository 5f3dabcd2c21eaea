//! One track of a call over RTP: from its datagrams to frames in their order.

use std::time::{Duration, Instant};

use super::packet::{Datagram, Packet};
use super::sdp::Media;
use super::source::{Heard, Source};
use super::timeline::Timeline;
use crate::engine::{Broken, EndReason, Jitter, PATIENCE, Place};

/// A frame for the engine; without a payload where only its time counts.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub payload: Vec<u8>,
    pub place: Place,
}

/// One track.
#[derive(Debug)]
pub struct Lane {
    /// Its number in the call.
    pub track: usize,
    media: Media,
    source: Source,
    timeline: Timeline,
    jitter: Jitter<Frame>,
    /// Packets in a row of types that were not agreed on.
    strangers: u32,
    /// When its sender has left.
    left: Option<Instant>,
}

/// How long after a BYE its sender may be there again, under another SSRC.
const GRACE: Duration = Duration::from_millis(500);

/// So many packets in a row of types that were not agreed on are no accident: the sender
/// has changed its codec.
const MAX_STRANGERS: u32 = 50;

/// The same of a source beside the one that spoke, which may speak again. Where it does not, the
/// sender has changed its SSRC together with its codec.
const MAX_BESIDE: u32 = 250;

impl Lane {
    pub fn new(track: usize, media: Media) -> Self {
        Self {
            track,
            source: Source::new(media.clock_hz),
            timeline: Timeline::new(media.clock_hz),
            media,
            jitter: Jitter::default(),
            strangers: 0,
            left: None,
        }
    }

    /// Takes a datagram that has come `since_start` after the call began; appends the frames whose
    /// turn it is.
    ///
    /// # Errors
    ///
    /// A codec that was not agreed on: the call has to end.
    pub fn take(
        &mut self,
        datagram: Datagram,
        now: Instant,
        since_start: Duration,
        frames: &mut Vec<Frame>,
    ) -> Result<(), Broken> {
        self.jitter.take_due(now, frames);
        match datagram {
            Datagram::Audio(packet) => self.packet(packet, now, since_start, frames)?,
            Datagram::Bye(ssrcs) => {
                for ssrc in ssrcs {
                    let mut heard = Vec::new();
                    let has_left = self.source.leave(ssrc, now, &mut heard);
                    self.place(heard, now, frames);
                    if has_left {
                        self.jitter.flush(frames);
                        self.left = Some(now);
                    }
                }
            }
            Datagram::Report => {}
        }
        Ok(())
    }

    fn packet(
        &mut self,
        mut packet: Packet,
        now: Instant,
        since_start: Duration,
        frames: &mut Vec<Frame>,
    ) -> Result<(), Broken> {
        let kind = packet.payload_type;
        let is_audio = kind == self.media.payload_type;
        // A source beside the one that speaks, of pressed keys for instance (RFC 3550, section 8).
        let is_beside = !is_audio && self.source.is_of_another(packet.ssrc);
        if is_audio {
            self.strangers = 0;
        } else if !self.media.silent.contains(&kind) {
            self.strangers += 1;
        }
        let most = if is_beside { MAX_BESIDE } else { MAX_STRANGERS };
        if self.strangers > most {
            return Err(Broken::new(
                EndReason::Codec,
                format!(
                    "track {}: payload type {kind}; agreed on: {}, {}",
                    self.media.track.name, self.media.payload_type, self.media.track.codec
                ),
            ));
        }
        if is_beside {
            return Ok(());
        }
        // Comfort noise, pressed keys, and what is not understood, which is to be ignored (RFC
        // 3550, section 5.1): no speech, but a sign of life in their order.
        if !is_audio {
            packet.payload = Vec::new();
        }
        // One that a BYE has overtaken does not say that its sender is there again. One that
        // changes its SSRC says BYE for the old one (RFC 3550, section 8.2).
        let is_late = |left: &Instant| now <= *left + PATIENCE && self.source.is_of(packet.ssrc);
        self.left = self.left.filter(is_late);
        let mut heard = Vec::new();
        self.source.sort(packet, now, since_start, &mut heard);
        self.place(heard, now, frames);
        Ok(())
    }

    /// Puts packets into their order; appends the frames whose turn it is.
    fn place(&mut self, heard: Vec<Heard>, now: Instant, frames: &mut Vec<Frame>) {
        for Heard {
            packet,
            since_start,
            is_afresh,
        } in heard
        {
            let since_ns = u64::try_from(since_start.as_nanos()).unwrap_or(u64::MAX);
            let place = self.timeline.place(&packet, is_afresh, since_ns);
            let number = place.number.unwrap_or_default();
            let payload = packet.payload;
            self.jitter
                .put(number, Frame { payload, place }, now, frames);
        }
    }

    /// Packets of other senders that were dropped, since the last call of this.
    pub fn take_strays(&mut self) -> u64 {
        self.source.take_strays()
    }

    /// Whether its sender has left for good.
    pub fn has_left(&self, now: Instant) -> bool {
        self.left.is_some_and(|left| now >= left + GRACE)
    }

    /// When there is something to do: a frame has waited long enough for those before it or behind
    /// it, or it is sure that the sender has left.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let leaves = self.left.map(|left| left + GRACE);
        let leaves = leaves.filter(|&leaves| leaves > now);
        let waited = self.jitter.due().into_iter().chain(self.source.due());
        waited.chain(leaves).min()
    }

    /// Appends the frames that have waited long enough.
    pub fn take_due(&mut self, now: Instant, frames: &mut Vec<Frame>) {
        let mut heard = Vec::new();
        self.source.take_due(now, &mut heard);
        self.place(heard, now, frames);
        self.jitter.take_due(now, frames);
    }

    /// Appends all frames that wait: nothing comes any more.
    pub fn flush(&mut self, now: Instant, frames: &mut Vec<Frame>) {
        let mut heard = Vec::new();
        self.source.settle(now, &mut heard);
        self.place(heard, now, frames);
        self.jitter.flush(frames);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::sdp::Offer;

    const OFFER: &[u8] = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 0 13\r\n";

    /// Puts packets of a type, number and time stamp, 20 ms apart; gives the numbers of the frames,
    /// from 0 for the first, and their times.
    fn run(packets: &[(u8, u16, u32)]) -> Result<Vec<(i64, u64)>, Broken> {
        let media = Offer::read(OFFER).unwrap().medias().remove(0);
        let (mut lane, start) = (Lane::new(0, media), Instant::now());
        let mut frames = Vec::new();
        for (i, &(payload_type, number, timestamp)) in packets.iter().enumerate() {
            let since_start = Duration::from_millis(20 * i as u64);
            let packet = Packet {
                ssrc: 7,
                number,
                timestamp,
                payload_type,
                payload: vec![0xff; 160],
            };
            let now = start + since_start;
            lane.take(Datagram::Audio(packet), now, since_start, &mut frames)?;
        }
        lane.take(Datagram::Bye(vec![8]), start, Duration::ZERO, &mut frames)?;
        assert!(lane.left.is_none(), "another has left");
        lane.take(Datagram::Bye(vec![7]), start, Duration::ZERO, &mut frames)?;
        assert!(!lane.has_left(start) && lane.has_left(start + GRACE));
        let first = frames[0].place.number.unwrap() as i64;
        let place = |frame: &Frame| {
            let number = frame.place.number.unwrap() as i64;
            (number - first, frame.place.at_ns.unwrap() / 1_000_000)
        };
        Ok(frames.iter().map(place).collect())
    }

    #[test]
    fn packets_that_were_overtaken_are_put_back() {
        let packets = [(0, 65_535, 0), (0, 1, 320), (0, 0, 160), (0, 2, 480)];
        let expected = [(0, 0), (1, 20), (2, 40), (3, 60)];
        assert_eq!(run(&packets).unwrap(), expected);
    }

    #[test]
    fn a_pause_is_in_the_times_and_comfort_noise_has_no_payload() {
        let packets = [(0, 1, 0), (13, 2, 160), (0, 3, 4_000)];
        assert_eq!(run(&packets).unwrap(), [(0, 0), (1, 20), (2, 500)]);
    }

    #[test]
    fn a_sender_that_starts_again_has_its_times_from_there_on() {
        let mut packets: Vec<_> = (1_000..1_200).map(|n| (0, n, 160 * u32::from(n))).collect();
        packets.extend((5..9).map(|n| (0, n, 3_000_000 + 160 * u32::from(n))));
        let places = run(&packets).unwrap();
        assert_eq!(places.len(), packets.len());
        let again = &places[201..];
        assert!(again.windows(2).all(|w| w[1].0 == w[0].0 + 1), "{again:?}");
        assert!(again.windows(2).all(|w| w[1].1 == w[0].1 + 20), "{again:?}");
    }

    #[test]
    fn a_sender_that_has_left_is_there_again_with_packets_that_no_bye_has_overtaken() {
        let media = Offer::read(OFFER).unwrap().medias().remove(0);
        let (mut lane, start) = (Lane::new(0, media), Instant::now());
        let mut put = |ms, datagram| {
            let since_start = Duration::from_millis(ms);
            lane.take(datagram, start + since_start, since_start, &mut Vec::new())
                .unwrap();
            lane.left.is_some()
        };
        let audio_of = |ssrc, number| {
            Datagram::Audio(Packet {
                ssrc,
                number,
                timestamp: 160 * u32::from(number),
                payload_type: 0,
                payload: vec![0xff; 160],
            })
        };
        let audio = |number| audio_of(7, number);
        assert!(!put(0, audio(1)));
        assert!(put(20, Datagram::Bye(vec![7])));
        assert!(put(21, audio(2)), "overtaken");
        assert!(!put(500, audio(26)), "there again");
        assert!(put(520, Datagram::Bye(vec![7])));
        assert!(!put(521, audio_of(8, 1)), "under another name");
    }

    #[test]
    fn a_codec_that_was_not_agreed_on_ends_the_call() {
        let other = |kind, n: u16| (kind, n, 160 * u32::from(n));
        // A packet of another type is passed over, fifty in a row are not.
        let few: Vec<_> = [other(0, 1), other(8, 2), other(0, 3)].to_vec();
        assert_eq!(run(&few).unwrap().len(), 3);
        let many: Vec<_> = (1..60)
            .map(|n| other(if n == 1 { 0 } else { 8 }, n))
            .collect();
        let broken = run(&many).unwrap_err();
        assert_eq!(broken.reason, EndReason::Codec);
        let expected = "track track-1: payload type 8; agreed on: 0, PCMU";
        assert_eq!(broken.message, expected);
    }

    #[test]
    fn a_codec_that_changes_together_with_the_ssrc_ends_the_call_as_well() {
        let media = Offer::read(OFFER).unwrap().medias().remove(0);
        let (mut lane, start) = (Lane::new(0, media), Instant::now());
        let mut put = |n: u16, ssrc, payload_type| {
            let since_start = Duration::from_millis(20 * u64::from(n));
            let packet = Packet {
                ssrc,
                number: n,
                timestamp: 160 * u32::from(n),
                payload_type,
                payload: vec![0xff; 160],
            };
            let audio = Datagram::Audio(packet);
            lane.take(audio, start + since_start, since_start, &mut Vec::new())
        };
        // Beside one that speaks now and then it may go on for as long as it likes.
        for n in 0..1_000 {
            if n % 200 == 0 {
                put(n, 7, 0).unwrap();
            }
            put(n, 8, 8).unwrap();
        }
        let end = (1_000..2_000).find_map(|n| put(n, 8, 8).err()).unwrap();
        assert_eq!(end.reason, EndReason::Codec);
    }
}
