//! Time stamps of packets: what was lost in the middle of a recording is filled with silence, so
//! that what follows keeps its place on the timeline.

use symphonia::core::packet::Packet;
use symphonia::core::units::TimeBase;

use crate::audio::limits::{MAX_FILLED_S, MAX_GAP_S};

/// Gaps shorter than this are no gaps but the coarse clocks of containers (Matroska's ticks are
/// milliseconds) and of sound cards, seconds. Two packets of most codecs.
const MIN_GAP_S: f64 = 0.045;

/// How much is missing before a packet, by its time stamp.
#[derive(Debug, PartialEq)]
pub(crate) enum Gap {
    /// It follows the last one.
    None,
    /// That many samples are missing.
    Missing(u64),
    /// More is missing than [`MAX_GAP_S`], or [`MAX_FILLED_S`] in all: the clock is not to be
    /// believed.
    Absurd,
}

/// Follows one track's time stamps.
pub(crate) struct Clock {
    /// Seconds of one tick, 0 when the container has no clock.
    tick_s: f64,
    /// Where the last decoded packet ended, seconds.
    end_s: Option<f64>,
    /// Time stamp of the last packet.
    last: Option<i64>,
    filled_s: f64,
}

impl Clock {
    /// `starts_at_zero`: what comes later than that starts with a gap.
    pub(crate) fn new(time_base: Option<TimeBase>, starts_at_zero: bool) -> Self {
        Self {
            tick_s: time_base.map_or(0.0, |t| f64::from(t.numer.get()) / f64::from(t.denom.get())),
            end_s: starts_at_zero.then_some(0.0),
            last: None,
            filled_s: 0.0,
        }
    }

    /// Takes the next decoded packet, which gave `frames` samples a channel.
    pub(crate) fn advance(&mut self, packet: &Packet, frames: usize, rate_hz: u32) -> Gap {
        let rate = f64::from(rate_hz);
        let pts = packet.pts.get();
        // Frames of one block (Matroska's lacing) share its time: they follow each other.
        let shares = self.last.replace(pts) == Some(pts);
        let start_s = match self.end_s {
            Some(end_s) if shares => end_s,
            _ => pts as f64 * self.tick_s,
        };
        let gap_s = self.end_s.map_or(0.0, |end| start_s - end);
        // Samples cut off the start as encoder delay had their time too.
        let length_s = (frames as f64 / rate).max(packet.dur.get() as f64 * self.tick_s);
        self.end_s = (self.tick_s > 0.0).then_some(start_s + length_s);
        if gap_s < MIN_GAP_S {
            Gap::None
        } else if gap_s <= MAX_GAP_S && self.filled_s + gap_s <= MAX_FILLED_S {
            self.filled_s += gap_s;
            Gap::Missing((gap_s * rate).round() as u64)
        } else {
            Gap::Absurd
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use symphonia::core::units::{Duration, Timestamp};

    fn packet(ms: i64) -> Packet {
        Packet::new(0, Timestamp::new(ms), Duration::new(20), Vec::new())
    }

    #[test]
    fn only_real_gaps_are_filled() {
        let mut clock = Clock::new(TimeBase::try_new(1, 1_000), false);
        assert_eq!(clock.advance(&packet(-7), 960, 48_000), Gap::None);
        assert_eq!(clock.advance(&packet(14), 960, 48_000), Gap::None);
        assert_eq!(
            clock.advance(&packet(134), 960, 48_000),
            Gap::Missing(4_800)
        );
        assert_eq!(clock.advance(&packet(100), 960, 48_000), Gap::None);
        assert_eq!(clock.advance(&packet(10_000_000), 960, 48_000), Gap::Absurd);
        let mut pts = 10_000_000;
        for _ in 0..(MAX_FILLED_S / MAX_GAP_S) as i32 {
            pts += (MAX_GAP_S * 1_000.0) as i64;
            assert!(matches!(
                clock.advance(&packet(pts), 960, 48_000),
                Gap::Missing(_)
            ));
        }
        pts += (MAX_GAP_S * 1_000.0) as i64;
        assert_eq!(clock.advance(&packet(pts), 960, 48_000), Gap::Absurd);
        let mut laced = Clock::new(TimeBase::try_new(1, 1_000), true);
        for ms in [0, 0, 0, 0, 80, 80, 80, 80, 160] {
            assert_eq!(laced.advance(&packet(ms), 960, 48_000), Gap::None, "{ms}");
        }
        let mut late = Clock::new(TimeBase::try_new(1, 1_000), true);
        assert_eq!(
            late.advance(&packet(3_000), 160, 8_000),
            Gap::Missing(24_000)
        );
        let mut none = Clock::new(None, true);
        assert_eq!(none.advance(&packet(0), 960, 48_000), Gap::None);
        assert_eq!(none.advance(&packet(9_000), 960, 48_000), Gap::None);
    }
}
