//! A spectrogram to a picture.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::features::Spectrogram;

/// Range of the picture below its brightest part, decibels: about that of speech over the noise of
/// a good line.
const RANGE_DB: f32 = 70.0;
/// Share of the cells that are brighter than the brightest colour: clicks should not darken all the
/// rest.
const CLIPPED: f64 = 0.002;
/// The brightest colour is never quieter than this, decibels: the rounding of 16-bit samples is no
/// sound to look at.
const QUIETEST_DB: f32 = -70.0;
/// Colours from silence to the loudest, evenly spaced. Dark and of one hue, so that what is drawn
/// over it stands out.
const COLOURS: [[u8; 3]; 5] = [
    [0x0b, 0x11, 0x20],
    [0x14, 0x2a, 0x4a],
    [0x26, 0x55, 0x7d],
    [0x5c, 0x93, 0xb3],
    [0xc2, 0xdd, 0xe8],
];
/// Steps of the palette: more than the eye tells apart here, and a third of the bytes of 256.
const LEVELS: usize = 48;

/// The picture as a `data:` address of a PNG, one pixel a cell, the highest frequency on top;
/// `None` without cells.
pub(super) fn data_url(spectrogram: &Spectrogram) -> Option<String> {
    let png = png(spectrogram)?;
    Some(format!("data:image/png;base64,{}", STANDARD.encode(png)))
}

fn png(spectrogram: &Spectrogram) -> Option<Vec<u8>> {
    let db = &spectrogram.power_db;
    let top = brightest(spectrogram)?;
    let pixels: Vec<u8> = db
        .rows()
        .into_iter()
        .rev()
        .flatten()
        .map(|&x| {
            let level = 1.0 - (top - x) / RANGE_DB;
            (level.clamp(0.0, 1.0) * (LEVELS - 1) as f32).round() as u8
        })
        .collect();
    let size = |n: usize| u32::try_from(n).ok();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size(db.ncols())?, size(db.nrows())?);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette());
    encoder.set_compression(png::Compression::Balanced);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

/// The power that gets the brightest colour.
fn brightest(spectrogram: &Spectrogram) -> Option<f32> {
    let mut all: Vec<f32> = spectrogram.power_db.iter().copied().collect();
    if all.is_empty() {
        return None;
    }
    let rank = ((1.0 - CLIPPED) * (all.len() - 1) as f64).round() as usize;
    let brightest = *all.select_nth_unstable_by(rank, f32::total_cmp).1;
    Some(brightest.max(QUIETEST_DB))
}

fn palette() -> Vec<u8> {
    (0..LEVELS)
        .flat_map(|level| {
            let at = level as f32 / (LEVELS - 1) as f32 * (COLOURS.len() - 1) as f32;
            let below = (at as usize).min(COLOURS.len() - 2);
            let share = at - below as f32;
            let (a, b) = (COLOURS[below], COLOURS[below + 1]);
            std::array::from_fn::<u8, 3, _>(|i| {
                (f32::from(a[i]) * (1.0 - share) + f32::from(b[i]) * share).round() as u8
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn a_picture_reads_back() {
        let mut power_db = Array2::from_elem((3, 4), -200.0);
        power_db[(0, 1)] = -10.0; // lowest frequency
        let spectrogram = Spectrogram {
            column_s: 0.5,
            top_hz: 4_000.0,
            power_db,
        };
        let bytes = png(&spectrogram).unwrap();
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (4, 3));
        assert_eq!(pixels.len(), 4 * 3 * 3);
        let brightest = (2 * 4 + 1) * 3;
        assert_eq!(pixels[brightest..brightest + 3], COLOURS[4]);
        assert_eq!(pixels[..3], COLOURS[0]);
    }

    #[test]
    fn nothing_makes_no_picture() {
        let spectrogram = Spectrogram {
            column_s: 0.5,
            top_hz: 4_000.0,
            power_db: Array2::zeros((3, 0)),
        };
        assert_eq!(data_url(&spectrogram), None);
    }
}
