//! Judges a call while it goes on: headerless 16-bit little-endian mono samples on standard input,
//! one line per second of speech on standard output, and the verdict at the end.
//!
//! ```sh
//! arecord -q -f S16_LE -r 16000 | cargo run --release --example live
//! ffmpeg -v error -re -i call.mp3 -ac 1 -ar 8000 -f s16le - |
//!     cargo run --release --example live -- 8000
//! ```

use std::error::Error;
use std::io::{self, Read, Write};

use voxhumana::Detector;

fn main() -> Result<(), Box<dyn Error>> {
    let sample_rate_hz = std::env::args().nth(1).map_or(Ok(16_000), |a| a.parse())?;
    let detector = Detector::bundled()?;
    let threshold = detector.operating_point().1.threshold_llr;
    let mut stream = detector.stream(sample_rate_hz)?;

    let mut stdin = io::stdin().lock();
    let mut stdout = io::stdout().lock();
    let mut bytes = [0_u8; 4_096];
    // A read may end in the middle of a sample.
    let mut waiting = 0;
    loop {
        let read = stdin.read(&mut bytes[waiting..])?;
        if read == 0 {
            break;
        }
        let filled = waiting + read;
        let samples: Vec<f32> = bytes[..filled]
            .as_chunks::<2>()
            .0
            .iter()
            .map(|&b| f32::from(i16::from_le_bytes(b)) / 32_768.0)
            .collect();
        waiting = filled % 2;
        bytes[0] = bytes[filled - 1];

        for segment in stream.push(&samples)? {
            let mark = if segment.llr < threshold { "!" } else { " " };
            writeln!(
                stdout,
                "{mark} {:8.2} s to {:8.2} s  llr {:+.2}",
                segment.start_s, segment.end_s, segment.llr
            )?;
        }
        stdout.flush()?;
    }

    let report = stream.finish()?;
    let verdict = report.verdict;
    write!(stdout, "{verdict} after {:.1} s of speech", report.speech_s)?;
    if let Some(probability) = report.synthetic_probability {
        write!(stdout, ", probability of synthesis {probability:.2}")?;
    }
    writeln!(stdout)?;
    Ok(())
}
