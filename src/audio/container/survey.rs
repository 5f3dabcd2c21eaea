//! What is found out about a file before symphonia reads it: where it ends, and what symphonia
//! would stumble over.

use super::describe::TrackInfo;
use super::{aiff, clusters, extent, infos, mp4, ogg};
use crate::audio::caf;
use crate::audio::kind::Kind;
use crate::audio::limits::MAX_UNREAD_BYTES;
use crate::audio::source::{ByteReader, Section, Source};
use crate::audio::unread::UnreadList;

/// A container in a file.
pub(super) struct Survey {
    kind: Kind,
    /// As symphonia is to read it.
    pub(super) section: Section,
    /// The same where symphonia may refuse it so.
    others: Vec<Section>,
    /// From its end on.
    pub(super) rest: Option<Section>,
    /// Something of it is missing or broken.
    pub(super) is_damaged: bool,
    /// What of it symphonia does not get to see, or passes over.
    pub(super) unread: UnreadList,
    /// Those of Ogg.
    pub(super) streams: Vec<ogg::Stream>,
}

impl Survey {
    pub(super) fn of(kind: Kind, section: &Section) -> Self {
        let pages = match kind {
            Kind::Ogg => ogg::walk(section),
            _ => ogg::Walk::default(),
        };
        let end = pages.end.or_else(|| extent::of(kind, section));
        let mut this = Self {
            kind,
            section: end.map_or(section.clone(), |end| section.first(end)),
            others: Vec::new(),
            rest: end.map(|end| section.from(end)),
            is_damaged: false,
            unread: UnreadList::default(),
            streams: pages.streams,
        };
        if pages.broken > 0 {
            let reason = "their checksums are wrong";
            this.unread.add("pages of Ogg", pages.broken, reason);
        }
        this.lost(
            "between the pages",
            pages.lost,
            "no page of Ogg starts there",
        );
        // Of a page before the sound, the comments may be all that is broken.
        let mended = pages.first_broken;
        this.others
            .extend(mended.map(|(at, sum)| this.section.patched(at, &sum)));
        this.fit();
        this
    }

    /// Puts right what symphonia would not understand.
    fn fit(&mut self) {
        let section = &self.section;
        let fitted = match self.kind {
            Kind::Caf => Some((caf::with_size(section.clone()), false)),
            Kind::Aiff => aiff::with_sizes(section),
            Kind::Mp4 => mp4::fitted(section).map(|fitted| (fitted, true)),
            Kind::Matroska => {
                let found = clusters::walk(section);
                self.is_damaged = found.lost > 0 || found.is_cut;
                if found.mended.is_some() {
                    self.others.push(section.clone());
                }
                let reason = "no element of Matroska starts there";
                self.lost("between the clusters", found.lost, reason);
                found.mended.map(|mended| (mended, true))
            }
            _ => None,
        };
        if let Some((section, is_cut)) = fitted {
            self.section = section;
            self.is_damaged |= is_cut;
        }
    }

    fn lost(&mut self, place: &str, bytes: u64, reason: &str) {
        if bytes > MAX_UNREAD_BYTES {
            self.unread.add(place, bytes, reason);
        }
    }

    /// What the container says of its tracks.
    pub(super) fn tracks(&self) -> Vec<TrackInfo> {
        let mut reader = ByteReader::new(Source::Seekable(self.section.clone()));
        infos::tracks(self.kind, &mut reader, Some(&self.section))
    }

    /// Further ways to read it. symphonia refuses some files that are shorter than they say, but
    /// reads them as streams.
    pub(super) fn again(&self) -> Vec<Source> {
        let mut all = vec![Source::Stream(Box::new(self.section.from(0)))];
        all.extend(self.others.iter().cloned().map(Source::Seekable));
        all
    }
}
