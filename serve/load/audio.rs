//! The recording, as frames of 20 ms of mu-law at 8 kHz.

use std::error::Error;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use voxhumana::audio::{PayloadCodec, PayloadDecoder, Resampler};
use voxhumana::{AudioReader, DecodeOptions};

/// Sample rate of telephones, Hz.
const RATE_HZ: u32 = 8_000;
/// Bytes of a frame.
const FRAME: usize = 160;

/// Frames of the recording's channels, in turn.
#[derive(Clone)]
pub struct Audio {
    tracks: Arc<[Vec<Vec<u8>>; 2]>,
}

impl Audio {
    /// Reads a recording; of one channel, both tracks are that.
    pub fn read(file: &str) -> Result<Self, Box<dyn Error>> {
        let mut audio = AudioReader::open(file.as_ref(), &DecodeOptions::default())?;
        let (mut block, mut channels) = (Vec::new(), vec![Vec::new(); audio.channels()]);
        while audio.next_block(&mut block)? {
            for (channel, part) in channels.iter_mut().zip(&block) {
                channel.extend_from_slice(part);
            }
        }
        let frames = |channel: &Vec<f32>| -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
            let mut resampler = Resampler::new(audio.sample_rate_hz(), RATE_HZ)?;
            let mut samples = Vec::new();
            resampler.push(channel, &mut samples);
            resampler.finish(&mut samples);
            let bytes: Vec<u8> = samples.iter().map(mulaw).collect();
            Ok(bytes.chunks_exact(FRAME).map(<[u8]>::to_vec).collect())
        };
        let first = frames(channels.first().ok_or("no channel")?)?;
        let second = frames(channels.get(1).unwrap_or(&channels[0]))?;
        if first.is_empty() {
            return Err("the recording is shorter than a frame".into());
        }
        let tracks = Arc::new([first, second]);
        Ok(Self { tracks })
    }

    /// The `n`th frame of a track of a call, which starts at a place of its own.
    fn frame(&self, call: usize, track: usize, n: u64) -> &[u8] {
        let frames = &self.tracks[track];
        // 37 frames further from call to call, so that their seconds do not end together.
        let place = (n as usize + 37 * call) % frames.len();
        &frames[place]
    }

    /// The same in Base64.
    pub fn payload(&self, call: usize, track: usize, n: u64) -> String {
        STANDARD.encode(self.frame(call, track, n))
    }

    /// The samples of a whole track of a call, with their rate, Hz.
    pub fn samples(
        &self,
        call: usize,
        track: usize,
        frames: u64,
    ) -> Result<(Vec<f32>, u32), voxhumana::Error> {
        let mut decoder = PayloadDecoder::new(PayloadCodec::Pcmu, RATE_HZ)?;
        let mut samples = Vec::new();
        for n in 0..frames {
            decoder.decode(self.frame(call, track, n), &mut samples)?;
        }
        Ok((samples, RATE_HZ))
    }
}

/// G.711 mu-law (ITU-T G.711, table 2a).
fn mulaw(sample: &f32) -> u8 {
    let sample = (sample * 32_767.0) as i32;
    let magnitude = sample.abs().min(32_635) + 132;
    let exponent = (7 - (magnitude.leading_zeros() as i32 - 17)).clamp(0, 7);
    let mantissa = magnitude >> (exponent + 3) & 0xf;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !(sign | exponent << 4 | mantissa) as u8
}
