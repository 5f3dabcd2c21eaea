//! Whose packets are heard. One that comes from elsewhere, in its numbers or of another SSRC, has
//! to be confirmed by those behind it (RFC 3550, appendix A.1).

use std::time::{Duration, Instant};

use super::packet::Packet;
use crate::engine::{MAX_MISORDER, MAX_WAITING};

/// A number further ahead is that of a sender that has started again (`MAX_DROPOUT` of RFC 3550,
/// appendix A.1).
const MAX_DROPOUT: i64 = 3_000;
/// So many packets in a row show it (`MIN_SEQUENTIAL` there).
const IN_A_ROW: usize = 2;
/// Once the sender has been quiet for so long, that is enough for another as well.
const QUIET: Duration = Duration::from_millis(200);
/// As long as it has not, so many show that another has taken its place: as much time.
const IN_ITS_PLACE: usize = 10;

/// A packet that is heard.
#[derive(Debug, PartialEq, Eq)]
pub struct Heard {
    pub packet: Packet,
    /// When it came, from the start of the call.
    pub since_start: Duration,
    /// Whether its sender starts with it, or has started again.
    pub is_afresh: bool,
}

/// The sender that is heard.
#[derive(Debug, Clone, Copy)]
struct Sender {
    ssrc: u32,
    /// Of its newest packet.
    number: u16,
    timestamp: u32,
    came: Instant,
    since_start: Duration,
}

/// The packets of one port.
#[derive(Debug)]
pub struct Source {
    clock_hz: u32,
    sender: Option<Sender>,
    /// Whether it has said that it leaves.
    has_left: bool,
    /// Packets from elsewhere, in a row, that wait for those behind them.
    waiting: Vec<Heard>,
    strays: u64,
}

impl Source {
    /// For time stamps of `clock_hz` ticks a second.
    pub fn new(clock_hz: u32) -> Self {
        Self {
            clock_hz: clock_hz.max(1),
            sender: None,
            has_left: false,
            waiting: Vec::new(),
            strays: 0,
        }
    }

    /// Whether this sender is heard.
    pub fn is_of(&self, ssrc: u32) -> bool {
        self.sender.is_some_and(|sender| sender.ssrc == ssrc)
    }

    /// Whether another is.
    pub fn is_of_another(&self, ssrc: u32) -> bool {
        self.sender.is_some_and(|sender| sender.ssrc != ssrc)
    }

    /// Takes a packet; appends those that are heard.
    pub fn sort(
        &mut self,
        packet: Packet,
        now: Instant,
        since_start: Duration,
        out: &mut Vec<Heard>,
    ) {
        let heard = Heard {
            packet,
            since_start,
            is_afresh: false,
        };
        let Some(sender) = self.sender else {
            self.waiting.push(heard);
            return self.adopt(now, true, out);
        };
        let is_same = sender.ssrc == heard.packet.ssrc;
        if is_same && sender.is_followed_by(&heard.packet) {
            self.strays += self.waiting.drain(..).count() as u64;
            self.hear(heard, now, out);
            return;
        }
        let new = &heard.packet;
        let mut waiting = self.waiting.iter().map(|w| &w.packet);
        if waiting.any(|w| (w.ssrc, w.number) == (new.ssrc, new.number)) {
            self.strays += 1;
            return;
        }
        if let Some(Heard { packet: last, .. }) = self.waiting.last() {
            let ahead = ahead(last.number, new.number);
            if last.ssrc != new.ssrc || ahead.unsigned_abs() > MAX_WAITING as u64 {
                self.strays += self.waiting.drain(..).count() as u64;
            }
        }
        self.waiting.push(heard);
        let is_away = self.has_left || now.duration_since(sender.came) > QUIET;
        let enough = if is_same || is_away {
            IN_A_ROW
        } else {
            IN_ITS_PLACE
        };
        if self.waiting.len() >= enough {
            self.settle(now, out);
        }
    }

    /// The sender, if it is the one that is heard, leaves: another may take its place. One that
    /// waits is heard before it leaves. `true` where it was heard.
    pub fn leave(&mut self, ssrc: u32, now: Instant, out: &mut Vec<Heard>) -> bool {
        if self.waiting.last().is_some_and(|w| w.packet.ssrc == ssrc) {
            self.settle(now, out);
        }
        let is_heard = self.is_of(ssrc);
        self.has_left |= is_heard;
        is_heard
    }

    /// Decides on what waits: nothing comes behind it.
    pub fn settle(&mut self, now: Instant, out: &mut Vec<Heard>) {
        if self.waiting.len() < IN_A_ROW {
            self.strays += self.waiting.drain(..).count() as u64;
            return;
        }
        let first = self.waiting[0].packet.number;
        self.waiting.sort_by_key(|w| ahead(first, w.packet.number));
        let is_afresh = !self.is_loss();
        self.adopt(now, is_afresh, out);
    }

    /// When packets that wait are heard although no more come, if so many wait.
    pub fn due(&self) -> Option<Instant> {
        let sender = self.sender.filter(|_| self.waiting.len() >= IN_A_ROW)?;
        Some(sender.came + QUIET)
    }

    /// Appends them, if it is time.
    pub fn take_due(&mut self, now: Instant, out: &mut Vec<Heard>) {
        if self.due().is_some_and(|due| due <= now) {
            self.settle(now, out);
        }
    }

    /// Packets that were dropped, since the last call of this.
    pub fn take_strays(&mut self) -> u64 {
        std::mem::take(&mut self.strays)
    }

    /// Whether the sender goes on with those that wait, after a loss that its numbers or the time
    /// that has passed explain.
    fn is_loss(&self) -> bool {
        let (Some(sender), [first, second, ..]) = (self.sender, self.waiting.as_slice()) else {
            return false;
        };
        let missing = ahead(sender.number, first.packet.number);
        if sender.ssrc != first.packet.ssrc || !(0..=MAX_DROPOUT).contains(&missing) {
            return false;
        }
        let later = |a: u32, b: u32| i64::from(b.wrapping_sub(a) as i32);
        let between = ahead(first.packet.number, second.packet.number).max(1);
        let ticks = later(first.packet.timestamp, second.packet.timestamp).max(0) / between;
        let passed_s = first.since_start.saturating_sub(sender.since_start);
        let passed = passed_s.as_secs_f64() * f64::from(self.clock_hz);
        // A second for what jitters.
        let most = (missing * ticks).max(passed as i64) + i64::from(self.clock_hz);
        (0..=most).contains(&later(sender.timestamp, first.packet.timestamp))
    }

    fn adopt(&mut self, now: Instant, is_afresh: bool, out: &mut Vec<Heard>) {
        let waiting = std::mem::take(&mut self.waiting);
        if is_afresh {
            self.sender = None;
        }
        for (i, heard) in waiting.into_iter().enumerate() {
            let is_afresh = is_afresh && i == 0;
            self.hear(Heard { is_afresh, ..heard }, now, out);
        }
    }

    fn hear(&mut self, heard: Heard, now: Instant, out: &mut Vec<Heard>) {
        let packet = &heard.packet;
        let new = Sender {
            ssrc: packet.ssrc,
            number: packet.number,
            timestamp: packet.timestamp,
            came: now,
            since_start: heard.since_start,
        };
        self.sender = Some(match self.sender {
            // Late: a sign of life, and no more.
            Some(newest) if ahead(newest.number, packet.number) < 0 => Sender {
                came: now,
                since_start: heard.since_start,
                ..newest
            },
            _ => new,
        });
        self.has_left = false;
        out.push(heard);
    }
}

impl Sender {
    /// Whether a packet of its SSRC comes next, or a little before or behind that.
    fn is_followed_by(&self, packet: &Packet) -> bool {
        let ahead = ahead(self.number, packet.number);
        if ahead > 0 {
            return ahead <= MAX_WAITING as i64;
        }
        // What comes late or again has a time that has passed.
        let later = packet.timestamp.wrapping_sub(self.timestamp) as i32;
        ahead.unsigned_abs() <= MAX_MISORDER && later <= 0
    }
}

/// How far a number is ahead of another; both go round, so that it is the way that is shorter.
fn ahead(of: u16, number: u16) -> i64 {
    i64::from(number.wrapping_sub(of) as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets of SSRC, number and time stamp at milliseconds of the call; gives the numbers of
    /// those that are heard, with a mark where their sender starts, and the strays.
    fn run(packets: &[(u32, u16, u32, u64)]) -> (Vec<(u16, bool)>, u64) {
        let (mut source, start) = (Source::new(8_000), Instant::now());
        let mut out = Vec::new();
        for &(ssrc, number, timestamp, ms) in packets {
            let packet = Packet {
                ssrc,
                number,
                timestamp,
                payload_type: 0,
                payload: Vec::new(),
            };
            let since_start = Duration::from_millis(ms);
            source.sort(packet, start + since_start, since_start, &mut out);
        }
        source.settle(start, &mut out);
        let heard = out.iter().map(|h| (h.packet.number, h.is_afresh));
        (heard.collect(), source.take_strays())
    }

    /// `n` packets of 20 ms from these on.
    fn row(
        ssrc: u32,
        number: u16,
        timestamp: u32,
        from_ms: u64,
        n: u16,
    ) -> Vec<(u32, u16, u32, u64)> {
        let one = |i: u16| {
            let number = number.wrapping_add(i);
            let timestamp = timestamp.wrapping_add(160 * u32::from(i));
            (ssrc, number, timestamp, from_ms + 20 * u64::from(i))
        };
        (0..n).map(one).collect()
    }

    fn starts(heard: &[(u16, bool)]) -> Vec<u16> {
        heard.iter().filter(|h| h.1).map(|h| h.0).collect()
    }

    #[test]
    fn the_first_of_two_senders_is_heard() {
        let (a, b) = (row(7, 100, 0, 0, 100), row(99, 9_000, 0, 1, 100));
        let both: Vec<_> = a.iter().zip(&b).flat_map(|(a, b)| [*a, *b]).collect();
        let (heard, strays) = run(&both);
        assert_eq!((heard.len(), starts(&heard), strays), (100, vec![100], 100));
    }

    #[test]
    fn another_is_heard_in_the_place_of_the_first_from_its_first_packet_on() {
        // At once, and after a pause.
        for from_ms in [1_000, 4_000] {
            for n in [2, 30] {
                let mut packets = row(7, 100, 0, 0, 50);
                packets.extend(row(9, 5_000, 777, from_ms, n));
                let (heard, strays) = run(&packets);
                assert_eq!(heard.len(), 50 + usize::from(n));
                assert_eq!((starts(&heard), strays), (vec![100, 5_000], 0));
            }
        }
    }

    #[test]
    fn another_is_heard_once_the_first_is_quiet_though_it_sends_no_more() {
        let (mut source, start) = (Source::new(8_000), Instant::now());
        let mut out = Vec::new();
        for (ssrc, number) in [(7, 1), (8, 50), (8, 51)] {
            let packet = Packet {
                ssrc,
                number,
                timestamp: 0,
                payload_type: 0,
                payload: Vec::new(),
            };
            source.sort(packet, start, Duration::ZERO, &mut out);
        }
        assert_eq!((out.len(), source.due()), (1, Some(start + QUIET)));
        source.take_due(start, &mut out);
        assert_eq!(out.len(), 1);
        source.take_due(start + QUIET, &mut out);
        assert_eq!((out.len(), source.due()), (3, None));
    }

    #[test]
    fn what_waits_may_come_twice_and_be_overtaken() {
        let mut packets = row(7, 100, 0, 0, 50);
        let other = row(9, 5_000, 777, 1_000, 20);
        let twice = other.iter().flat_map(|packet| [*packet; 2]);
        packets.extend(twice);
        packets.swap(50, 53);
        let (heard, strays) = run(&packets);
        assert_eq!(starts(&heard), [100, 5_000]);
        // Once they are heard, others count those that come twice.
        assert_eq!((heard.len() as u64 + strays, strays), (90, 9));
    }

    #[test]
    fn a_packet_from_elsewhere_is_dropped_and_two_are_a_start() {
        for (number, timestamp) in [(5_200, 800_000), (2_100, 3_000_000), (150, 3_000_000)] {
            let mut packets = row(7, 100, 0, 0, 50);
            packets.push((7, number, timestamp, 1_000));
            packets.extend(row(7, 150, 8_000, 1_000, 50));
            let is_near = number == 150;
            let (heard, strays) = run(&packets);
            assert_eq!(strays, u64::from(!is_near), "{number}");
            assert_eq!(starts(&heard), [100], "{number}");
        }
        for (number, timestamp) in [(5_200, 8_000), (2_100, 3_000_000), (3, 777), (120, 8_000)] {
            let mut packets = row(7, 140, 0, 0, 50);
            packets.extend(row(7, number, timestamp, 1_000, 50));
            let (heard, strays) = run(&packets);
            assert_eq!((heard.len(), strays), (100, 0), "{number}");
            assert_eq!(starts(&heard), [140, number]);
        }
    }

    #[test]
    fn a_loss_that_the_numbers_or_the_time_explain_is_none() {
        // 500 packets in ten seconds; the same in no time; and a pause among them.
        for (timestamp, ms) in [(88_000, 11_000), (88_000, 1_000), (500_000, 62_000)] {
            let mut packets = row(7, 100, 0, 0, 50);
            packets.extend(row(7, 650, timestamp, ms, 50));
            let (heard, strays) = run(&packets);
            assert_eq!((heard.len(), strays), (100, 0));
            assert_eq!(starts(&heard), [100], "{timestamp}");
        }
    }

    #[test]
    fn what_comes_again_or_late_is_heard_and_starts_nothing() {
        let mut packets = row(7, 100, 0, 0, 50);
        packets.extend(row(7, 110, 1_600, 1_000, 40));
        packets.extend(row(7, 150, 8_000, 1_800, 5));
        let (heard, strays) = run(&packets);
        assert_eq!((heard.len(), starts(&heard), strays), (95, vec![100], 0));
    }
}
