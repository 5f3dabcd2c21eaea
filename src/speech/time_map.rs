//! From packed speech back to the recording.

use std::collections::VecDeque;

/// A stretch of speech: where it lies in the packed speech and in the recording, samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    packed: u64,
    source: u64,
    length: u64,
}

/// Which part of the recording each packed sample came from. Grows by one entry per stretch of
/// speech, and forgets what is no longer asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct TimeMap {
    runs: VecDeque<Run>,
    packed: u64,
}

impl TimeMap {
    /// Notes that `length` samples from `source` on follow in the packed speech.
    pub(crate) fn append(&mut self, source: u64, length: u64) {
        match self.runs.back_mut() {
            Some(last) if last.source + last.length == source => last.length += length,
            _ => self.runs.push_back(Run {
                packed: self.packed,
                source,
                length,
            }),
        }
        self.packed += length;
    }

    /// Samples of packed speech so far.
    pub(crate) fn packed(&self) -> u64 {
        self.packed
    }

    /// The stretches of the recording behind the packed samples `from..to`: start and end,
    /// ascending, apart.
    pub(crate) fn stretches(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> + '_ {
        let first = self.runs.partition_point(|r| r.packed + r.length <= from);
        self.runs
            .range(first..)
            .take_while(move |r| r.packed < to)
            .map(move |r| {
                let start = from.max(r.packed) - r.packed;
                let end = to.min(r.packed + r.length) - r.packed;
                (r.source + start, r.source + end)
            })
            .filter(|(start, end)| start < end)
    }

    /// From the first to the last sample of the recording behind `from..to`.
    pub(crate) fn extent(&self, from: u64, to: u64) -> Option<(u64, u64)> {
        let mut stretches = self.stretches(from, to);
        let (start, end) = stretches.next()?;
        Some((start, stretches.last().map_or(end, |(_, end)| end)))
    }

    /// Forgets the stretches that end before the packed sample `before`.
    pub(crate) fn forget(&mut self, before: u64) {
        while let Some(run) = self.runs.front()
            && run.packed + run.length <= before
            && self.runs.len() > 1
        {
            self.runs.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packed_sample_maps_to_the_sample_it_came_from() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..50 {
            let mut map = TimeMap::default();
            let mut sources = Vec::new();
            let mut at = 0;
            for _ in 0..random.u64(1..40) {
                let length = random.u64(1..30);
                if random.bool() {
                    map.append(at, length);
                    sources.extend(at..at + length);
                }
                at += length;
            }
            assert_eq!(map.packed(), sources.len() as u64);
            let n = sources.len();
            for _ in 0..20 {
                let from = random.usize(..n + 1);
                let to = random.usize(from..n + 1);
                let found: Vec<u64> = map
                    .stretches(from as u64, to as u64)
                    .flat_map(|(a, b)| a..b)
                    .collect();
                assert_eq!(found, sources[from..to]);
                let extent = map.extent(from as u64, to as u64);
                let expected = sources[from..to]
                    .first()
                    .zip(sources[from..to].last())
                    .map(|(a, b)| (*a, *b + 1));
                assert_eq!(extent, expected);
            }
            // Forgetting the past changes nothing about the rest.
            let keep = random.usize(..n + 1);
            map.forget(keep as u64);
            let found: Vec<u64> = map
                .stretches(keep as u64, n as u64)
                .flat_map(|(a, b)| a..b)
                .collect();
            assert_eq!(found, sources[keep..]);
        }
    }
}
