//! One audio track: packets in, samples at their place in time out.

use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::formats::Track as LibraryTrack;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase};

use super::clock::{Clock, Gap};
use super::describe::{ENCRYPTED, TrackInfo};
use super::edits::Edits;
use super::granules::Granules;
use super::pieces::{Piece, Pieces};
use crate::audio::adapt::{Adapter, Format};
use crate::audio::codec::{self, Decoder, PacketDecoder};
use crate::audio::unread::UnreadList;
use crate::{Error, Result};

/// Frames of a packet of PCM at most.
const MAX_PACKET_FRAMES: usize = 65_536;

/// Bytes of packets that are put together.
const GATHERED_BYTES: usize = 4_096;

/// How the container's clock is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timing {
    /// Time 0 is the start: a track that starts later is silent before.
    Mp4,
    /// The same, and writers leave out what is silent.
    Matroska,
    /// The first packet is the start, and positions at the end of pages tell padding.
    Ogg,
    /// The first packet is the start.
    Others,
}

impl Timing {
    fn is_absolute(self) -> bool {
        matches!(self, Self::Mp4 | Self::Matroska)
    }
}

pub(super) struct Track {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) codec: String,
    pub(super) title: Option<String>,
    pub(super) language: Option<String>,
    pub(super) declared_frames: Option<u64>,
    decoder: Box<dyn PacketDecoder>,
    clock: Clock,
    timing: Timing,
    time_base: Option<TimeBase>,
    /// Rate and channels of the first packet.
    pub(super) format: Option<Format>,
    /// Rate and channels of what is handed out.
    pub(super) out: Option<Format>,
    adapter: Adapter,
    edits: Edits,
    /// Bytes that the container has taken off the start of every packet.
    stripped: Vec<u8>,
    granules: Granules,
    /// Frame of the track at which the next packet starts.
    at: Option<i64>,
    pub(super) waiting: Pieces,
    /// Frames for which silence was handed out, since the others could not wait.
    pub(super) late: u64,
    pub(super) frames: u64,
    /// Where an Ogg stream starts that was joined while it ran, ticks: its end counts from 0.
    joined_at: u64,
    pub(super) damaged: bool,
    block: Vec<Vec<f32>>,
    /// Packets that wait to be decoded together: the first, and the data of all.
    gathered: Option<(Packet, Vec<u8>)>,
}

/// The decoder of a track, and its codec's name.
pub(super) fn decoder(
    params: Option<&AudioCodecParameters>,
    info: Option<&mut TrackInfo>,
) -> Result<(Box<dyn PacketDecoder>, String)> {
    if let Some(how) = info.as_ref().and_then(|info| info.changed_by) {
        let codec = params.map_or_else(|| "unknown".into(), |params| codec::name(params.codec));
        let codec = format!("{codec} {how}");
        return Err(if how == ENCRYPTED {
            let advice = "who encrypted it has the key; decrypt it first".into();
            Error::UnsupportedCodec { codec, advice }
        } else {
            codec::unsupported(codec)
        });
    }
    // The blocks of ADPCM are the container's to tell, which symphonia does not hand on.
    if let Some(Ok(layout)) = info.as_ref().and_then(|info| info.layout.as_ref())
        && matches!(layout.codec.decoder, Decoder::Adpcm(..))
    {
        let name = layout.codec.name.into();
        return Ok((Box::new(layout.packets(MAX_PACKET_FRAMES)?), name));
    }
    if let Some(params) = params.filter(|params| codec::is_known(params.codec)) {
        let mut params = params.clone();
        if let Some(really) = info.as_ref().and_then(|info| info.really) {
            params.for_codec(really);
        }
        if let Some(header) = info.as_ref().and_then(|info| info.header.clone()) {
            params.with_extra_data(header);
        }
        return Ok((codec::for_track(&params)?, codec::name(params.codec)));
    }
    let layout = info.and_then(|info| info.layout.take());
    let layout = layout.unwrap_or_else(|| Err(codec::unsupported("unknown")))?;
    Ok((
        layout.decoder(layout.blocks(MAX_PACKET_FRAMES))?,
        layout.codec.name.into(),
    ))
}

impl Track {
    pub(super) fn new(
        track: &LibraryTrack,
        mut info: Option<TrackInfo>,
        number: usize,
        timing: Timing,
    ) -> Result<Self> {
        let (decoder, codec) = decoder(audio_params(track), info.as_mut())?;
        let info = info.unwrap_or_default();
        Ok(Self {
            id: track.id,
            name: format!("track {number}"),
            codec,
            title: info.title,
            language: info.language,
            declared_frames: track.num_frames,
            decoder,
            clock: Clock::new(track.time_base, timing.is_absolute()),
            timing,
            time_base: track.time_base,
            format: None,
            out: None,
            adapter: Adapter::new((0, 0)),
            damaged: info.edits.missed,
            edits: info.edits,
            stripped: info.stripped,
            granules: Granules::new(info.runs_ahead),
            at: None,
            waiting: Pieces::default(),
            late: 0,
            frames: 0,
            joined_at: 0,
            block: Vec::new(),
            gathered: None,
        })
    }

    /// Goes on with the same track of the next link of an Ogg chain.
    pub(super) fn go_on(&mut self, track: &LibraryTrack, unread: &mut UnreadList) -> Result<()> {
        self.finish(unread);
        let (decoder, _) = decoder(audio_params(track), None)?;
        self.decoder = decoder;
        self.clock = Clock::new(track.time_base, false);
        self.time_base = track.time_base;
        self.granules = Granules::default();
        self.id = track.id;
        self.at = None;
        // The header counts the first link of the chain only.
        self.declared_frames = None;
        Ok(())
    }

    /// Rate and channels by the header; 0 where it does not say.
    pub(super) fn promised(&self) -> Format {
        self.decoder.format()
    }

    /// From here on it hands out this rate.
    pub(super) fn set_out(&mut self, out: Format) {
        self.out = Some(out);
        self.adapter = Adapter::new(out);
        // What was decoded before waits in the format of the track.
        if let Some(format) = self.format.filter(|format| format.0 != out.0) {
            let mut waiting = std::mem::take(&mut self.waiting);
            while waiting.frames() > 0 {
                let n = waiting.frames().min(MAX_PACKET_FRAMES as u64);
                let mut planes = vec![Vec::new(); format.1];
                waiting.take(n, &mut planes);
                self.wait(Piece::Samples(planes), format);
            }
        }
    }

    /// Takes a packet; `false` if it could not be decoded. MP4 has a packet for each sample of PCM:
    /// those are put together first.
    pub(super) fn take(&mut self, packet: Packet, unread: &mut UnreadList) -> bool {
        if self.timing != Timing::Mp4 || !self.codec.starts_with("pcm_") {
            return self.decode(packet, unread);
        }
        if let Some((first, data)) = &mut self.gathered
            && data.len() < GATHERED_BYTES
            && first.pts.checked_add(first.dur) == Some(packet.pts)
        {
            data.extend_from_slice(&packet.data);
            first.dur = first.dur.saturating_add(packet.dur);
            return true;
        }
        let decoded = self.decode_gathered(unread);
        let data = packet.data.to_vec();
        self.gathered = Some((packet, data));
        decoded
    }

    fn decode_gathered(&mut self, unread: &mut UnreadList) -> bool {
        let Some((mut packet, data)) = self.gathered.take() else {
            return true;
        };
        packet.data = data.into_boxed_slice();
        self.decode(packet, unread)
    }

    /// Decodes a packet; `false` if it could not be.
    fn decode(&mut self, mut packet: Packet, unread: &mut UnreadList) -> bool {
        let padding = packet.trim_end.get() as usize;
        if self.timing == Timing::Ogg {
            packet.trim_end = Duration::new(0);
        }
        if !self.stripped.is_empty() {
            packet.data = [&self.stripped, &*packet.data].concat().into_boxed_slice();
        }
        let mut block = std::mem::take(&mut self.block);
        let decoded = self.decoder.decode(&packet, &mut block);
        if decoded.is_ok() {
            self.place(&packet, &mut block, padding, unread);
        } else {
            // FLAC's reader takes a tag behind the last frame for one more.
            self.damaged |= !self.is_complete();
        }
        self.block = block;
        decoded.is_ok()
    }

    fn place(
        &mut self,
        packet: &Packet,
        block: &mut Vec<Vec<f32>>,
        padding: usize,
        unread: &mut UnreadList,
    ) {
        let format = self.decoder.format();
        let first = *self.format.get_or_insert(format);
        if self.out.is_none() {
            self.out = Some(first);
            self.adapter = Adapter::new(first);
        }
        if !self.adapter.takes(format) {
            let reason = format!("{} channels, where it starts with {}", format.1, first.1);
            unread.add(
                format!("part of {}", self.name),
                packet.data.len() as u64,
                reason,
            );
            return;
        }
        let n = block.first().map_or(0, Vec::len);
        self.frames += n as u64;
        let starts = self.at.is_none();
        if starts && self.timing == Timing::Ogg {
            self.joined_at = u64::try_from(packet.pts.get()).unwrap_or(0);
        }
        let gap = self.clock.advance(packet, n, format.0);
        let at = *self.at.get_or_insert_with(|| {
            let tick = self
                .time_base
                .map_or(0.0, |t| f64::from(t.numer.get()) / f64::from(t.denom.get()));
            let rate = f64::from(format.0);
            let start = packet.pts.get() as f64 * tick * rate;
            // What the decoder left out at the start had its time too.
            let left_out = (packet.dur.get() as f64 * tick * rate - n as f64).max(0.0);
            if self.timing.is_absolute() {
                (start + left_out).round() as i64
            } else {
                0
            }
        });
        let silence = match gap {
            Gap::Missing(n) if !self.granules.distrusted() => {
                self.damaged |= !starts && self.timing != Timing::Matroska;
                n
            }
            Gap::Absurd => {
                self.damaged |= !starts;
                0
            }
            _ => 0,
        };
        if self.timing == Timing::Ogg {
            self.granules.pass(block, padding, format.0);
        }
        let before = if starts && silence > 0 {
            at - silence as i64
        } else {
            at
        };
        self.show(Piece::Silence(silence), before, format);
        let at = before + silence as i64;
        let samples = Piece::Samples(std::mem::take(block));
        self.at = Some(at + n as i64);
        let left_over = self.late;
        let waiting = self.waiting.frames();
        self.show(samples, at, format);
        if left_over > 0 && self.waiting.frames() == waiting && n > 0 {
            let reason = "it comes too long after the other tracks";
            unread.add(
                format!("part of {}", self.name),
                packet.data.len() as u64,
                reason,
            );
        }
    }

    /// Lets a piece wait, as far as the edit list shows it.
    fn show(&mut self, piece: Piece, at: i64, format: Format) {
        let mut edits = std::mem::take(&mut self.edits);
        edits.apply(piece, at, format.0, |piece| self.wait(piece, format));
        self.edits = edits;
    }

    fn wait(&mut self, piece: Piece, format: Format) {
        let Some(out) = self.out else {
            return;
        };
        let mut planes = vec![Vec::new(); out.1];
        match piece {
            Piece::Silence(n) => {
                self.adapter.finish(&mut planes);
                self.queue(Piece::Samples(planes));
                let n = u128::from(n) * u128::from(out.0) / u128::from(format.0.max(1));
                self.queue(Piece::Silence(n as u64));
            }
            Piece::Samples(samples) if format == out => self.queue(Piece::Samples(samples)),
            Piece::Samples(samples) => {
                if self.adapter.push(format, &samples, &mut planes).is_err() {
                    self.damaged = true;
                }
                self.queue(Piece::Samples(planes));
            }
        }
    }

    fn queue(&mut self, piece: Piece) {
        self.waiting.push(piece);
        if self.late > 0 {
            self.late -= self.waiting.skip(self.late);
        }
    }

    /// Ends the track.
    pub(super) fn finish(&mut self, unread: &mut UnreadList) {
        self.decode_gathered(unread);
        let Some(out) = self.out else {
            return;
        };
        if let (Some(held), Some(format)) = (self.granules.finish(), self.format) {
            self.wait(Piece::Samples(held), format);
        }
        let mut planes = vec![Vec::new(); out.1];
        self.adapter.finish(&mut planes);
        self.queue(Piece::Samples(planes));
    }

    pub(super) fn is_complete(&self) -> bool {
        let all = self
            .declared_frames
            .is_some_and(|n| n > 0 && self.frames >= n);
        all && self.timing == Timing::Others
    }

    /// Less than was declared is a stream cut short. Some slack: encoders' delays and paddings are
    /// counted in by some headers and out by others, and no codec's frame is longer than this.
    pub(super) fn is_short(&self) -> bool {
        const SLACK_FRAMES: u64 = 4_608;
        let declared = self.declared_frames.filter(|_| !self.granules.distrusted());
        let least = self.frames + self.joined_at + SLACK_FRAMES;
        declared.is_some_and(|declared| least < declared)
    }
}

/// The parameters that symphonia found.
pub(super) fn audio_params(track: &LibraryTrack) -> Option<&AudioCodecParameters> {
    track.codec_params.as_ref()?.audio()
}
