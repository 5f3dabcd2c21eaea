//! Decoded samples that wait to be handed out, with the silence between them.

use std::collections::VecDeque;

/// Silence, which costs no memory, or samples.
pub(super) enum Piece {
    Silence(u64),
    Samples(Vec<Vec<f32>>),
}

impl Piece {
    pub(super) fn frames(&self) -> u64 {
        match self {
            Self::Silence(n) => *n,
            Self::Samples(planes) => planes.first().map_or(0, |plane| plane.len() as u64),
        }
    }

    /// The frames from `start` to `end`.
    pub(super) fn cut(&self, start: u64, end: u64) -> Self {
        let end = end.min(self.frames()).max(start);
        match self {
            Self::Silence(_) => Self::Silence(end - start),
            Self::Samples(planes) => {
                let range = start as usize..end as usize;
                Self::Samples(
                    planes
                        .iter()
                        .map(|plane| plane[range.clone()].to_vec())
                        .collect(),
                )
            }
        }
    }
}

/// A queue of them.
#[derive(Default)]
pub(super) struct Pieces {
    queue: VecDeque<Piece>,
    /// Frames of the first piece that were handed out.
    taken: u64,
    frames: u64,
    /// Samples of all channels in memory.
    samples: usize,
}

impl Pieces {
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    pub(super) fn samples(&self) -> usize {
        self.samples
    }

    pub(super) fn push(&mut self, piece: Piece) {
        let n = piece.frames();
        if n == 0 {
            return;
        }
        self.frames += n;
        if let Piece::Samples(planes) = &piece {
            self.samples += planes.len() * n as usize;
        }
        self.queue.push_back(piece);
    }

    /// Appends the next `n` frames to the planes, silence where there are not as many.
    pub(super) fn take(&mut self, mut n: u64, planes: &mut [Vec<f32>]) {
        while n > 0 {
            let Some(first) = self.queue.front() else {
                silence(n, planes);
                return;
            };
            let all = first.frames();
            let part = n.min(all - self.taken);
            match first {
                Piece::Silence(_) => silence(part, planes),
                Piece::Samples(samples) => {
                    let range = self.taken as usize..(self.taken + part) as usize;
                    for (plane, samples) in planes.iter_mut().zip(samples) {
                        plane.extend_from_slice(&samples[range.clone()]);
                    }
                }
            }
            self.advance(part, all);
            n -= part;
        }
    }

    /// Drops up to `n` frames; how many those were.
    pub(super) fn skip(&mut self, n: u64) -> u64 {
        let mut left = n;
        while let Some(first) = self.queue.front()
            && left > 0
        {
            let all = first.frames();
            let part = left.min(all - self.taken);
            self.advance(part, all);
            left -= part;
        }
        n - left
    }

    /// The first piece, of `all` frames, has been handed out up to `part` more.
    fn advance(&mut self, part: u64, all: u64) {
        self.taken += part;
        self.frames -= part;
        if self.taken == all {
            self.taken = 0;
            if let Some(Piece::Samples(planes)) = self.queue.pop_front() {
                self.samples -= planes.len() * all as usize;
            }
        }
    }
}

fn silence(n: u64, planes: &mut [Vec<f32>]) {
    for plane in planes {
        plane.resize(plane.len() + n as usize, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_out_in_order_whatever_is_asked_for() {
        let mut pieces = Pieces::default();
        pieces.push(Piece::Samples(vec![vec![1.0, 2.0, 3.0]]));
        pieces.push(Piece::Silence(2));
        pieces.push(Piece::Samples(vec![vec![4.0, 5.0]]).cut(1, 9));
        assert_eq!((pieces.frames(), pieces.samples()), (6, 4));
        let mut out = vec![Vec::new()];
        pieces.take(2, &mut out);
        assert_eq!(pieces.skip(2), 2);
        pieces.take(4, &mut out);
        assert_eq!(out[0], [1.0, 2.0, 0.0, 5.0, 0.0, 0.0]);
        assert_eq!(
            (pieces.frames(), pieces.samples(), pieces.skip(1)),
            (0, 0, 0)
        );
    }
}
