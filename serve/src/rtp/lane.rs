//! One track of a call over RTP: from its datagrams to frames in their order.

use std::time::{Duration, Instant};

use super::jitter::{Jitter, PATIENCE};
use super::packet::{Datagram, Packet};
use super::sdp::Media;
use super::timeline::Timeline;
use crate::engine::{Broken, EndReason, Place};

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
    timeline: Timeline,
    jitter: Jitter<Frame>,
    /// When its sender has left.
    left: Option<Instant>,
}

impl Lane {
    pub fn new(track: usize, media: Media) -> Self {
        Self {
            track,
            timeline: Timeline::new(media.clock_hz),
            media,
            jitter: Jitter::default(),
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
            Datagram::Bye(ssrcs) if ssrcs.iter().any(|ssrc| self.timeline.is_of(*ssrc)) => {
                self.jitter.flush(frames);
                self.left = Some(now);
            }
            Datagram::Bye(_) => {}
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
        let since_ms = u64::try_from(since_start.as_millis()).unwrap_or(u64::MAX);
        let kind = packet.payload_type;
        let payload = if kind == self.media.payload_type {
            std::mem::take(&mut packet.payload)
        } else if self.media.silent.contains(&kind) {
            // Comfort noise and pressed keys: no speech, but a sign of life in their order.
            Vec::new()
        } else {
            return Err(Broken::new(
                EndReason::Codec,
                format!(
                    "track {}: payload type {kind}; agreed on: {}, {}",
                    self.media.track.name, self.media.payload_type, self.media.track.codec
                ),
            ));
        };
        // One that a BYE has overtaken does not say that its sender is there again.
        self.left = self.left.filter(|&left| now <= left + PATIENCE);
        let place = self.timeline.place(&packet, since_ms);
        let number = place.number.unwrap_or_default();
        let frame = Frame { payload, place };
        if self.jitter.put(number, frame, now, frames) {
            self.timeline.restart(&packet, place);
        }
        Ok(())
    }

    /// Whether its sender has left.
    pub fn has_left(&self) -> bool {
        self.left.is_some()
    }

    /// When a frame has waited long enough for those before it, if one waits.
    pub fn due(&self) -> Option<Instant> {
        self.jitter.due()
    }

    /// Appends the frames that have waited long enough.
    pub fn take_due(&mut self, now: Instant, frames: &mut Vec<Frame>) {
        self.jitter.take_due(now, frames);
    }

    /// Appends all frames that wait.
    pub fn flush(&mut self, frames: &mut Vec<Frame>) {
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
        assert!(!lane.has_left(), "another has left");
        lane.take(Datagram::Bye(vec![7]), start, Duration::ZERO, &mut frames)?;
        assert!(lane.has_left());
        let first = frames[0].place.number.unwrap() as i64;
        let place = |frame: &Frame| {
            let number = frame.place.number.unwrap() as i64;
            (number - first, frame.place.at_ms.unwrap())
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
            lane.has_left()
        };
        let audio = |number| {
            Datagram::Audio(Packet {
                ssrc: 7,
                number,
                timestamp: 160 * u32::from(number),
                payload_type: 0,
                payload: vec![0xff; 160],
            })
        };
        assert!(!put(0, audio(1)));
        assert!(put(20, Datagram::Bye(vec![7])));
        assert!(put(21, audio(2)), "overtaken");
        assert!(!put(500, audio(26)), "there again");
    }

    #[test]
    fn a_codec_that_was_not_agreed_on_ends_the_call() {
        let broken = run(&[(0, 1, 0), (8, 2, 160)]).unwrap_err();
        assert_eq!(broken.reason, EndReason::Codec);
        let expected = "track track-1: payload type 8; agreed on: 0, PCMU";
        assert_eq!(broken.message, expected);
    }
}
