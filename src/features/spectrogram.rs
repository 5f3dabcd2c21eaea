//! A spectrogram to look at: of bounded size, whatever the length of the recording.

use ndarray::Array2;

use super::limits::in_range;
use super::spectrum::PowerSpectrum;
use super::{WindowShape, window};
use crate::Result;
use crate::audio::MAX_SAMPLE_RATE_HZ;

/// Frames of at least this many seconds: the pitch and the formants of a voice both show.
const FRAME_S: f64 = 0.025;
/// The highest frequency shown, Hz: that of the rate at which models work.
const TOP_HZ: f64 = 8_000.0;
/// Most rows.
const MAX_ROWS: usize = 128;
/// Fewest columns of a recording that is long enough; a full spectrogram has up to twice as many.
const COLUMNS: usize = 1_024;
/// The level shown for digital silence, decibels.
const SILENCE_DB: f32 = -140.0;

/// Power over time and frequency, one column after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrogram {
    /// Seconds that a column covers; the first starts at 0.
    pub column_s: f64,
    /// Upper edge of the highest row, Hz; the lowest starts at 0, all are equally high.
    pub top_hz: f64,
    /// Mean power of each cell, decibels; `(rows, columns)`, the lowest frequency first. White
    /// noise of variance 1 is 0 dB. At most 128 rows and 2048 columns.
    pub power_db: Array2<f32>,
}

/// Makes the [`Spectrogram`] of one channel, block by block.
///
/// When the columns have become too many, each two become one: memory and the picture stay of one
/// size, about a megabyte, for a second as for a day.
pub struct SpectrogramBuilder {
    spectrum: PowerSpectrum,
    power: Vec<f64>,
    /// Samples that the next frame needs.
    recent: Vec<f32>,
    frame: usize,
    rate_hz: f64,
    rows: usize,
    top_hz: f64,
    /// Mean powers, column after column, each of `rows`.
    columns: Vec<f32>,
    /// Frames that make a column.
    per_column: usize,
    /// Sum over the frames of the column that is not yet full, and their number.
    open: Vec<f64>,
    in_open: usize,
}

impl SpectrogramBuilder {
    /// For samples at `sample_rate_hz`, full scale 1.0.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a rate of 0 or above 384 kHz.
    pub fn new(sample_rate_hz: u32) -> Result<Self> {
        in_range("sample_rate_hz", sample_rate_hz, 1, MAX_SAMPLE_RATE_HZ)?;
        let rate_hz = f64::from(sample_rate_hz);
        let frame = ((rate_hz * FRAME_S) as usize).next_power_of_two().max(4);
        let spectrum = PowerSpectrum::new(window(WindowShape::Hann, frame), frame)?;
        let top_hz = TOP_HZ.min(rate_hz / 2.0);
        let bins_shown = (top_hz / rate_hz * frame as f64) as usize;
        let rows = bins_shown.clamp(1, MAX_ROWS);
        Ok(Self {
            power: vec![0.0; spectrum.bins()],
            spectrum,
            // So that the middle of the first frame is that of its column.
            recent: vec![0.0; frame / 4],
            frame,
            rate_hz,
            rows,
            top_hz,
            columns: Vec::new(),
            per_column: 1,
            open: vec![0.0; rows],
            in_open: 0,
        })
    }

    /// Takes the next samples.
    ///
    /// # Errors
    ///
    /// Those of the Fourier transform; none is known.
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.recent.extend_from_slice(samples);
        let shift = self.frame / 2;
        let mut start = 0;
        while start + self.frame <= self.recent.len() {
            self.add_frame(start)?;
            start += shift;
        }
        self.recent.drain(..start);
        Ok(())
    }

    /// Ends the samples.
    ///
    /// # Errors
    ///
    /// As [`SpectrogramBuilder::push`].
    pub fn finish(mut self) -> Result<Spectrogram> {
        // The columns that are not there yet, of frames filled up with silence.
        let shift = self.frame / 2;
        let missing = (self.recent.len() - self.frame / 4).div_ceil(shift);
        if missing > 0 {
            let needed = (missing - 1) * shift + self.frame;
            self.push(&vec![0.0; needed - self.recent.len()])?;
        }
        self.close_column();
        let count = self.columns.len() / self.rows;
        let power_db = Array2::from_shape_fn((self.rows, count), |(row, column)| {
            let power = self.columns[column * self.rows + row];
            (10.0 * power.log10()).max(SILENCE_DB)
        });
        Ok(Spectrogram {
            column_s: (self.frame / 2 * self.per_column) as f64 / self.rate_hz,
            top_hz: self.top_hz,
            power_db,
        })
    }

    fn add_frame(&mut self, start: usize) -> Result<()> {
        let frame = &self.recent[start..start + self.frame];
        self.spectrum
            .process(|i| f64::from(frame[i]), &mut self.power)?;
        let bins_a_row = self.top_hz / self.rate_hz * self.frame as f64 / self.rows as f64;
        for (row, sum) in self.open.iter_mut().enumerate() {
            let first = (row as f64 * bins_a_row) as usize;
            let end = ((row + 1) as f64 * bins_a_row) as usize;
            let bins = &self.power[first..end.clamp(first + 1, self.power.len())];
            *sum += bins.iter().sum::<f64>() / bins.len() as f64;
        }
        self.in_open += 1;
        if self.in_open == self.per_column {
            self.close_column();
        }
        Ok(())
    }

    fn close_column(&mut self) {
        if self.in_open == 0 {
            return;
        }
        let share = 1.0 / self.in_open as f64;
        self.columns
            .extend(self.open.iter().map(|&sum| (sum * share) as f32));
        self.open.fill(0.0);
        self.in_open = 0;
        if self.columns.len() >= 2 * COLUMNS * self.rows {
            self.fold();
        }
    }

    /// Makes one column of each two.
    fn fold(&mut self) {
        for column in 0..COLUMNS {
            for row in 0..self.rows {
                let a = self.columns[2 * column * self.rows + row];
                let b = self.columns[(2 * column + 1) * self.rows + row];
                self.columns[column * self.rows + row] = 0.5 * (a + b);
            }
        }
        self.columns.truncate(COLUMNS * self.rows);
        self.per_column *= 2;
    }
}

impl std::fmt::Debug for SpectrogramBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpectrogramBuilder")
            .field("rate_hz", &self.rate_hz)
            .field("columns", &(self.columns.len() / self.rows))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spectrogram(samples: &[f32], rate: u32, block: usize) -> Spectrogram {
        let mut builder = SpectrogramBuilder::new(rate).unwrap();
        for part in samples.chunks(block) {
            builder.push(part).unwrap();
        }
        builder.finish().unwrap()
    }

    fn tone(hz: f32, rate: u32, seconds: usize) -> Vec<f32> {
        (0..rate as usize * seconds)
            .map(|i| (std::f32::consts::TAU * hz * i as f32 / rate as f32).sin())
            .collect()
    }

    /// Row and column of the loudest cell.
    fn loudest(s: &Spectrogram) -> (usize, usize) {
        let cells = s.power_db.indexed_iter();
        cells.max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0
    }

    #[test]
    fn a_tone_is_where_it_sounds() {
        for rate in [8_000, 11_025, 16_000, 44_100, 48_000, 192_000] {
            let mut samples = vec![0.0; rate as usize * 4];
            let burst = tone(2_500.0, rate, 1);
            samples.splice(rate as usize * 2..rate as usize * 3, burst);
            let s = spectrogram(&samples, rate, 1_000);
            let (row, column) = loudest(&s);
            let height = s.top_hz / s.power_db.nrows() as f64;
            let hz = (row as f64 + 0.5) * height;
            assert!((hz - 2_500.0).abs() <= 1.5 * height, "{hz} Hz at {rate}");
            let at = (column as f64 + 0.5) * s.column_s;
            assert!((2.0..3.0).contains(&at), "{at} s at {rate}");
            // Half a second before and after, nothing.
            for at in [1.5, 3.5] {
                let silent = s.power_db[(row, (at / s.column_s) as usize)];
                assert_eq!(silent, SILENCE_DB, "{at} s at {rate}");
            }
            let seconds = s.power_db.ncols() as f64 * s.column_s;
            assert!(
                (4.0..4.0 + s.column_s).contains(&(seconds + 1e-9)),
                "{seconds} s at {rate}"
            );
        }
    }

    #[test]
    fn white_noise_of_variance_one_is_at_0_db() {
        let mut random = fastrand::Rng::with_seed(3);
        // Uniform in -a..a has the variance a^2 / 3.
        let a = 3_f32.sqrt();
        let samples: Vec<f32> = (0..400_000)
            .map(|_| a * (2.0 * random.f32() - 1.0))
            .collect();
        let s = spectrogram(&samples, 16_000, 5_000);
        let mean = s.power_db.mapv(|db| 10_f32.powf(0.1 * db)).mean().unwrap();
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
    }

    #[test]
    fn the_size_is_bounded_and_blocks_change_nothing() {
        let mut random = fastrand::Rng::with_seed(5);
        let samples: Vec<f32> = (0..8_000 * 300).map(|_| random.f32() - 0.5).collect();
        let s = spectrogram(&samples, 8_000, 777);
        // 300 s in frames every 16 ms, folded four times.
        assert_eq!(s.column_s, 0.256);
        assert_eq!(s.power_db.dim(), (128, 1_172));
        assert_eq!(s, spectrogram(&samples, 8_000, samples.len()));
    }

    #[test]
    fn short_and_silent_input_make_a_picture_too() {
        assert_eq!(spectrogram(&[], 8_000, 1).power_db.ncols(), 0);
        assert_eq!(spectrogram(&[0.1], 8_000, 1).power_db.ncols(), 1);
        let silent = spectrogram(&[0.0; 8_000], 8_000, 100);
        assert!(silent.power_db.iter().all(|&db| db == SILENCE_DB));
        assert!(SpectrogramBuilder::new(0).is_err());
        assert!(SpectrogramBuilder::new(1).is_ok());
    }
}
