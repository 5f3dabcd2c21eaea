//! The one path from samples to channel reports: files, streams and arrays all go through here,
//! block by block, in memory that does not grow with the recording (but for its results).

use std::ops::Range;
use std::sync::Arc;

use ndarray::Array2;

use super::call_tracks::CallTracks;
use super::channel::Channel;
use super::keep::{Keep, KeptWindow};
use super::result::ChannelReport;
use super::scorer::Scorer;
use super::voices::Voices;
use super::windows::Window;
use crate::audio::{Resampler, is_sample};
use crate::features::InputMeter;
use crate::model::{MODEL_SAMPLE_RATE_HZ, OperatingPoint};
use crate::speech::{Crosstalk, SteadyRemover, TrackStart};
use crate::verdict::{
    ChannelScores, Decision, Segment, WindowScore, decide, decide_by_turns, decide_by_voice,
};
use crate::{Error, Result};

/// Samples that are handed on at once. The first two seconds of a channel come together, and the
/// buffers that they go through should not be as long for that.
const PART: usize = 4_096;

/// State that every channel of the input has of its own.
struct Input {
    meter: InputMeter,
    steady: SteadyRemover,
    /// The samples at hand without offset and hum.
    clean: Vec<f32>,
    resampler: Resampler,
    resampled: Vec<f32>,
    state: State,
}

/// Who scores a channel.
enum State {
    /// The channel itself.
    Own(Box<Channel>),
    /// All samples so far were those of this earlier channel, which does the work for both.
    SameAs(usize),
}

impl Input {
    /// Hands a part of the clean samples on.
    fn take_clean(&mut self, part: Range<usize>) {
        let end = part.end.min(self.clean.len());
        let part = self.clean.get(part.start..end).unwrap_or_default();
        self.meter.push_spectrum(part);
        self.resampled.clear();
        self.resampler.push(part, &mut self.resampled);
        if let State::Own(channel) = &mut self.state {
            channel.listen(&self.resampled);
        }
    }
}

/// With what the channels are compared.
enum Comparison {
    /// With each other.
    Within(Crosstalk),
    /// The only one with the other tracks of its call, among which it has this index.
    Among(CallTracks, usize),
}

/// A window that waits to be scored, and whose it is.
struct Job {
    channel: usize,
    window: Window,
}

/// A scan under way.
pub(super) struct Scan {
    scorer: Arc<Scorer>,
    point: OperatingPoint,
    inputs: Vec<Input>,
    rate_hz: u32,
    /// Where there are several.
    comparison: Option<Comparison>,
    /// Tells voices apart, as long as all channels are one.
    voices: Option<Voices>,
    /// Whether the samples have ended, and whether all of them are scored.
    ended: bool,
    finished: bool,
    jobs: Vec<Job>,
    keep: Keep,
    /// Windows that are collected before they are scored.
    batch: usize,
    /// Sample frames taken so far.
    frames: u64,
    cut: Vec<Window>,
}

impl Scan {
    /// `batch`: windows that are collected before they are scored; 1 for the least delay.
    pub(super) fn new(
        scorer: Arc<Scorer>,
        point: OperatingPoint,
        sample_rate_hz: u32,
        channels: usize,
        batch: usize,
        keep: Keep,
    ) -> Result<Self> {
        let crosstalk = Crosstalk::new(channels);
        let compared = crosstalk.is_some();
        let inputs = (0..channels)
            .map(|channel| {
                Ok(Input {
                    meter: InputMeter::new(sample_rate_hz),
                    steady: SteadyRemover::new(sample_rate_hz),
                    clean: Vec::new(),
                    resampler: Resampler::new(sample_rate_hz, MODEL_SAMPLE_RATE_HZ)?,
                    resampled: Vec::new(),
                    state: if channel == 0 {
                        let metadata = scorer.model().metadata();
                        State::Own(Box::new(Channel::new(metadata, compared, keep)?))
                    } else {
                        State::SameAs(0)
                    },
                })
            })
            .collect::<Result<_>>()?;
        let voices = match keep.traits {
            true => Voices::new(scorer.model().metadata())?,
            false => None,
        };
        Ok(Self {
            scorer,
            point,
            inputs,
            rate_hz: sample_rate_hz,
            comparison: crosstalk.map(Comparison::Within),
            voices,
            ended: false,
            finished: false,
            jobs: Vec::new(),
            keep,
            batch,
            frames: 0,
            cut: Vec::new(),
        })
    }

    /// Lets the only channel be compared with the other tracks of its call. Nothing happens where
    /// it has heard something, or is compared already.
    pub(super) fn join(&mut self, tracks: &CallTracks, start: TrackStart) -> Result<()> {
        if let ([input], None, 0) = (&mut self.inputs[..], &self.comparison, self.frames)
            && let Some(index) = tracks.lock().join(start)
        {
            let metadata = self.scorer.model().metadata();
            input.state = State::Own(Box::new(Channel::new(metadata, true, self.keep)?));
            self.comparison = Some(Comparison::Among(tracks.clone(), index));
            // Each party has a track of its own.
            self.voices = None;
        }
        Ok(())
    }

    /// Takes the next samples: one slice per channel, all of one length.
    pub(super) fn push(&mut self, block: &[&[f32]]) -> Result<()> {
        if self.ended {
            return Ok(());
        }
        for samples in block {
            if let Some(i) = samples.iter().position(|&x| !is_sample(x)) {
                return Err(no_sample(self.frames + i as u64, samples[i]));
            }
        }
        let before = self.frames;
        self.frames += block.first().map_or(0, |samples| samples.len() as u64);
        if let Some(Comparison::Among(tracks, index)) = &self.comparison {
            let (to, rate_hz) = (self.frames, self.rate_hz);
            tracks.lock().hear(*index, before, to, rate_hz);
        }
        self.split_diverged(block)?;
        for (input, samples) in self.inputs.iter_mut().zip(block) {
            input.meter.push_level(samples);
            input.clean.clear();
            input.steady.push(samples, &mut input.clean);
        }
        self.take_clean()
    }

    /// Cuts windows from the clean samples, and scores them where enough wait.
    fn take_clean(&mut self) -> Result<()> {
        let longest = self.inputs.iter().map(|input| input.clean.len()).max();
        for start in (0..longest.unwrap_or(0)).step_by(PART) {
            for input in &mut self.inputs {
                input.take_clean(start..start + PART);
            }
            self.compare(|crosstalk, _| crosstalk.advance());
            for (index, input) in self.inputs.iter_mut().enumerate() {
                if let State::Own(channel) = &mut input.state {
                    channel.windows(&mut self.cut);
                    queue(&mut self.jobs, index, &mut self.cut);
                }
            }
            if self.jobs.len() >= self.batch {
                self.score_jobs()?;
            }
        }
        // Between two pushes they are nobody's: a thousand calls need no room for them each.
        for input in &mut self.inputs {
            input.clean = Vec::new();
            input.resampled = Vec::new();
        }
        Ok(())
    }

    /// Gives a channel its own state from the block on in which it first differs from an earlier
    /// one.
    fn split_diverged(&mut self, block: &[&[f32]]) -> Result<()> {
        let mut parted: Vec<(usize, usize)> = Vec::new();
        for index in 1..self.inputs.len() {
            let State::SameAs(leader) = self.inputs[index].state else {
                continue;
            };
            if block[index] == block[leader] {
                continue;
            }
            // Three channels may have been alike so far, and two of them may still be.
            let other = parted
                .iter()
                .find(|&&(c, from)| from == leader && block[c] == block[index]);
            if let Some(&(c, _)) = other {
                self.inputs[index].state = State::SameAs(c);
                continue;
            }
            // Windows that wait belong to both.
            self.score_jobs()?;
            if let State::Own(channel) = &self.inputs[leader].state {
                self.inputs[index].state = State::Own(channel.clone());
                if let Some(Comparison::Within(crosstalk)) = &mut self.comparison {
                    crosstalk.part(index, leader);
                }
                parted.push((index, leader));
                // Each has a channel of its own.
                self.voices = None;
            }
        }
        Ok(())
    }

    fn score_jobs(&mut self) -> Result<()> {
        // Where the model fails they are gone: again it would fail with the same.
        let jobs = std::mem::take(&mut self.jobs);
        let windows = jobs.iter().map(|job| job.window.samples.as_slice());
        let windows: Vec<&[f32]> = windows.collect();
        let outputs = self.scorer.score(&windows, self.keep.embeddings)?;
        for (job, output) in jobs.into_iter().zip(outputs) {
            if let State::Own(channel) = &mut self.inputs[job.channel].state {
                let voices = self.voices.as_mut();
                let heard = voices.map(|voices| voices.hear(&job.window.samples));
                let heard = heard.transpose()?;
                let counts = channel.take_score(job.window, output);
                if let (Some(voices), Some(heard), true) = (&mut self.voices, heard, counts) {
                    voices.push(heard);
                }
            }
        }
        Ok(())
    }

    /// Lets the channels be compared, as far as `go` goes.
    fn compare(&mut self, go: impl FnOnce(&mut Crosstalk, usize)) {
        match &mut self.comparison {
            Some(Comparison::Within(crosstalk)) => exchange(&mut self.inputs, 0, crosstalk, go),
            Some(Comparison::Among(tracks, index)) => {
                exchange(&mut self.inputs, *index, &mut tracks.lock(), go);
            }
            None => {}
        }
    }

    /// Ends the samples.
    pub(super) fn end(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.ended, true) {
            return Ok(());
        }
        for input in &mut self.inputs {
            input.clean.clear();
            input.steady.finish(&mut input.clean);
        }
        self.take_clean()?;
        for input in &mut self.inputs {
            input.resampled.clear();
            input.resampler.finish(&mut input.resampled);
            if let State::Own(channel) = &mut input.state {
                channel.listen(&input.resampled);
                channel.end();
            }
        }
        self.compare(Crosstalk::end);
        Ok(())
    }

    /// Ends the samples, if they have not ended, and completes all timelines.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.end()?;
        self.compare(Crosstalk::leave);
        for (index, input) in self.inputs.iter_mut().enumerate() {
            if let State::Own(channel) = &mut input.state {
                channel.last_windows(&mut self.cut);
                queue(&mut self.jobs, index, &mut self.cut);
            }
        }
        self.score_jobs()?;
        for input in &mut self.inputs {
            if let State::Own(channel) = &mut input.state {
                channel.close();
            }
        }
        self.finished = true;
        Ok(())
    }

    /// The decision about each channel, from the scores so far.
    pub(super) fn decisions(&self) -> Vec<Decision> {
        let mut decisions: Vec<Decision> = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let decision = match &input.state {
                State::Own(channel) => self.decide(&input.meter, channel),
                State::SameAs(other) => decisions[*other].clone(),
            };
            decisions.push(decision);
        }
        decisions
    }

    fn decide(&self, meter: &InputMeter, channel: &Channel) -> Decision {
        let scores = ChannelScores {
            speech_s: channel.speech_s(),
            crosstalk_s: channel.crosstalk_s(),
            bandwidth_hz: meter.bandwidth_hz(),
            clipped_share: meter.clipped_share(),
            windows: channel.scored(),
        };
        let metadata = self.scorer.model().metadata();
        let whole = decide(&scores, metadata, &self.point);
        // Of a call that goes on, looking again every second would cost more the longer it is.
        let (Some(voices), true) = (&self.voices, self.finished) else {
            return whole;
        };
        let spans = voices.spans(&channel.speech_spans(), scores.windows, metadata);
        if spans.is_empty() {
            return decide_by_turns(whole, scores.windows, metadata, &self.point);
        }
        decide_by_voice(whole, &spans, scores.windows, metadata, &self.point)
    }

    /// The report of each channel about which `decisions` were made.
    pub(super) fn reports(&self, names: &[String], decisions: &[Decision]) -> Vec<ChannelReport> {
        let mut reports: Vec<ChannelReport> = Vec::with_capacity(self.inputs.len());
        for (index, (input, decision)) in self.inputs.iter().zip(decisions).enumerate() {
            let name = names.get(index).cloned().unwrap_or_default();
            let report = match &input.state {
                State::Own(channel) => channel.report(index, name, decision),
                State::SameAs(other) => ChannelReport {
                    index,
                    name,
                    same_as: Some(*other),
                    ..reports[*other].clone()
                },
            };
            reports.push(report);
        }
        reports
    }

    /// Brings an earlier report of the first channel, which is nobody's copy, up to date.
    pub(super) fn refresh_first(&self, report: &mut ChannelReport) {
        if let Some(input) = self.inputs.first()
            && let State::Own(channel) = &input.state
        {
            channel.refresh(report, self.decide(&input.meter, channel));
        }
    }

    /// Segments of a channel that no later sample changes.
    pub(super) fn segments(&self, channel: usize) -> &[Segment] {
        match self.inputs.get(channel).map(|input| &input.state) {
            Some(State::Own(channel)) => channel.segments(),
            Some(State::SameAs(other)) => self.segments(*other),
            None => &[],
        }
    }

    /// Scored windows, per channel; none for one that another does the work for.
    pub(super) fn windows(&self) -> Vec<Vec<WindowScore>> {
        let of = |input: &Input| match &input.state {
            State::Own(channel) => channel.scored().to_vec(),
            State::SameAs(_) => Vec::new(),
        };
        self.inputs.iter().map(of).collect()
    }

    /// The embeddings of [`Scan::windows`], per channel `(windows, n)`, where they are kept.
    pub(super) fn embeddings(&self) -> Vec<Array2<f32>> {
        let size = self.scorer.model().embedding_size().unwrap_or(0);
        let of = |input: &Input| match &input.state {
            State::Own(channel) => {
                let shape = (channel.scored().len(), size);
                Array2::from_shape_vec(shape, channel.embeddings().to_vec()).unwrap_or_default()
            }
            State::SameAs(_) => Array2::zeros((0, size)),
        };
        self.inputs.iter().map(of).collect()
    }

    /// The windows that are to be explained, per channel; none for one that another does the work
    /// for.
    pub(super) fn kept_windows(&self) -> Vec<&[KeptWindow]> {
        let kept = self.inputs.iter().map(|input| match &input.state {
            State::Own(channel) => channel.kept_windows(),
            State::SameAs(_) => &[],
        });
        kept.collect()
    }

    /// Sample frames taken so far.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// Highest frequency that any channel carries, Hz.
    pub(super) fn bandwidth_hz(&self) -> u32 {
        let bands = self.inputs.iter().map(|input| input.meter.bandwidth_hz());
        bands.max().unwrap_or(0)
    }

    /// Share of clipped samples over all channels, which are of one length.
    pub(super) fn clipped_share(&self) -> f64 {
        let shares = self.inputs.iter().map(|input| input.meter.clipped_share());
        shares.sum::<f64>() / self.inputs.len().max(1) as f64
    }
}

/// Hands on what the comparison needs of channels that have indices from `first` on in it, lets it
/// go on, and takes what it has found about them.
fn exchange(
    inputs: &mut [Input],
    first: usize,
    crosstalk: &mut Crosstalk,
    go: impl FnOnce(&mut Crosstalk, usize),
) {
    let own = |inputs: &mut [Input], take: &mut dyn FnMut(&mut Channel, usize)| {
        for (index, input) in inputs.iter_mut().enumerate() {
            if let State::Own(channel) = &mut input.state {
                take(channel, first + index);
            }
        }
    };
    own(inputs, &mut |channel, index| {
        channel.give_bands(index, crosstalk)
    });
    go(crosstalk, first);
    own(inputs, &mut |channel, index| {
        channel.take_leaks(index, crosstalk)
    });
}

fn no_sample(index: u64, value: f32) -> Error {
    if value.is_finite() {
        return Error::InvalidArgument {
            name: "sample",
            value: format!("{value:e} at index {index}"),
            accepted: "-2^32 to 2^32; full scale is -1 to 1".to_owned(),
        };
    }
    Error::NonFiniteSample {
        index: usize::try_from(index).unwrap_or(usize::MAX),
        value,
    }
}

fn queue(jobs: &mut Vec<Job>, channel: usize, windows: &mut Vec<Window>) {
    jobs.extend(windows.drain(..).map(|window| Job { channel, window }));
}
