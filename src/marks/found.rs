//! The finds of a walk so far, and where it has looked.

use super::bytes::{Bytes, Stop};
use super::declared::{Declared, Looked, state_of};
use super::limits::MAX_MARKS;
use super::mark::{Mark, Place, Scheme};
use super::tag::{Kind, Tag};
use super::{aigc, c2pa, tag, text, xmp};

/// Filled by the walk of a container.
#[derive(Default)]
pub(super) struct Found {
    marks: Vec<Mark>,
    places: Vec<&'static str>,
    stop: Option<Stop>,
    unseen: Option<String>,
}

impl Found {
    /// This kind of place is looked at.
    pub(super) fn look(&mut self, place: &'static str) {
        if !self.places.contains(&place) {
            self.places.push(place);
        }
    }

    /// Something hides a part of the file; the walk goes on. The first one is told.
    pub(super) fn hidden(&mut self, stop: Stop) {
        match &self.stop {
            Some(first) if first.hides || !stop.hides => {}
            _ => self.stop = Some(stop),
        }
    }

    /// A part of the file was not looked at, without a sign that something lies there.
    pub(super) fn unseen(&mut self, reason: impl Into<String>) {
        self.unseen.get_or_insert(reason.into());
    }

    fn push(&mut self, mark: Mark) {
        if self.marks.len() < MAX_MARKS {
            self.marks.push(mark);
        } else {
            self.hidden(Stop::hides(format!("more than {MAX_MARKS} marks")));
        }
    }

    /// A tag whose kind asks for its value; `value` holds no more than the kind's limit.
    pub(super) fn tag(&mut self, kind: Kind, place: Place, tag: &Tag<'_>) {
        let mark = match kind {
            Kind::Label => Some(aigc::read(place, tag)),
            _ => tag::read(kind, place, tag),
        };
        mark.into_iter().for_each(|mark| self.push(mark));
    }

    /// A tag whose value is larger than its kind's limit.
    pub(super) fn too_large(&mut self, kind: Kind, place: Place) {
        let limit = kind.max_bytes();
        let problem = format!("{} bytes, more than the limit of {limit}", place.bytes);
        match kind {
            Kind::Label => self.push(Mark::unread(Scheme::Aigc, place, problem)),
            _ => self.unseen(format!("{}: {problem}", place.name)),
        }
    }

    /// A label or manifest that cannot be read where it lies.
    pub(super) fn unreadable(&mut self, scheme: Scheme, place: Place, problem: String) {
        self.push(Mark::unread(scheme, place, problem));
    }

    /// A manifest store; `element` is the chunk, frame or box that holds it.
    pub(super) fn manifest(
        &mut self,
        bytes: &mut Bytes<'_>,
        place: Place,
        element: std::ops::Range<u64>,
        store: &[u8],
    ) {
        let mut mark = c2pa::read(bytes, place, element, store);
        if self.marks.iter().any(|mark| mark.scheme == Scheme::C2pa) {
            // C2PA 2.2, 11.1.2: a file holds one store.
            mark.says = None;
            mark.problem = Some("a second manifest store; a file may hold one".into());
        }
        self.push(mark);
    }

    /// An XMP packet.
    pub(super) fn xmp(&mut self, place: &Place, packet: &[u8]) {
        self.look("xmp");
        match xmp::read(place, packet) {
            Ok(marks) => marks.into_iter().for_each(|mark| self.push(mark)),
            Err(problem) => {
                self.hidden(Stop::hides(format!("{}: {problem}", place.name)));
            }
        }
    }

    pub(super) fn finish(mut self) -> Declared {
        note_duplicates(&mut self.marks);
        self.marks.sort_by_key(|mark| mark.place.offset);
        let hides = self.stop.as_ref().is_some_and(|stop| stop.hides);
        let problem = self.stop.map(|stop| stop.reason).or(self.unseen);
        Declared {
            state: state_of(&self.marks, hides),
            looked: Looked {
                places: self.places.into_iter().map(str::to_owned).collect(),
                whole_file: problem.is_none(),
                problem: problem.as_deref().map(text::shown),
            },
            marks: self.marks,
        }
    }
}

/// The standard knows one label a file.
fn note_duplicates(marks: &mut [Mark]) {
    let labels = |mark: &&mut Mark| mark.scheme == Scheme::Aigc;
    let count = marks.iter_mut().filter(labels).count();
    if count > 1 {
        for mark in marks.iter_mut().filter(labels) {
            mark.deviation(format!("one of {count} labels; a file has one"));
        }
    }
}
