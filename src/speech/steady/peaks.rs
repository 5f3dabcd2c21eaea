//! Lines that stand out of a spectrum.

/// How far a mains frequency is from its nominal value: the synchronous area of Continental Europe
/// stays within 0.4 % (EN 50160 allows 1 % for all but 44 hours a year), and a recorder's clock
/// adds less than that.
const TOLERANCE: f64 = 0.006;
/// A line stands this far above the mean beside it, 15 dB, ...
const PROMINENCE: f64 = 30.0;
/// ... within this far, Hz: less than half of the way to the next line.
const BESIDE_HZ: f64 = 18.0;

/// A power spectrum in which lines are looked for.
pub(super) struct Peaks {
    powers: Vec<f64>,
    bin_hz: f64,
    /// Half the width of a line in it.
    lobe_hz: f64,
}

impl Peaks {
    pub(super) fn new(powers: Vec<f64>, bin_hz: f64, lobe_hz: f64) -> Self {
        Self {
            powers,
            bin_hz,
            lobe_hz,
        }
    }

    /// Frequency and power of the line near `hz`, if one is there.
    pub(super) fn near(&self, hz: f64) -> Option<(f64, f64)> {
        let reach = TOLERANCE * hz + self.bin_hz / 2.0;
        let (from, to) = self.bins(hz - reach, hz + reach)?;
        let peak = (from..=to).max_by(|&a, &b| self.powers[a].total_cmp(&self.powers[b]))?;
        let peak_hz = peak as f64 * self.bin_hz;
        let (first, last) = self.bins(peak_hz - BESIDE_HZ, peak_hz + BESIDE_HZ)?;
        let (inner_first, inner_last) =
            self.bins(peak_hz - self.lobe_hz, peak_hz + self.lobe_hz)?;
        let beside = || (first..inner_first).chain(inner_last + 1..=last);
        let mean = beside().map(|i| self.powers[i]).sum::<f64>() / beside().count().max(1) as f64;
        if self.powers[peak] <= PROMINENCE * mean || peak == 0 || peak + 1 >= self.powers.len() {
            return None;
        }
        // The vertex of the parabola through the logarithms of three bins.
        let [a, b, c] =
            [peak - 1, peak, peak + 1].map(|i| self.powers[i].max(f64::MIN_POSITIVE).ln());
        let bend = a - 2.0 * b + c;
        let shift = if bend < 0.0 {
            (a - c) / (2.0 * bend)
        } else {
            0.0
        };
        Some((
            (peak as f64 + shift.clamp(-0.5, 0.5)) * self.bin_hz,
            self.powers[peak],
        ))
    }

    /// First and last bin from `low_hz` to `high_hz`.
    fn bins(&self, low_hz: f64, high_hz: f64) -> Option<(usize, usize)> {
        let from = (low_hz / self.bin_hz).ceil().max(0.0) as usize;
        let to = ((high_hz / self.bin_hz).floor().max(0.0) as usize).min(self.powers.len() - 1);
        (from <= to).then_some((from, to))
    }
}
