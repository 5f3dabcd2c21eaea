//! Writes the spectral matrix of a recording's first channel as CSV: one row per frame, its start
//! in seconds first.
//!
//! ```sh
//! cargo run --release --example features -- examples/data/sample-call.wav lfcc > lfcc.csv
//! ```

use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;

use voxhumana::audio::Resampler;
use voxhumana::features::{FeatureExtractor, FrontEnd};
use voxhumana::{AudioReader, DecodeOptions};

const SAMPLE_RATE_HZ: u32 = 16_000;
const USAGE: &str = "usage: features RECORDING [log_linear|log_mel|lfcc|mfcc|log_spectrum|phase]";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, kind) = match arguments.as_slice() {
        [path] => (path, "log_linear"),
        [path, kind] => (path, kind.as_str()),
        _ => return Err(USAGE.into()),
    };
    let front_end = match kind {
        "log_linear" => FrontEnd::log_linear(SAMPLE_RATE_HZ),
        "log_mel" => FrontEnd::log_mel(SAMPLE_RATE_HZ),
        "lfcc" => FrontEnd::lfcc(SAMPLE_RATE_HZ),
        "mfcc" => FrontEnd::mfcc(SAMPLE_RATE_HZ),
        "log_spectrum" => FrontEnd::log_spectrum(SAMPLE_RATE_HZ),
        "phase" => FrontEnd::phase(SAMPLE_RATE_HZ),
        _ => return Err(USAGE.into()),
    };
    let samples = first_channel(Path::new(path))?;

    let frame_shift_s = front_end.frame_shift as f64 / f64::from(SAMPLE_RATE_HZ);
    let features = FeatureExtractor::new(front_end)?.extract(&samples)?;

    let mut out = BufWriter::new(std::io::stdout().lock());
    write!(out, "start_s")?;
    for bin in 0..features.ncols() {
        write!(out, ",bin_{bin}")?;
    }
    writeln!(out)?;
    for (t, frame) in features.outer_iter().enumerate() {
        write!(out, "{:.4}", t as f64 * frame_shift_s)?;
        for value in frame {
            write!(out, ",{value:.5}")?;
        }
        writeln!(out)?;
    }
    out.flush()?;
    Ok(())
}

/// Decodes a recording block by block and brings its first channel to 16 kHz.
fn first_channel(path: &Path) -> Result<Vec<f32>, voxhumana::Error> {
    let mut reader = AudioReader::open(path, &DecodeOptions::default())?;
    let mut resampler = Resampler::new(reader.sample_rate_hz(), SAMPLE_RATE_HZ)?;
    let (mut block, mut samples) = (Vec::new(), Vec::new());
    while reader.next_block(&mut block)? {
        resampler.push(&block[0], &mut samples);
    }
    resampler.finish(&mut samples);
    Ok(samples)
}
