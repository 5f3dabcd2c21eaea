//! Which of a track's sound a player shows, and when: edit lists (ISO/IEC 14496-12, section 8.6.6).

use super::pieces::Piece;
use crate::audio::limits::{MAX_FILLED_S, MAX_GAP_S};

/// Cuts shorter than this are the rounding of a container's clock, seconds.
const MIN_CUT_S: f64 = 0.002;

/// One entry of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Edit {
    /// Nothing is heard for so many seconds.
    Empty(f64),
    /// What the track has from the first to the second time, seconds.
    Media(f64, f64),
}

/// A list that is followed while the track is read. Without entries, all is heard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edits {
    list: Vec<Edit>,
    next: usize,
    /// An entry asked for what was read before, and could not be had.
    pub(crate) missed: bool,
}

impl Edits {
    pub(crate) fn new(mut list: Vec<Edit>) -> Self {
        // As gaps between packets, silence has limits.
        let entries = list.len();
        let mut filled_s = 0.0;
        list.retain(|edit| {
            let Edit::Empty(seconds) = *edit else {
                return true;
            };
            let fits = seconds <= MAX_GAP_S && filled_s + seconds <= MAX_FILLED_S;
            filled_s += if fits { seconds } else { 0.0 };
            fits
        });
        let too_long = list.len() < entries;
        // Parts that are shown again or in another order cannot be sought while reading: all of
        // them are shown in the order of the file.
        let media = list.iter().filter_map(|edit| match *edit {
            Edit::Media(start, end) => Some((start, end)),
            Edit::Empty(_) => None,
        });
        let starts: Vec<(f64, f64)> = media.collect();
        let in_order = starts
            .windows(2)
            .all(|pair| pair[1].0 >= pair[0].1 - MIN_CUT_S);
        Self {
            list: if in_order { list } else { Vec::new() },
            next: 0,
            missed: !in_order || too_long,
        }
    }

    /// Passes on what is shown of a piece that starts at frame `at` of the track.
    pub(super) fn apply(
        &mut self,
        piece: Piece,
        at: i64,
        rate_hz: u32,
        mut show: impl FnMut(Piece),
    ) {
        if self.list.is_empty() {
            return show(piece);
        }
        let rate = f64::from(rate_hz);
        let end = at + piece.frames() as i64;
        while let Some(edit) = self.list.get(self.next) {
            match *edit {
                Edit::Empty(seconds) => show(Piece::Silence((seconds * rate).round() as u64)),
                Edit::Media(from_s, to_s) => {
                    let from = (from_s * rate).round() as i64;
                    let from = if from.saturating_sub(at) < (MIN_CUT_S * rate) as i64 {
                        at
                    } else {
                        from
                    };
                    let to = (to_s * rate).round() as i64;
                    let (a, b) = (from.max(at), to.min(end));
                    if a == at && b == end {
                        return show(piece);
                    }
                    if a < b {
                        show(piece.cut((a - at) as u64, (b - at) as u64));
                    }
                    if to > end {
                        return;
                    }
                }
            }
            self.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(list: &[Edit], pieces: &[(i64, u64)]) -> Vec<u64> {
        let mut edits = Edits::new(list.to_vec());
        let mut out = Vec::new();
        for &(at, frames) in pieces {
            edits.apply(Piece::Silence(frames), at, 1_000, |piece| {
                out.push(piece.frames())
            });
        }
        out
    }

    #[test]
    fn what_a_player_shows_is_passed_on() {
        use Edit::{Empty, Media};
        let whole = [(0, 600), (600, 600), (1_200, 600)];
        assert_eq!(shown(&[], &whole), [600, 600, 600]);
        assert_eq!(
            shown(&[Empty(3.0), Media(0.0, 9.0)], &whole),
            [3_000, 600, 600, 600]
        );
        assert_eq!(shown(&[Media(0.5, 1.3)], &whole), [100, 600, 100]);
        assert_eq!(
            shown(&[Media(0.1, 0.2), Media(0.3, 0.7)], &whole),
            [100, 300, 100]
        );
        assert_eq!(
            shown(&[Media(0.0, 0.6), Empty(0.1), Media(0.6, 2.0)], &whole),
            [600, 100, 600, 600]
        );
        // Encoder delay by negative time; a clock that is rounded to milliseconds.
        assert_eq!(
            shown(&[Media(0.0, f64::INFINITY)], &[(-50, 60), (10, 20)]),
            [10, 20]
        );
        assert_eq!(
            shown(&[Media(0.0, f64::INFINITY)], &[(-1, 60), (59, 20)]),
            [60, 20]
        );
        assert!(Edits::new(vec![Media(5.0, 6.0), Media(0.0, 1.0)]).missed);
        let endless = Edits::new(vec![Empty(4e9), Empty(1.0), Media(0.0, 1.0)]);
        assert!(endless.missed && endless.list.len() == 2);
        assert_eq!(Edits::new(vec![Empty(600.0); 50]).list.len(), 6);
    }
}
