//! All channels in one.

/// The mean of channels of one length, in `mean`: what a detector that mixes scores.
///
/// ```
/// let mut mean = Vec::new();
/// voxhumana::audio::mix(&[&[0.5, 0.0], &[-0.25, 1.0]], &mut mean);
/// assert_eq!(mean, [0.125, 0.5]);
/// ```
pub fn mix(channels: &[&[f32]], mean: &mut Vec<f32>) {
    let share = 1.0 / channels.len() as f32;
    mean.clear();
    mean.resize(channels.first().map_or(0, |c| c.len()), 0.0);
    for channel in channels {
        for (sum, x) in mean.iter_mut().zip(*channel) {
            *sum += share * x;
        }
    }
}
