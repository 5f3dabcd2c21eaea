//! Whether the clusters of a Matroska file are whole (RFC 9559, section 5.1.3). symphonia ends at
//! the first that is not; a player goes on with the next one.

use std::io::{BufReader, Read};

use super::describe::number;
use super::matroska::{CLUSTER, EBML, segment};
use crate::audio::limits::MAX_UNREAD_BYTES;
use crate::audio::source::Section;
use crate::audio::spliced::Spliced;

/// Elements of a segment, and of a cluster; every one has a void or a checksum now and then.
const OF_SEGMENT: [u64; 9] = [
    0x114D_9B74,
    0x1549_A966,
    0x1654_AE6B,
    CLUSTER,
    0x1C53_BB6B,
    0x1941_A469,
    0x1043_A770,
    0x1254_C367,
    EBML,
];
const OF_CLUSTER: [u64; 7] = [0xE7, 0x5854, 0xA7, 0xAB, 0xA3, 0xA0, 0xAF];
const OF_ANY: [u64; 2] = [0xEC, 0xBF];

/// Longest head of an element: 4 bytes of its identifier, 8 of its size.
const HEAD_BYTES: usize = 12;

/// Bytes that are searched at once, at first and at most: many small holes must cost no more than
/// they are long.
const SEARCHED_BYTES: usize = 1 << 12;
const MAX_SEARCHED_BYTES: usize = 1 << 16;

/// Most clusters that are mended: each is a few dozen bytes of memory.
const MAX_GAPS: usize = 100_000;

/// What a walk over the clusters has found.
#[derive(Default)]
pub(super) struct Walk {
    /// The file without what is no part of a cluster, if there is such.
    pub(super) mended: Option<Section>,
    /// Bytes of that.
    pub(super) lost: u64,
    /// The last element goes on behind the end of the file.
    pub(super) is_cut: bool,
}

/// Walks over the segment.
pub(super) fn walk(section: &Section) -> Walk {
    let mut found = Walk::default();
    let Some(segment) = segment(&mut section.from(0)) else {
        return found;
    };
    let mut walker = Walker {
        file: BufReader::with_capacity(MAX_SEARCHED_BYTES, section.from(0)),
        at: 0,
        len: section.len(),
    };
    let mut spliced = Spliced::new(section);
    // Up to where all is in `spliced`.
    let mut done = 0;
    let mut gaps = 0;
    let mut at = segment.start;
    while at < segment.end && gaps < MAX_GAPS {
        let cluster = walker.element(at).filter(|e| e.id == CLUSTER);
        let broken = match walker.step(at, segment.end, &mut found.is_cut) {
            Step::To(next) => {
                at = next;
                continue;
            }
            Step::End => break,
            Step::Broken(broken) => broken,
        };
        let Some(next) = walker.next_cluster(broken + 1, segment.end) else {
            found.is_cut |= segment.end.saturating_sub(broken) > MAX_UNREAD_BYTES;
            break;
        };
        if let Some(cluster) = cluster.filter(|cluster| cluster.is_sized) {
            // Its size is made that of what is left of it.
            spliced.keep(done, cluster.at + cluster.id_bytes);
            let size = broken - cluster.start;
            let width = (cluster.start - cluster.at - cluster.id_bytes) as usize;
            let marked = size | 1 << (7 * width);
            spliced.put(&marked.to_be_bytes()[8 - width..]);
            done = cluster.start;
        }
        spliced.keep(done, broken);
        found.lost += next - broken;
        (done, at) = (next, next);
        gaps += 1;
    }
    if gaps > 0 {
        spliced.keep(done, section.len());
        found.mended = Section::new(spliced).ok();
    }
    found
}

struct Walker {
    file: BufReader<Section>,
    at: u64,
    len: u64,
}

/// An element, by its head.
struct Element {
    at: u64,
    id: u64,
    id_bytes: u64,
    /// Of what it holds.
    start: u64,
    /// Where that ends; where the file does, if it does not say.
    end: u64,
    is_sized: bool,
}

/// Where the walk goes from an element.
enum Step {
    To(u64),
    /// Nothing of this file follows.
    End,
    /// From here on it is none.
    Broken(u64),
}

impl Walker {
    /// Past one element of the segment, with all that is in it.
    fn step(&mut self, at: u64, end: u64, is_cut: &mut bool) -> Step {
        let Some(element) = self.element(at) else {
            // The end may lie inside a head.
            *is_cut |= end - at < HEAD_BYTES as u64;
            return Step::Broken(at);
        };
        if element.id == EBML {
            return Step::End;
        }
        if !self.is_one_of(&OF_SEGMENT, &element, end) {
            return Step::Broken(at);
        }
        if element.id != CLUSTER {
            *is_cut |= element.end > self.len;
            return Step::To(element.end);
        }
        let mut inside = element.start;
        loop {
            let is_over = inside >= element.end.min(self.len);
            if is_over {
                *is_cut |= element.is_sized && element.end > self.len;
                return Step::To(element.end);
            }
            let Some(child) = self.element(inside) else {
                *is_cut |= self.len - inside < HEAD_BYTES as u64;
                return Step::Broken(inside);
            };
            let is_next = OF_SEGMENT.contains(&child.id);
            if is_next && !element.is_sized {
                return Step::To(inside);
            }
            let fits = child.end <= element.end || child.end > self.len;
            if is_next || !fits || !self.is_one_of(&OF_CLUSTER, &child, element.end) {
                return Step::Broken(inside);
            }
            *is_cut |= child.end > self.len;
            inside = child.end;
        }
    }

    /// Whether it is one of these, or at least has one of them, or the end, behind it.
    fn is_one_of(&mut self, known: &[u64], element: &Element, end: u64) -> bool {
        let is_known = |id| known.contains(&id) || OF_ANY.contains(&id);
        is_known(element.id)
            || element.end == end
            || element.is_sized
                && element.end < end
                && self
                    .element(element.end)
                    .is_some_and(|next| is_known(next.id))
    }

    fn element(&mut self, at: u64) -> Option<Element> {
        let head = self.read_at(at)?;
        let length = |byte: u8, most: u32| {
            let zeros = byte.leading_zeros();
            (zeros < most).then_some(zeros as usize + 1)
        };
        let id_bytes = length(*head.first()?, 4)?;
        let id = number(head.get(..id_bytes)?);
        let width = length(*head.get(id_bytes)?, 8)?;
        let marked = number(head.get(id_bytes..id_bytes + width)?);
        let size = marked & !(1 << (7 * width));
        let is_sized = size != (1 << (7 * width)) - 1;
        let start = at + (id_bytes + width) as u64;
        Some(Element {
            at,
            id,
            id_bytes: id_bytes as u64,
            start,
            end: if is_sized {
                start.saturating_add(size)
            } else {
                self.len
            },
            is_sized,
        })
    }

    /// Up to the head of an element at `at`.
    fn read_at(&mut self, at: u64) -> Option<Vec<u8>> {
        self.go_to(at)?;
        let mut head = Vec::with_capacity(HEAD_BYTES);
        let mut file = (&mut self.file).take(HEAD_BYTES as u64);
        let n = file.read_to_end(&mut head).ok()?;
        self.at += n as u64;
        Some(head)
    }

    /// Small steps stay in the buffer.
    fn go_to(&mut self, at: u64) -> Option<()> {
        let step = i64::try_from(at).ok()? - i64::try_from(self.at).ok()?;
        self.file.seek_relative(step).ok()?;
        self.at = at;
        Some(())
    }

    /// Where the next cluster starts, from `from` on: its name, and an element of a cluster in it.
    fn next_cluster(&mut self, from: u64, end: u64) -> Option<u64> {
        let name = (CLUSTER as u32).to_be_bytes();
        let (mut at, mut searched) = (from, SEARCHED_BYTES);
        while at < end {
            self.go_to(at)?;
            let mut window = Vec::new();
            let mut file = (&mut self.file).take(searched as u64);
            let n = file.read_to_end(&mut window).ok()?;
            self.at += n as u64;
            let places = window.windows(name.len()).enumerate();
            let places: Vec<u64> = places
                .filter(|(_, bytes)| *bytes == name)
                .map(|(i, _)| at + i as u64)
                .collect();
            for place in places {
                let first = self.element(place).and_then(|c| self.element(c.start));
                if first.is_some_and(|e| OF_CLUSTER.contains(&e.id) || OF_ANY.contains(&e.id)) {
                    return Some(place);
                }
            }
            if n < searched {
                return None;
            }
            at += (searched - name.len() + 1) as u64;
            searched = (4 * searched).min(MAX_SEARCHED_BYTES);
        }
        None
    }
}
