//! How far scores moved.

use serde::Serialize;

use super::pairs::Pair;

/// The scores of the recordings that have one in both, new less old, natural log.
#[derive(Debug, PartialEq, Serialize)]
pub struct Moves {
    pub recordings: usize,
    pub mean: f64,
    pub median: f64,
    /// One in twenty moved down by more than this.
    pub low_5_percent: f64,
    /// One in twenty moved up by more than this.
    pub high_5_percent: f64,
    /// The largest move, in either direction.
    pub largest: f64,
    /// Whose it is.
    pub largest_path: String,
}

impl Moves {
    /// `None` where no recording has a score in both.
    pub fn of(pairs: &[&Pair]) -> Option<Self> {
        let moves = pairs.iter().filter_map(|pair| {
            let moved = pair.new.llr? - pair.old.llr?;
            Some((moved, pair.path.as_str()))
        });
        let mut moves: Vec<(f64, &str)> = moves.collect();
        moves.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
        let far = |m: &&(f64, &str)| m.0.abs();
        let (largest, path) = *moves.iter().max_by(|a, b| far(a).total_cmp(&far(b)))?;
        let n = moves.len();
        let at = |share: f64| quantile(&moves, share);
        Some(Self {
            recordings: n,
            mean: moves.iter().map(|m| m.0).sum::<f64>() / n as f64,
            median: at(0.5),
            low_5_percent: at(0.05),
            high_5_percent: at(0.95),
            largest,
            largest_path: path.to_owned(),
        })
    }
}

/// Linear between neighbours, as numpy's default is.
fn quantile(sorted: &[(f64, &str)], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low].0 + part * (sorted[high].0 - sorted[low].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        let sorted = [-2.0, 0.0, 1.0, 5.0].map(|x| (x, ""));
        // numpy.quantile([-2, 0, 1, 5], [0.05, 0.5, 0.95])
        for (share, expected) in [
            (0.05, -1.7),
            (0.5, 0.5),
            (0.95, 4.4),
            (0.0, -2.0),
            (1.0, 5.0),
        ] {
            assert!(
                (quantile(&sorted, share) - expected).abs() < 1e-12,
                "{share}"
            );
        }
        assert_eq!(quantile(&sorted[..1], 0.95), -2.0);
    }
}
