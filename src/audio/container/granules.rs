//! The end of an Ogg stream. By the granule position of its last page (RFC 3533, RFC 7845 section
//! 4.4) the last samples may be padding. symphonia takes every page's word for it, and drops most
//! of a stream whose positions are zero, too small, or start anew.

/// Longest padding, seconds: two of Opus' longest packets.
const MAX_PADDING_S: f64 = 0.24;

/// Holds back what may be padding until it is known that nothing follows.
#[derive(Default)]
pub(super) struct Granules {
    held: Vec<Vec<f32>>,
    /// Positions were seen to be wrong.
    distrusted: bool,
    given: bool,
}

impl Granules {
    /// `distrusted`: positions are known to be wrong.
    pub(super) fn new(distrusted: bool) -> Self {
        Self {
            distrusted,
            ..Self::default()
        }
    }

    /// Takes a decoded block of which the last `padding` frames may be padding; `block` becomes
    /// what can be handed on.
    pub(super) fn pass(&mut self, block: &mut [Vec<f32>], padding: usize, rate_hz: u32) {
        let frames = block.first().map_or(0, Vec::len);
        let padding = padding.min(frames);
        let held = self.held.first().map_or(0, Vec::len);
        let most = (MAX_PADDING_S * f64::from(rate_hz)) as usize;
        // Sound follows what should have been the end, or the end is too long.
        self.distrusted |= held > 0 && padding < frames || held + padding > most;
        if !self.distrusted {
            self.held.resize(block.len(), Vec::new());
            for (held, plane) in self.held.iter_mut().zip(block.iter_mut()) {
                held.extend(plane.drain(frames - padding..));
            }
        } else if held > 0 {
            for (held, plane) in self.held.iter_mut().zip(block.iter_mut()) {
                plane.splice(..0, held.drain(..));
            }
        }
        self.given |= block.first().is_some_and(|plane| !plane.is_empty());
    }

    /// What is held back at the end: padding, unless there is nothing else.
    pub(super) fn finish(&mut self) -> Option<Vec<Vec<f32>>> {
        let held = std::mem::take(&mut self.held);
        (!self.given && held.first().is_some_and(|plane| !plane.is_empty())).then_some(held)
    }

    pub(super) fn distrusted(&self) -> bool {
        self.distrusted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(blocks: &[(usize, usize)]) -> (Vec<usize>, Option<usize>) {
        let mut granules = Granules::default();
        let mut out = Vec::new();
        for &(frames, padding) in blocks {
            let mut block = vec![vec![0.5; frames]];
            granules.pass(&mut block, padding, 48_000);
            out.push(block[0].len());
        }
        (out, granules.finish().map(|held| held[0].len()))
    }

    #[test]
    fn only_the_end_of_a_stream_is_padding() {
        assert_eq!(
            pass(&[(960, 0), (960, 0), (960, 300)]),
            (vec![960, 960, 660], None)
        );
        assert_eq!(
            pass(&[(960, 0), (960, 300), (960, 960)]),
            (vec![960, 660, 0], None)
        );
        // A third of each packet, as positions that count at 16 kHz leave.
        assert_eq!(pass(&[(960, 640), (960, 640)]), (vec![320, 1_600], None));
        // All of them, as positions of zero leave.
        let (out, held) = pass(&[(960, 960); 50]);
        assert_eq!((out.iter().sum::<usize>(), held), (50 * 960, None));
        assert_eq!(pass(&[(960, 960)]), (vec![0], Some(960)));
    }
}
