//! Numbers in words.

use super::texts::Texts;

/// `text` with each `{name}` replaced by its value.
pub(super) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled += before;
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        // A value is not looked into: it may hold braces of its own.
        filled += values
            .iter()
            .find(|(n, _)| *n == name)
            .map_or("", |(_, value)| value);
        rest = after;
    }
    filled + rest
}

/// A log-likelihood ratio with its sign; a minus as people write it.
pub(super) fn score(llr: f64) -> String {
    format!("{llr:+.2}").replace('-', "\u{2212}")
}

impl Texts {
    /// A share of 0 to 1, to a tenth of a per cent.
    pub(super) fn percent(&self, share: f64) -> String {
        let n = (1_000.0 * share).round() / 10.0;
        fill(self.percent, &[("n", &n.to_string())])
    }

    /// A probability. Never 0 % or 100 %: no scan is that sure.
    pub(super) fn probability(&self, probability: f64) -> String {
        match 100.0 * probability {
            p if p < 0.1 => fill(self.below, &[("x", &self.percent(0.001))]),
            p if p > 99.9 => fill(self.above, &[("x", &self.percent(0.999))]),
            _ => self.percent(probability),
        }
    }

    /// A number of seconds.
    pub(super) fn seconds(&self, seconds: f64) -> String {
        fill(self.seconds, &[("n", &format!("{seconds:.1}"))])
    }
}

#[cfg(test)]
mod tests {
    use super::super::english::ENGLISH;
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(score(-1.0), "\u{2212}1.00");
        assert_eq!(score(0.0), "+0.00");
        assert_eq!(ENGLISH.probability(0.5), "50 %");
        assert_eq!(ENGLISH.probability(0.999_99), "above 99.9 %");
        assert_eq!(ENGLISH.probability(0.0), "below 0.1 %");
    }

    #[test]
    fn values_are_filled_in_once() {
        let filled = fill("{a}, {b}; {a}", &[("a", "{b}"), ("b", "<2>")]);
        assert_eq!(filled, "{b}, <2>; {b}");
        assert_eq!(fill("no end {a", &[("a", "1")]), "no end 1");
    }
}
