//! Where a channel leans towards synthetic, and how long timelines become short ones.

use crate::verdict::Segment;

/// Stretches that are listed at most: nobody listens to more.
const MAX_LISTED: usize = 40;
/// Steps of a curve, or marks, at most: a page is a thousand pixels wide, whatever the length of
/// the recording.
const MAX_STEPS: f64 = 1_000.0;
/// A pause up to this, seconds, does not part a stretch: one listens on.
const LONGEST_PAUSE_S: f64 = 3.0;

/// Segments in a row below the threshold, with the lowest of their log-likelihood ratios.
pub(super) fn below(segments: &[Segment], threshold_llr: f64) -> Vec<Segment> {
    let mut stretches: Vec<Segment> = Vec::new();
    let mut in_a_row = false;
    for segment in segments {
        let low = segment.llr < threshold_llr;
        match stretches.last_mut() {
            Some(last) if low && in_a_row && segment.start_s - last.end_s <= LONGEST_PAUSE_S => {
                last.end_s = segment.end_s;
                last.llr = last.llr.min(segment.llr);
            }
            _ if low => stretches.push(*segment),
            _ => {}
        }
        in_a_row = low;
    }
    stretches
}

/// The lowest of them, as many as are listed, in order of time.
pub(super) fn lowest(mut stretches: Vec<Segment>) -> Vec<Segment> {
    stretches.sort_by(|a, b| a.llr.total_cmp(&b.llr));
    stretches.truncate(MAX_LISTED);
    stretches.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    stretches
}

/// At most two segments per step of the picture: of those that fall into one step, the lowest
/// counts, because it is what one looks for.
pub(super) fn thinned(segments: &[Segment], duration_s: f64) -> Vec<Segment> {
    let step = |s: f64| (s / duration_s * MAX_STEPS) as i64;
    let mut kept: Vec<Segment> = Vec::new();
    for segment in segments {
        match kept.last_mut() {
            Some(last)
                if segments.len() as f64 > MAX_STEPS
                    && step(last.start_s) == step(segment.start_s) =>
            {
                last.end_s = segment.end_s;
                last.llr = last.llr.min(segment.llr);
            }
            _ => kept.push(*segment),
        }
    }
    kept
}

/// What of the segments is speech: one may reach over a pause, of which it heard nothing. Without
/// spans (results of an earlier version have none) all of it.
pub(super) fn spoken(segments: &[Segment], spans: &[Segment]) -> Vec<Segment> {
    if spans.is_empty() {
        return segments.to_vec();
    }
    let parts = segments.iter().flat_map(|segment| {
        let first = spans.partition_point(|span| span.end_s <= segment.start_s);
        let meeting = spans.iter().skip(first);
        meeting
            .take_while(|span| span.start_s < segment.end_s)
            .map(|span| Segment {
                start_s: span.start_s.max(segment.start_s),
                end_s: span.end_s.min(segment.end_s),
                llr: segment.llr,
            })
    });
    // Either are in the order of time and do not overlap, so that there are no more than this; in a
    // result from elsewhere they may.
    parts.take(segments.len() + spans.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(start_s: f64, llr: f64) -> Segment {
        Segment {
            start_s,
            end_s: start_s + 2.0,
            llr,
        }
    }

    #[test]
    fn rows_below_the_threshold_become_stretches() {
        let timeline = [
            segment(0.0, 1.0),
            segment(2.0, -1.0),
            segment(4.0, -3.0),
            segment(8.5, -2.0),  // after a pause that parts nothing
            segment(20.0, -1.5), // after one that does
            segment(22.0, 0.0),  // at the threshold: not below it
            segment(24.0, -0.5),
        ];
        let found = below(&timeline, 0.0);
        let facts: Vec<_> = found.iter().map(|s| (s.start_s, s.end_s, s.llr)).collect();
        assert_eq!(
            facts,
            [(2.0, 10.5, -3.0), (20.0, 22.0, -1.5), (24.0, 26.0, -0.5)]
        );
        assert!(below(&timeline, -4.0).is_empty());
    }

    #[test]
    fn the_lowest_are_listed_in_order_of_time() {
        let all: Vec<_> = (0..100_u32)
            .map(|i| segment(f64::from(10 * i), -f64::from((i * 37) % 100)))
            .collect();
        let listed = lowest(all);
        assert_eq!(listed.len(), MAX_LISTED);
        assert!(listed.iter().all(|s| s.llr <= -60.0));
        assert!(listed.windows(2).all(|p| p[0].start_s < p[1].start_s));
    }

    #[test]
    fn pauses_are_no_part_of_a_segment() {
        let span = |start_s, end_s| Segment {
            start_s,
            end_s,
            llr: 0.0,
        };
        let spans = [span(0.0, 1.0), span(5.0, 6.5), span(7.0, 9.0)];
        let parts = |start_s, end_s| -> Vec<_> {
            let segment = Segment {
                start_s,
                end_s,
                llr: -2.0,
            };
            let parts = spoken(&[segment], &spans);
            parts.iter().map(|s| (s.start_s, s.end_s, s.llr)).collect()
        };
        assert_eq!(parts(0.5, 5.5), [(0.5, 1.0, -2.0), (5.0, 5.5, -2.0)]);
        assert_eq!(parts(6.0, 8.0), [(6.0, 6.5, -2.0), (7.0, 8.0, -2.0)]);
        assert!(parts(1.0, 5.0).is_empty());
        let all = [segment(0.0, 1.0), segment(4.0, 2.0)];
        assert_eq!(spoken(&all, &[]), all);
        // Of a result from elsewhere, in which everything overlaps.
        assert_eq!(
            spoken(&[segment(0.0, 1.0); 50], &[span(0.0, 9.0); 50]).len(),
            100
        );
    }

    #[test]
    fn a_long_timeline_is_thinned_and_keeps_its_lowest() {
        let mut random = fastrand::Rng::with_seed(9);
        let segments: Vec<_> = (0..7_200_u32)
            .map(|i| segment(f64::from(2 * i), random.f64() * 20.0 - 10.0))
            .collect();
        let thin = thinned(&segments, 14_400.0);
        assert_eq!(thin.len(), 1_000);
        let lowest = |s: &[Segment]| s.iter().map(|s| s.llr).fold(f64::INFINITY, f64::min);
        assert_eq!(lowest(&thin), lowest(&segments));
        assert_eq!(thin[999].end_s, 14_400.0);
        assert_eq!(thinned(&segments[..900], 1_800.0), &segments[..900]);
    }
}
