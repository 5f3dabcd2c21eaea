//! Containers that symphonia reads.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::FormatReader;

use super::clock::{Clock, Gap};
use super::codec::{self, PacketDecoder};
use super::decoder::{BlockDecoder, StreamFormat, guarded};
use super::layout::Layout;
use super::limits::{MAX_BAD_PACKETS, check_format};
use super::probe;
use super::source::Source;
use crate::{Error, Result};

/// Samples of silence handed out at a time.
const SILENCE_FRAMES: u64 = 4_096;

/// A recording read by symphonia.
pub(crate) struct Container {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn PacketDecoder>,
    track_id: u32,
    stream: StreamFormat,
    clock: Clock,
    /// Samples of silence that come before `block`.
    silence: u64,
    block: Vec<Vec<f32>>,
    /// `block` holds a packet that was not handed out.
    ready: bool,
    frames: u64,
    /// The container has no end of its own (a live stream): the last byte ends it.
    endless: bool,
    /// Bytes that a container around this one promised, and the count of those that came.
    outer: Option<(u64, Arc<AtomicU64>)>,
    damaged: bool,
    ended: bool,
}

impl Container {
    /// `endless`: the container says that it does not know its length.
    pub(crate) fn open(source: Source, extension: Option<&str>, endless: bool) -> Result<Self> {
        guarded("probing", || {
            Self::open_unguarded(source, extension, endless)
        })?
    }

    fn open_unguarded(source: Source, extension: Option<&str>, endless: bool) -> Result<Self> {
        let format = probe::container(source, extension)?;
        let (track, params) = probe::track(format.as_ref())?;
        let decoder = codec::for_track(params)?;
        let mut this = Self {
            stream: StreamFormat {
                container: probe::name(format.as_ref()).into(),
                codec: codec::name(params.codec),
                sample_rate_hz: 0,
                channels: 0,
                declared_frames: track.num_frames,
            },
            clock: Clock::new(track.time_base),
            track_id: track.id,
            format,
            decoder,
            silence: 0,
            block: Vec::new(),
            ready: false,
            frames: 0,
            endless,
            outer: None,
            damaged: false,
            ended: false,
        };
        // What is decoded counts, not what the container says: the two disagree for AAC with
        // spectral band replication, and some containers say nothing.
        let promised = this.decoder.format();
        if this.advance() {
            this.ready = true;
        } else if this.damaged || promised.0 == 0 || promised.1 == 0 {
            check_format(promised.0, promised.1)?;
            return Err(Error::Malformed {
                reason: "no packet of it could be decoded".into(),
            });
        } else {
            this.ended = true;
            (this.stream.sample_rate_hz, this.stream.channels) = promised;
        }
        Ok(this)
    }

    /// The stream was found inside another container.
    pub(crate) fn inside(&mut self, layout: &Layout, bytes_read: Arc<AtomicU64>) {
        self.stream.container = layout.container.into();
        self.damaged |= layout.unfinished;
        self.outer = layout.data_bytes.map(|n| (n, bytes_read));
    }

    /// Decodes the next packet into `self.block`; `false` at the end.
    fn advance(&mut self) -> bool {
        for _ in 0..MAX_BAD_PACKETS {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => {
                    self.check_length();
                    return false;
                }
                Err(SymphoniaError::ResetRequired) if self.restart_decoder().is_ok() => continue,
                Err(SymphoniaError::DecodeError(_)) => {
                    self.damaged = true;
                    continue;
                }
                Err(SymphoniaError::IoError(e))
                    if self.endless && e.kind() == ErrorKind::UnexpectedEof =>
                {
                    return false;
                }
                Err(_) => {
                    self.damaged = true;
                    return false;
                }
            };
            if packet.track_id != self.track_id {
                continue;
            }
            let decoded = self.decoder.decode(&packet, &mut self.block);
            if decoded.is_err() || !self.accepts(self.decoder.format()) {
                self.damaged = true;
                continue;
            }
            let n = self.block.first().map_or(0, Vec::len);
            self.frames += n as u64;
            match self.clock.advance(&packet, n, self.stream.sample_rate_hz) {
                Gap::None => {}
                Gap::Missing(n) => {
                    self.silence = n;
                    // Matroska's writers leave out what is silent; others lose it.
                    self.damaged |= self.stream.container != "matroska";
                }
                Gap::Absurd => self.damaged = true,
            }
            return true;
        }
        self.damaged = true;
        false
    }

    /// A recording has one format, the first; what differs from it later is damage.
    fn accepts(&mut self, (rate, channels): (u32, usize)) -> bool {
        if self.stream.sample_rate_hz == 0 {
            self.stream.sample_rate_hz = rate;
            self.stream.channels = channels;
        }
        (rate, channels) == (self.stream.sample_rate_hz, self.stream.channels)
    }

    /// A chained Ogg stream starts anew; it goes on when the format is the same.
    fn restart_decoder(&mut self) -> Result<()> {
        let (track, params) = probe::track(self.format.as_ref())?;
        self.decoder = codec::for_track(params)?;
        self.clock = Clock::new(track.time_base);
        self.track_id = track.id;
        // The header counts the first link of the chain only.
        self.stream.declared_frames = None;
        Ok(())
    }

    /// Less than was declared is a stream cut short. Some slack: encoders' delays and paddings are
    /// counted in by some headers and out by others, and no codec's frame is longer than this.
    fn check_length(&mut self) {
        const SLACK_FRAMES: u64 = 4_608;
        if let Some(declared) = self.stream.declared_frames {
            self.damaged |= self.frames + SLACK_FRAMES < declared;
        }
        if let Some((promised, came)) = &self.outer {
            self.damaged |= came.load(Ordering::Relaxed) < *promised;
        }
    }
}

impl BlockDecoder for Container {
    fn format(&self) -> &StreamFormat {
        &self.stream
    }

    fn next_packet(&mut self, planes: &mut [Vec<f32>]) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if !self.ready {
            // A decoder that panicked is in no state to go on, but what it gave before is good.
            self.ready = guarded("decoding", || self.advance()).unwrap_or_else(|_| {
                self.damaged = true;
                false
            });
            self.ended = !self.ready;
        }
        if self.ended {
            return Ok(false);
        }
        if self.silence > 0 {
            let n = self.silence.min(SILENCE_FRAMES);
            self.silence -= n;
            for plane in planes {
                plane.resize(plane.len() + n as usize, 0.0);
            }
            return Ok(true);
        }
        for (plane, block) in planes.iter_mut().zip(&self.block) {
            plane.extend_from_slice(block);
        }
        self.ready = false;
        Ok(true)
    }

    fn damaged(&self) -> bool {
        self.damaged
    }
}
