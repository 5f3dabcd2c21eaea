//! A pitch that holds, as that of a vowel does.

use super::activity::Activity;

/// Voiced frames in a row that make a vowel: 40 ms.
const FRAMES: u32 = 4;
/// What falls further than this below the loudest frame of the row dies away, dB. A key that is
/// struck rings with a pitch as well, but is gone within a frame or two.
const FALL_DB: f32 = 6.0;

/// Follows the voiced frames of a stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Vowel {
    frames: u32,
    loudest_db: f32,
}

impl Vowel {
    /// Takes the next frame; says whether a pitch has held up to it.
    pub fn holds(&mut self, frame: &Activity) -> bool {
        if !frame.voiced {
            self.frames = 0;
        } else if self.frames == 0 || frame.energy_db < self.loudest_db - FALL_DB {
            self.frames = 1;
            self.loudest_db = frame.energy_db;
        } else {
            self.frames += 1;
            self.loudest_db = self.loudest_db.max(frame.energy_db);
        }
        self.frames >= FRAMES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(levels_db: &[f32]) -> bool {
        let mut vowel = Vowel::default();
        levels_db.iter().any(|&energy_db| {
            vowel.holds(&Activity {
                energy_db,
                active: true,
                voiced: energy_db > -60.0,
            })
        })
    }

    #[test]
    fn a_vowel_holds_and_a_knock_dies_away() {
        assert!(held(&[-30.0, -26.0, -25.0, -28.0]));
        // It may fall in the end, and a new one may begin lower.
        assert!(held(&[-20.0, -40.0, -41.0, -42.0, -43.0]));
        assert!(!held(&[-20.0, -28.0, -36.0, -44.0, -52.0]));
        assert!(!held(&[-30.0, -30.0, -30.0, -70.0, -30.0, -30.0, -30.0]));
        assert!(!held(&[]));
    }
}
