//! Containers that symphonia reads, and their audio tracks.

mod aiff;
mod clock;
mod clusters;
mod describe;
mod edits;
mod extent;
mod granules;
mod infos;
mod matroska;
mod mp4;
mod names;
mod ogg;
mod pieces;
mod probe;
mod survey;
mod track;

use std::io::ErrorKind;

use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::FormatReader;
use symphonia::core::formats::Track as LibraryTrack;

pub(super) use self::describe::ENCRYPTED;
use self::describe::TrackInfo;
use self::survey::Survey;
use self::track::{Timing, Track, audio_params};
use super::adapt::Format;
use super::decoder::{BlockDecoder, StreamFormat, guarded};
use super::kind::{self, HEAD_BYTES, Kind};
use super::limits::{MAX_BAD_PACKETS, MAX_BLOCK_FRAMES, MAX_WAITING_SAMPLES, check_format};
use super::source::{ByteReader, Section, Source};
use super::unread::{Unread, UnreadList};
use super::unsupported;
use crate::{Error, Result};

/// A recording read by symphonia.
pub(crate) struct Container {
    format: Box<dyn FormatReader>,
    tracks: Vec<Track>,
    /// Tracks of sound that are not decoded: id, name, and why.
    undecoded: Vec<(u32, String, String)>,
    /// The same of those whose packets symphonia does not hand out.
    unknown: Vec<(u32, String, String)>,
    stream: StreamFormat,
    /// The container has no end of its own (a live stream): the last byte ends it.
    endless: bool,
    unread: UnreadList,
    damaged: bool,
    /// The container has no more packets.
    drained: bool,
    /// The file from the end of the container on.
    rest: Option<Section>,
}

impl Container {
    /// Opens what `kind` says starts here; `wanted` are the tracks to read, all if there are none.
    pub(crate) fn open(
        mut reader: ByteReader,
        kind: Kind,
        extension: Option<&str>,
        wanted: &[String],
    ) -> Result<Self> {
        let head = reader.peek(HEAD_BYTES).to_vec();
        let endless = kind::is_endless_matroska(&head);
        let discrete = if kind == Kind::Ogg {
            ogg::discrete(&head)
        } else {
            None
        };
        let (source, discrete) = match discrete {
            Some((page, id, header)) => (reader.into_source_with(&page), Some((id, header))),
            None => (reader.into_source(), None),
        };
        let described = |infos: &mut Vec<TrackInfo>| {
            if kind == Kind::Ogg {
                *infos = ogg::tracks(&head);
            }
            if let Some((id, header)) = &discrete {
                let of_it = infos.iter_mut().filter(|info| info.id == *id);
                of_it.for_each(|info| info.header = Some(header.clone()));
            }
        };
        let section = match source {
            Source::Seekable(section) => section,
            source => {
                let mut reader = ByteReader::new(source);
                let mut infos = infos::tracks(kind, &mut reader, None);
                described(&mut infos);
                let source = reader.into_source();
                return guarded("probing", || {
                    Self::start(source, kind, extension, infos, wanted, endless)
                })?;
            }
        };
        let mut survey = Survey::of(kind, &section);
        let start = |source| {
            let mut infos = survey.tracks();
            described(&mut infos);
            for stream in survey.streams.iter().filter(|stream| stream.runs_ahead()) {
                let of_it = infos.iter_mut().filter(|info| info.id == stream.serial);
                of_it.for_each(|info| info.runs_ahead = true);
            }
            guarded("probing", || {
                Self::start(source, kind, extension, infos, wanted, endless)
            })
        };
        let mut this = match start(Source::Seekable(survey.section.clone()))? {
            Ok(this) => this,
            Err(e) => {
                if let Some(error) = unsupported::in_mp4(&mut survey.section.from(0), &head) {
                    return Err(error);
                }
                let mut sources = survey.again().into_iter();
                let again = sources.find_map(|source| start(source).ok()?.ok());
                again.ok_or(e)?
            }
        };
        this.rest = survey.rest.take();
        this.damaged |= survey.is_damaged;
        this.unread.extend(survey.unread.list());
        for (id, name, reason) in &this.unknown {
            let of_it = survey.streams.iter().find(|stream| stream.serial == *id);
            let bytes = of_it.map_or(0, |stream| stream.bytes);
            this.unread.add(name.clone(), bytes, reason.clone());
        }
        Ok(this)
    }

    fn start(
        source: Source,
        kind: Kind,
        extension: Option<&str>,
        mut infos: Vec<TrackInfo>,
        wanted: &[String],
        endless: bool,
    ) -> Result<Self> {
        let format = probe::container(source, extension)?;
        let timing = match kind {
            Kind::Mp4 => Timing::Mp4,
            Kind::Matroska => Timing::Matroska,
            Kind::Ogg => Timing::Ogg,
            _ => Timing::Others,
        };
        let is_audio = |track: &LibraryTrack, infos: &[TrackInfo]| {
            let info = infos.iter().find(|info| info.id == track.id);
            info.map_or(audio_params(track).is_some(), |info| info.is_audio)
        };
        let audio = format
            .tracks()
            .iter()
            .filter(|track| is_audio(track, &infos));
        let mut audio: Vec<LibraryTrack> = audio.cloned().collect();
        if timing == Timing::Ogg {
            // symphonia has them in the order of their serial numbers, which are drawn by chance.
            audio.sort_by_key(|track| infos.iter().position(|info| info.id == track.id));
        }
        let (mut tracks, mut undecoded, mut first_error) = (Vec::new(), Vec::new(), None);
        let described = audio.iter().enumerate().map(|(i, track)| {
            let info = infos.iter().position(|info| info.id == track.id);
            (i + 1, track, info.map(|i| std::mem::take(&mut infos[i])))
        });
        let described: Vec<_> = described.collect();
        let picked = names::pick(&described, wanted)?;
        for (number, track, info) in described {
            if !picked.contains(&number) {
                continue;
            }
            let name = names::label(number, info.as_ref());
            match Track::new(track, info, number, timing) {
                Ok(track) => tracks.push(track),
                Err(e) => {
                    undecoded.push((track.id, name, e.to_string()));
                    first_error.get_or_insert(e);
                }
            }
        }
        // Of a codec that symphonia has never heard of.
        let known = |info: &TrackInfo| format.tracks().iter().any(|track| track.id == info.id);
        let mut unknown = Vec::new();
        for info in infos
            .iter_mut()
            .filter(|info| info.is_audio && !known(info))
        {
            let number = audio.len() + unknown.len() + 1;
            if let (Some(Err(e)), Timing::Ogg, true) =
                (info.layout.take(), timing, wanted.is_empty())
            {
                unknown.push((info.id, names::label(number, None), e.to_string()));
                first_error.get_or_insert(e);
            }
        }
        if tracks.is_empty() {
            return Err(first_error.unwrap_or_else(|| Error::UnsupportedFormat {
                reason: "it holds no audio track of a known codec".into(),
            }));
        }
        let several = audio.len() > 1;
        let mut this = Self {
            stream: StreamFormat {
                container: probe::name(format.as_ref()).into(),
                ..StreamFormat::default()
            },
            format,
            tracks,
            undecoded,
            unknown,
            endless,
            unread: UnreadList::default(),
            damaged: false,
            drained: false,
            rest: None,
        };
        // How many bytes those have, only a file tells.
        for (_, name, reason) in &this.unknown {
            this.unread.add(name.clone(), 0, reason.clone());
        }
        this.read_first(several)?;
        Ok(this)
    }

    /// Decodes until the format of every track is known. What is decoded counts, not what the
    /// container says: the two disagree for AAC with spectral band replication, and some
    /// containers say nothing.
    fn read_first(&mut self, several: bool) -> Result<()> {
        while self.tracks.iter().any(|track| track.format.is_none())
            && self.waiting_samples() < MAX_WAITING_SAMPLES / 4
            && self.advance()
        {}
        let format = |track: &Track| track.format.unwrap_or(track.promised());
        let formats: Vec<Format> = self.tracks.iter().map(format).collect();
        let rate = formats.iter().map(|format| format.0).max().unwrap_or(0);
        let channels: Vec<usize> = formats.iter().map(|format| format.1.max(1)).collect();
        if self.tracks.iter().all(|track| track.format.is_none()) && (rate == 0 || self.damaged()) {
            let promised: usize = formats.iter().map(|format| format.1).sum();
            check_format(rate, promised)?;
            return Err(Error::Malformed {
                reason: "no packet of it could be decoded".into(),
            });
        }
        check_format(rate, channels.iter().sum())?;
        for (track, &channels) in self.tracks.iter_mut().zip(&channels) {
            track.set_out((rate, channels));
        }
        self.stream.sample_rate_hz = rate;
        self.stream.channels = channels.iter().sum();
        let mut codecs: Vec<&str> = self
            .tracks
            .iter()
            .map(|track| track.codec.as_str())
            .collect();
        codecs.dedup();
        self.stream.codec = codecs.join("+");
        let declared = self
            .tracks
            .iter()
            .zip(&formats)
            .filter_map(|(track, format)| {
                let frames = u128::from(track.declared_frames?) * u128::from(rate);
                u64::try_from(frames / u128::from(format.0.max(1))).ok()
            });
        self.stream.declared_frames = declared.max();
        let mut undecoded = self.undecoded.iter().chain(&self.unknown);
        let may_be_decoded = |reason: &str| !reason.contains(ENCRYPTED);
        self.stream.facts.has_undecoded = undecoded.any(|(.., reason)| may_be_decoded(reason));
        if several {
            self.stream.channel_names = names::channels(&self.tracks, &channels);
        }
        Ok(())
    }

    fn waiting_samples(&self) -> usize {
        self.tracks
            .iter()
            .map(|track| track.waiting.samples())
            .sum()
    }

    /// Decodes the next packet of any track; `false` at the end.
    fn advance(&mut self) -> bool {
        if self.drained {
            return false;
        }
        for _ in 0..MAX_BAD_PACKETS {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => {
                    let more = self.drain();
                    self.damaged |= self.tracks.iter().any(Track::is_short);
                    return more;
                }
                Err(SymphoniaError::ResetRequired) if self.restart().is_ok() => continue,
                // A tag behind the last frame.
                Err(_) if self.is_complete() => return self.drain(),
                Err(SymphoniaError::DecodeError(_)) => {
                    self.damaged = true;
                    continue;
                }
                Err(SymphoniaError::IoError(e))
                    if self.endless && e.kind() == ErrorKind::UnexpectedEof =>
                {
                    return self.drain();
                }
                Err(_) => {
                    self.damaged = true;
                    return self.drain();
                }
            };
            let unread = &mut self.unread;
            if let Some(track) = self
                .tracks
                .iter_mut()
                .find(|track| track.id == packet.track_id)
            {
                if track.take(packet, unread) {
                    return true;
                }
            } else if let Some((_, name, reason)) = self
                .undecoded
                .iter()
                .find(|(id, ..)| *id == packet.track_id)
            {
                unread.add(name.clone(), packet.data.len() as u64, reason.clone());
                return true;
            } else {
                // Pictures and text: no bad packets, however many.
                return true;
            }
        }
        self.damaged = true;
        self.drain()
    }

    /// Whether the only track has all the samples that its header counts. Of MP4 and Ogg, more may
    /// follow.
    fn is_complete(&self) -> bool {
        matches!(&self.tracks[..], [track] if track.is_complete())
    }

    fn drain(&mut self) -> bool {
        self.drained = true;
        for track in &mut self.tracks {
            track.finish(&mut self.unread);
        }
        false
    }

    /// A chained Ogg stream starts anew; its tracks go on in their order.
    fn restart(&mut self) -> Result<()> {
        let audio = self
            .format
            .tracks()
            .iter()
            .filter(|track| audio_params(track).is_some());
        let mut audio = audio.cloned();
        for track in &mut self.tracks {
            let next = audio.next().ok_or_else(|| Error::Malformed {
                reason: "a part of the chain has fewer tracks".into(),
            })?;
            track.go_on(&next, &mut self.unread)?;
        }
        let more = audio.map(|track| {
            let reason = "the first part has fewer tracks".to_owned();
            (track.id, format!("track {}", track.id), reason)
        });
        self.undecoded.extend(more);
        Ok(())
    }

    /// Frames that can be handed out now.
    fn ready(&self) -> u64 {
        let waiting = self.tracks.iter().map(|track| track.waiting.frames());
        let all_wait = !self.drained && self.waiting_samples() <= MAX_WAITING_SAMPLES;
        let ready = if all_wait {
            waiting.min()
        } else {
            waiting.max()
        };
        ready.unwrap_or(0).min(MAX_BLOCK_FRAMES as u64)
    }
}

impl BlockDecoder for Container {
    fn format(&self) -> &StreamFormat {
        &self.stream
    }

    fn next_packet(&mut self, planes: &mut [Vec<f32>]) -> Result<bool> {
        while self.ready() == 0 {
            if self.drained {
                return Ok(false);
            }
            // A decoder that panicked is in no state to go on, but what it gave before is good.
            let more = guarded("decoding", || self.advance());
            if more.is_err() {
                self.damaged = true;
                self.drained = true;
            }
        }
        let n = self.ready();
        let mut first = 0;
        for track in &mut self.tracks {
            let channels = track.out.map_or(1, |out| out.1);
            let late = n - n.min(track.waiting.frames());
            track.waiting.take(n, &mut planes[first..first + channels]);
            if !self.drained {
                track.late += late;
            }
            first += channels;
        }
        Ok(true)
    }

    fn damaged(&self) -> bool {
        self.damaged || self.tracks.iter().any(|track| track.damaged)
    }

    fn unread(&self) -> Vec<Unread> {
        self.unread.list()
    }

    fn rest(&mut self) -> Option<Source> {
        self.rest.take().map(Source::Seekable)
    }
}
