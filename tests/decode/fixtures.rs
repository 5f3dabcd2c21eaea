//! Recordings made on the spot, and reading them.

use std::io::Cursor;
use std::path::Path;

use voxhumana::{AudioReader, DecodeOptions, Error};

/// Everything one reader gives.
#[derive(Debug)]
pub struct Decoded {
    pub reader: AudioReader,
    pub planes: Vec<Vec<f32>>,
}

fn drain(mut reader: AudioReader) -> Result<(AudioReader, Vec<Vec<f32>>), Error> {
    let mut planes = vec![Vec::new(); reader.channels()];
    let mut block = Vec::new();
    while reader.next_block(&mut block)? {
        assert!(!block[0].is_empty());
        assert!(block.iter().all(|c| c.len() == block[0].len()));
        assert!(block[0].len() <= reader.sample_rate_hz() as usize);
        for (plane, part) in planes.iter_mut().zip(&block) {
            plane.extend_from_slice(part);
        }
    }
    assert!(
        block.iter().all(Vec::is_empty),
        "the end comes with empty vectors"
    );
    Ok((reader, planes))
}

pub fn try_read(
    path: &Path,
    options: &DecodeOptions,
) -> Result<(AudioReader, Vec<Vec<f32>>), Error> {
    drain(AudioReader::open(path, options)?)
}

/// Reads bytes as a file with the given name.
pub fn read_file(name: &str, bytes: &[u8]) -> Result<Decoded, Error> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let (reader, planes) = try_read(&path, &DecodeOptions::default())?;
    Ok(Decoded { reader, planes })
}

/// Reads bytes as a stream that cannot be sought.
pub fn read_stream(bytes: &[u8]) -> Result<Decoded, Error> {
    let stream = Box::new(Cursor::new(bytes.to_vec()));
    let (reader, planes) = drain(AudioReader::from_reader(
        stream,
        None,
        &DecodeOptions::default(),
    )?)?;
    Ok(Decoded { reader, planes })
}

/// A chunk of a RIFF file, padded to an even length.
pub fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut out = id.to_vec();
    out.extend((body.len() as u32).to_le_bytes());
    out.extend(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
    out
}

/// The body of a `fmt ` chunk.
pub fn format(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let align = channels * (bits / 8);
    let mut out = Vec::new();
    out.extend(tag.to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(rate.to_le_bytes());
    out.extend((rate.wrapping_mul(u32::from(align))).to_le_bytes());
    out.extend(align.to_le_bytes());
    out.extend(bits.to_le_bytes());
    out
}

/// A WAV file of the given chunks, its RIFF size correct.
pub fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body: Vec<u8> = chunks.concat();
    let mut out = b"RIFF".to_vec();
    out.extend((body.len() as u32 + 4).to_le_bytes());
    out.extend(b"WAVE");
    out.extend(body);
    out
}

/// A 16-bit WAV file.
pub fn wav16(channels: u16, rate: u32, samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    riff(&[
        chunk(b"fmt ", &format(1, channels, rate, 16)),
        chunk(b"data", &data),
    ])
}

/// A float WAV file.
pub fn wav_float(channels: u16, rate: u32, samples: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    riff(&[
        chunk(b"fmt ", &format(3, channels, rate, 32)),
        chunk(b"data", &data),
    ])
}

/// An AU file.
pub fn au(encoding: u32, rate: u32, channels: u32, size: u32, data: &[u8]) -> Vec<u8> {
    let mut out = b".snd".to_vec();
    for word in [28, size, encoding, rate, channels] {
        out.extend(word.to_be_bytes());
    }
    out.extend([0; 4]);
    out.extend(data);
    out
}

/// Samples that tell their place.
pub fn ramp(n: usize) -> Vec<i16> {
    (0..n).map(|i| (i * 7_919 % 65_536) as u16 as i16).collect()
}

/// The same as the reader should give it.
pub fn as_float(samples: &[i16]) -> Vec<f32> {
    samples.iter().map(|&s| f32::from(s) / 32_768.0).collect()
}

/// xorshift32, so that every run sees the same bytes.
pub struct Random(pub u32);

impl Random {
    pub fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n.max(1)
    }
}
