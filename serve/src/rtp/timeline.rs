//! Numbers and times of one sender, beyond the 16 and 32 bits that packets have for them.

use super::packet::Packet;
use crate::engine::{AFRESH, Place};

/// Where the packets of a track belong.
#[derive(Debug)]
pub struct Timeline {
    clock_hz: u32,
    newest: Option<Newest>,
}

/// The newest packet.
#[derive(Debug, Clone, Copy)]
struct Newest {
    number: u64,
    timestamp: u32,
    /// Its time, in ticks of the clock from the first packet after a start.
    ticks: i64,
    /// Time of that first packet, nanoseconds from the start of the call.
    from_ns: u64,
}

impl Timeline {
    /// For time stamps of `clock_hz` ticks a second.
    pub fn new(clock_hz: u32) -> Self {
        Self {
            clock_hz: clock_hz.max(1),
            newest: None,
        }
    }

    /// The place of a packet that has come `now_ns` after the call began. That time counts for one
    /// that is the first of its sender, or with which it starts again, alone.
    pub fn place(&mut self, packet: &Packet, is_afresh: bool, now_ns: u64) -> Place {
        let new = match self.newest {
            Some(newest) if !is_afresh => {
                // Both go round: the way that is shorter.
                let ahead = packet.number.wrapping_sub(newest.number as u16) as i16;
                let later = packet.timestamp.wrapping_sub(newest.timestamp) as i32;
                Newest {
                    number: newest.number.saturating_add_signed(i64::from(ahead)),
                    timestamp: packet.timestamp,
                    ticks: newest.ticks.saturating_add(i64::from(later)),
                    ..newest
                }
            }
            before => Newest {
                // Never below zero, and with the low bits of the packet's own. Twice as far as need
                // be, since the low bits may be lower than before.
                number: before
                    .map_or(1 << 16, |b| {
                        (b.number >> 16 << 16).saturating_add(2 * AFRESH)
                    })
                    .saturating_add(u64::from(packet.number)),
                timestamp: packet.timestamp,
                ticks: 0,
                from_ns: now_ns,
            },
        };
        if self.newest.is_none_or(|newest| new.number >= newest.number) {
            self.newest = Some(new);
        }
        let ticks = new.ticks.max(0).unsigned_abs();
        let ns = u128::from(ticks) * 1_000_000_000 / u128::from(self.clock_hz);
        let ns = u64::try_from(ns).unwrap_or(u64::MAX);
        Place {
            number: Some(new.number),
            at_ns: Some(new.from_ns.saturating_add(ns)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(number: u16, timestamp: u32) -> Packet {
        Packet {
            ssrc: 7,
            number,
            timestamp,
            payload_type: 0,
            payload: Vec::new(),
        }
    }

    fn place(timeline: &mut Timeline, packet: Packet, is_afresh: bool, now_ms: u64) -> (u64, u64) {
        let place = timeline.place(&packet, is_afresh, now_ms * 1_000_000);
        (place.number.unwrap(), place.at_ns.unwrap() / 1_000_000)
    }

    #[test]
    fn numbers_and_times_go_on_where_their_bits_end() {
        let mut timeline = Timeline::new(8_000);
        let mut at = |number, timestamp| {
            let packet = packet(number, timestamp);
            place(&mut timeline, packet, number == 65_534, 300)
        };
        let (first, at_ms) = at(65_534, u32::MAX - 100);
        assert_eq!(at_ms, 300);
        assert_eq!(at(65_535, 59), (first + 1, 320));
        assert_eq!(at(0, 219), (first + 2, 340));
        // One that comes late belongs where it belongs, and moves nothing.
        assert_eq!(at(65_535, 59), (first + 1, 320));
        assert_eq!(at(1, 379), (first + 3, 360));
    }

    #[test]
    fn another_sender_is_far_away_in_number_and_takes_the_time_of_its_arrival() {
        let mut timeline = Timeline::new(16_000);
        let (first, _) = place(&mut timeline, packet(9, 5), true, 0);
        let (other, at_ms) = place(&mut timeline, packet(8, 900_000), true, 740);
        assert!(other - first > AFRESH);
        assert_eq!(at_ms, 740);
        let next = place(&mut timeline, packet(9, 900_320), false, 999);
        assert_eq!(next, (other + 1, 760));
    }

    #[test]
    fn any_numbers_are_taken_without_a_panic() {
        let mut random = fastrand::Rng::with_seed(6);
        let mut timeline = Timeline::new(random.u32(..));
        for _ in 0..20_000 {
            let packet = packet(random.u16(..), random.u32(..));
            timeline.place(&packet, random.u8(..) == 0, random.u64(..));
        }
    }
}
