//! Times of a recording, for people.

/// Seconds as a player shows them: `1:02.5`, `1:00:02.5`. Negative ones are 0.
#[must_use]
pub fn clock(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round() as u64;
    let (hours, minutes, tenths) = (tenths / 36_000, tenths / 600 % 60, tenths % 600);
    let seconds = format!("{:02}.{}", tenths / 10, tenths % 10);
    match hours {
        0 => format!("{minutes}:{seconds}"),
        _ => format!("{hours}:{minutes:02}:{seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn times_read_as_players_show_them() {
        assert_eq!(clock(-0.1), "0:00.0");
        assert_eq!(clock(0.04), "0:00.0");
        assert_eq!(clock(59.96), "1:00.0");
        assert_eq!(clock(62.5), "1:02.5");
        assert_eq!(clock(3_602.5), "1:00:02.5");
    }
}
