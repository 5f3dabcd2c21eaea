//! One recording, decoded block by block.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use super::by_ffmpeg::Left;
use super::container::ENCRYPTED;
use super::decoder::{BlockDecoder, StreamFormat};
use super::kind::{self, HEAD_BYTES};
use super::limits::{self, MAX_BLOCK_FRAMES, is_sample};
use super::open;
use super::options::DecodeOptions;
use super::source::{ByteReader, Section, Source};
use super::unread::Unread;
use super::{by_ffmpeg, ffmpeg, unsupported};
use crate::{Error, Result};

/// Reads one recording of any supported container and codec in blocks of at most one second.
///
/// Samples are planar `f32`, full scale at -1 and 1. NaN and infinities in float recordings become
/// 0 and count as damage.
///
/// ```
/// use voxhumana::audio::{RawCodec, RawFormat};
/// use voxhumana::{AudioReader, DecodeOptions};
///
/// // One second of mu-law silence without a header, as a telephone system writes it.
/// let bytes = std::io::Cursor::new(vec![0xFF_u8; 8000]);
/// let format = RawFormat { codec: RawCodec::Mulaw, sample_rate_hz: 8000, channels: 1 };
/// let mut reader = AudioReader::from_reader(Box::new(bytes), None, &DecodeOptions::raw(format))?;
/// assert_eq!(reader.codec(), "pcm_mulaw");
/// let (mut block, mut samples) = (Vec::new(), 0);
/// while reader.next_block(&mut block)? {
///     samples += block[0].len();
/// }
/// assert_eq!(samples, 8000);
/// assert!(!reader.truncated());
/// # Ok::<_, voxhumana::Error>(())
/// ```
pub struct AudioReader {
    decoder: Box<dyn BlockDecoder>,
    format: StreamFormat,
    pending: Vec<Vec<f32>>,
    taken: usize,
    frames_out: u64,
    ended: bool,
    replaced_samples: bool,
    /// Those of the program that decodes it.
    complaints: Option<ffmpeg::Complaints>,
    /// What that program leaves.
    left: Left,
}

impl std::fmt::Debug for AudioReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioReader")
            .field("container", &self.container())
            .field("codec", &self.codec())
            .field("sample_rate_hz", &self.sample_rate_hz())
            .field("channels", &self.channels())
            .finish_non_exhaustive()
    }
}

impl AudioReader {
    /// Opens a file. Its extension is only a hint: a wrong one does not matter.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be opened or read; else [`Error::InFile`] around
    /// [`Error::UnsupportedFormat`], [`Error::UnsupportedCodec`], [`Error::Malformed`] or
    /// [`Error::LimitExceeded`].
    pub fn open(path: &Path, options: &DecodeOptions) -> Result<Self> {
        let io_error = |source| Error::Io {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(io_error)?;
        let kind = file.metadata().map_err(io_error)?;
        if kind.is_dir() {
            return Err(io_error(std::io::ErrorKind::IsADirectory.into()));
        }
        let source = if kind.is_file() {
            Source::Seekable(Section::new(file).map_err(io_error)?)
        } else {
            Source::Stream(Box::new(file))
        };
        let extension = path.extension().and_then(|e| e.to_str());
        let again = source.again();
        let opened = Self::from_source(source, extension, options);
        let opened = match (opened, again.filter(|_| options.ffmpeg)) {
            (Err(error), Some(file)) => Self::by_ffmpeg(path, &file, error, options),
            (Ok(this), Some(file)) if this.format.facts.has_undecoded => {
                let codec = this.format.codec.clone();
                Ok(Self::all_by_ffmpeg(path, &file, codec, options).unwrap_or(this))
            }
            (opened, _) => opened,
        };
        opened.map_err(|source| Error::InFile {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// Has ffmpeg decode what is known and not decoded here: `error` says so.
    fn by_ffmpeg(
        path: &Path,
        file: &Section,
        error: Error,
        options: &DecodeOptions,
    ) -> Result<Self> {
        let head = head_of(file);
        let codec = match &error {
            Error::UnsupportedCodec { codec, .. } if codec.contains(ENCRYPTED) => {
                return Err(error);
            }
            Error::UnsupportedCodec { codec, .. } => codec.clone(),
            _ if unsupported::is_for_ffmpeg(&head) || kind::by_magic(&head).is_some() => {
                "unknown".into()
            }
            _ => return Err(error),
        };
        Self::all_by_ffmpeg(path, file, codec, options)
    }

    fn all_by_ffmpeg(
        path: &Path,
        file: &Section,
        codec: String,
        options: &DecodeOptions,
    ) -> Result<Self> {
        let (source, complaints) = ffmpeg::decode(path)?;
        let opened = Self::from_source(source, None, options);
        let mut this = opened.map_err(|e| {
            if complaints.not_found() {
                return ffmpeg::failed(path, &io::ErrorKind::NotFound.into());
            }
            Error::UnsupportedCodec {
                codec: codec.clone(),
                advice: format!("{} cannot decode it either: {e}", ffmpeg::PROGRAM),
            }
        })?;
        this.format.codec = codec;
        let head = head_of(file);
        let kind = kind::by_magic(&head);
        this.format.container = kind.map_or("unknown", kind::Kind::name).into();
        this.format.facts.decoded_by = Some(ffmpeg::PROGRAM);
        this.complaints = Some(complaints);
        this.left = by_ffmpeg::left(file, &head);
        Ok(this)
    }

    /// Reads from anything, also what cannot be sought (standard input, a socket).
    ///
    /// An MP4 whose index follows its audio needs a file: such a stream is refused.
    ///
    /// # Errors
    /// As [`AudioReader::open`], without a file name.
    pub fn from_reader(
        reader: Box<dyn Read + Send + Sync>,
        extension_hint: Option<&str>,
        options: &DecodeOptions,
    ) -> Result<Self> {
        Self::from_source(Source::Stream(reader), extension_hint, options)
    }

    /// Reads from what can be sought, such as bytes in memory. All that a file can be, this can.
    ///
    /// # Errors
    /// As [`AudioReader::open`], without a file name.
    pub fn from_seekable(
        reader: impl Read + Seek + Send + 'static,
        extension_hint: Option<&str>,
        options: &DecodeOptions,
    ) -> Result<Self> {
        let section = Section::new(reader).map_err(|e| Error::Malformed {
            reason: format!("its end cannot be found: {e}"),
        })?;
        Self::from_source(Source::Seekable(section), extension_hint, options)
    }

    fn from_source(
        source: Source,
        extension: Option<&str>,
        options: &DecodeOptions,
    ) -> Result<Self> {
        let decoder = open::decoder(source, extension, options)?;
        let format = decoder.format().clone();
        limits::check_format(format.sample_rate_hz, format.channels)?;
        let pending = vec![Vec::new(); format.channels];
        Ok(Self {
            decoder,
            format,
            pending,
            taken: 0,
            frames_out: 0,
            ended: false,
            replaced_samples: false,
            complaints: None,
            left: Left::default(),
        })
    }

    /// Sample rate, Hz.
    #[must_use]
    pub fn sample_rate_hz(&self) -> u32 {
        self.format.sample_rate_hz
    }

    /// Number of channels, 1 to [`MAX_CHANNELS`](super::MAX_CHANNELS).
    #[must_use]
    pub fn channels(&self) -> usize {
        self.format.channels
    }

    /// Container, as ffmpeg names it: `wav`, `ogg`, `mp3`, `mov`, `raw`, ...
    #[must_use]
    pub fn container(&self) -> &str {
        &self.format.container
    }

    /// Codec, as ffmpeg names it: `pcm_s16le`, `pcm_mulaw`, `opus`, ...
    #[must_use]
    pub fn codec(&self) -> &str {
        &self.format.codec
    }

    /// Length by the header, seconds. Headers are often wrong: use it for progress bars only.
    #[must_use]
    pub fn declared_duration_s(&self) -> Option<f64> {
        let format = &self.format;
        format
            .declared_frames
            .map(|n| n as f64 / f64::from(format.sample_rate_hz))
    }

    /// Puts the next block into `block`: one vector a channel, all of the same length, at most one
    /// second. `false` at the end of the recording, with empty vectors.
    ///
    /// # Errors
    /// [`Error::Malformed`] when nothing of the recording can be decoded, or it holds no sample.
    /// Damage after the first decoded sample is no error: decoding goes on, and
    /// [`AudioReader::truncated`] tells.
    pub fn next_block(&mut self, block: &mut Vec<Vec<f32>>) -> Result<bool> {
        block.resize(self.channels(), Vec::new());
        block.iter_mut().for_each(Vec::clear);
        let wanted = (self.sample_rate_hz() as usize).min(MAX_BLOCK_FRAMES);
        while !self.ended && self.pending[0].len() - self.taken < wanted {
            self.compact();
            let before = self.pending[0].len();
            if !self.decoder.next_packet(&mut self.pending)? {
                self.ended = true;
            }
            for plane in &mut self.pending {
                for x in &mut plane[before..] {
                    if !is_sample(*x) {
                        *x = 0.0;
                        self.replaced_samples = true;
                    }
                }
            }
        }
        let n = (self.pending[0].len() - self.taken).min(wanted);
        for (out, plane) in block.iter_mut().zip(&self.pending) {
            out.extend_from_slice(&plane[self.taken..self.taken + n]);
        }
        self.taken += n;
        self.frames_out += n as u64;
        if n == 0 && self.frames_out == 0 {
            let reason = if self.decoder.damaged() {
                "no packet of it could be decoded"
            } else {
                "it holds no sound: nothing follows its header"
            };
            return Err(Error::Malformed {
                reason: reason.into(),
            });
        }
        Ok(n > 0)
    }

    /// Whether the recording ended before its container said it would, or had unreadable parts:
    /// packets that could not be decoded, gaps between packets (filled with silence, so that the
    /// rest keeps its place), samples that were no numbers or beyond
    /// [`MAX_SAMPLE`](super::MAX_SAMPLE), a header that was never completed.
    /// Valid once [`AudioReader::next_block`] has returned `false`.
    ///
    /// A header of unknown length (0, or 0xFFFFFFFF) counts as not completed in a file; from a pipe
    /// 0xFFFFFFFF is what a whole stream starts with. Damage that looks like audio (noise among PCM
    /// samples, a whole MP3 frame missing where no header counts them) cannot be seen.
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.replaced_samples
            || self.decoder.damaged()
            || self.left.is_cut
            || !self.unread().is_empty()
            || self
                .complaints
                .as_ref()
                .is_some_and(ffmpeg::Complaints::any)
    }

    /// What was not read, and why: tracks of codecs that cannot be decoded, bytes of no known kind
    /// behind the audio ([`MAX_UNREAD_BYTES`](super::MAX_UNREAD_BYTES) need no explanation), a
    /// recording behind the first that has more channels.
    /// Valid once [`AudioReader::next_block`] has returned `false`.
    #[must_use]
    pub fn unread(&self) -> Vec<Unread> {
        [&self.decoder.unread()[..], &self.left.unread].concat()
    }

    /// Names of the channels, where the recording has several tracks: their titles, languages or
    /// numbers. Empty for most recordings.
    #[must_use]
    pub fn channel_names(&self) -> &[String] {
        &self.format.channel_names
    }

    /// The value of full scale that samples were divided by, where it is not 1.
    #[must_use]
    pub fn full_scale(&self) -> Option<f64> {
        self.format.facts.full_scale
    }

    /// Seconds from midnight to the first sample, where broadcast WAV's `bext` chunk says so.
    #[must_use]
    pub fn time_reference_s(&self) -> Option<f64> {
        self.format.facts.time_reference_s
    }

    /// The program beside this one that decoded it, as [`DecodeOptions::ffmpeg`] allows.
    #[must_use]
    pub fn decoded_by(&self) -> Option<&str> {
        self.format.facts.decoded_by
    }

    /// Whether codec and rate are guessed, as [`DecodeOptions::guess_raw`] allows.
    #[must_use]
    pub fn guessed(&self) -> bool {
        self.format.facts.guessed
    }

    /// Drops what has been handed out, so that `pending` stays as small as one block and a packet.
    fn compact(&mut self) {
        if self.taken > 0 {
            for plane in &mut self.pending {
                plane.drain(..self.taken);
            }
            self.taken = 0;
        }
    }
}

fn head_of(file: &Section) -> Vec<u8> {
    let mut reader = ByteReader::new(Source::Seekable(file.from(0)));
    reader.peek(HEAD_BYTES).to_vec()
}
