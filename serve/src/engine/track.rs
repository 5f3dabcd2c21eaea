//! One side of a call: payloads to samples to scores, on a worker.

use voxhumana::audio::{PayloadCodec, PayloadDecoder};
use voxhumana::verdict::{Reason, Verdict};
use voxhumana::{CallTracks, ChannelReport, Detector, Error, Stream, TrackStart};

use super::alert::{Alarm, AlertRule};
use super::event::Body;
use super::order::{Faults, Order, Place, Step};

/// Silence is pushed in parts of at most so many samples, so that memory stays small.
const SILENCE: [f32; 4_096] = [0.0; 4_096];

/// The facts about a track, known before its first frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTrack {
    /// Its name: `inbound`, `outbound`, …
    pub name: String,
    /// Codec of its payloads.
    pub codec: PayloadCodec,
    /// Rate that the telephone system declares, Hz.
    pub sample_rate_hz: u32,
}

/// A track under way.
pub struct Track {
    pub(super) name: String,
    index: usize,
    decoder: PayloadDecoder,
    /// `None` once it is finished.
    stream: Option<Stream>,
    /// The other tracks of the call, until it has joined them.
    others: Option<CallTracks>,
    rate_hz: u32,
    order: Order,
    /// Samples of a frame whose place the next one decides.
    held: Option<Vec<f32>>,
    samples: Vec<f32>,
    /// Samples that were pushed.
    clock: u64,
    judged_s: u64,
    spans: usize,
    said: Option<(Verdict, Option<Reason>)>,
    alarm: Alarm,
    report: ChannelReport,
}

impl Track {
    /// A track, the `index`th of its call, with whose others it is compared.
    ///
    /// # Errors
    ///
    /// Those of the decoder: a codec or rate that is not decoded.
    pub fn new(
        detector: &Detector,
        new: &NewTrack,
        index: usize,
        others: &CallTracks,
    ) -> Result<Self, Error> {
        let decoder = PayloadDecoder::new(new.codec, new.sample_rate_hz)?;
        let rate_hz = decoder.sample_rate_hz();
        // A track is one party's.
        let stream = detector.without_voices().stream(rate_hz)?;
        let mut track = Self {
            name: new.name.clone(),
            index,
            report: stream.so_far(),
            decoder,
            stream: Some(stream),
            others: Some(others.clone()),
            rate_hz,
            order: Order::default(),
            held: None,
            samples: Vec::new(),
            clock: 0,
            judged_s: 0,
            spans: 0,
            said: None,
            alarm: Alarm::default(),
        };
        track.named();
        Ok(track)
    }

    /// Takes one payload; appends what there is to tell.
    ///
    /// # Errors
    ///
    /// Those of the decoder and of the detector.
    pub fn push(
        &mut self,
        payload: &[u8],
        place: Place,
        rule: &AlertRule,
        events: &mut Vec<Body>,
    ) -> Result<(), Error> {
        if let (Some(stream), Some(others)) = (&mut self.stream, self.others.take()) {
            // A time counts from the start of the call, with silence up to the first frame.
            let start = match place.at_ns {
                Some(_) => TrackStart::Call,
                None => TrackStart::Now,
            };
            stream.join(&others, start)?;
        }
        self.samples.clear();
        // A frame is decoded before its place is known, since its length is part of the place. One
        // that is dropped has no effect on G.711 and L16, and little on the others.
        self.decoder.decode(payload, &mut self.samples)?;
        let frame_ns = self.samples.len() as u64 * 1_000_000_000 / u64::from(self.rate_hz);
        match self.order.step(place, frame_ns) {
            Step::Drop => return Ok(()),
            Step::Hold => {
                self.held = Some(std::mem::take(&mut self.samples));
                return Ok(());
            }
            Step::TakeBoth => {
                let held = self.held.take().unwrap_or_default();
                self.take(&held, rule, events)?;
            }
            Step::Take { silence_ns } => {
                let samples = u128::from(silence_ns) * u128::from(self.rate_hz);
                let samples = u64::try_from(samples / 1_000_000_000).unwrap_or(0);
                self.silence(samples, rule, events)?;
            }
        }
        self.held = None;
        let samples = std::mem::take(&mut self.samples);
        let pushed = self.take(&samples, rule, events);
        self.samples = samples;
        pushed
    }

    fn silence(
        &mut self,
        mut samples: u64,
        rule: &AlertRule,
        events: &mut Vec<Body>,
    ) -> Result<(), Error> {
        while samples > 0 {
            let n = samples.min(SILENCE.len() as u64);
            samples -= n;
            self.take(&SILENCE[..usize::try_from(n).unwrap_or(0)], rule, events)?;
        }
        Ok(())
    }

    /// Pushes samples, and judges after each full second of them.
    fn take(
        &mut self,
        mut samples: &[f32],
        rule: &AlertRule,
        events: &mut Vec<Body>,
    ) -> Result<(), Error> {
        let rate = u64::from(self.rate_hz);
        while let Some(stream) = &mut self.stream
            && !samples.is_empty()
        {
            let room = usize::try_from(rate - self.clock % rate).unwrap_or(usize::MAX);
            let (now, later) = samples.split_at(room.min(samples.len()));
            stream.push(now)?;
            samples = later;
            self.clock += now.len() as u64;
            if self.clock / rate > self.judged_s {
                self.judged_s = self.clock / rate;
                stream.refresh(&mut self.report);
                self.judge(rule, events);
            }
        }
        Ok(())
    }

    /// What a second has brought.
    fn judge(&mut self, rule: &AlertRule, events: &mut Vec<Body>) {
        let (report, track, at_s) = (&self.report, &self.name, self.at_s());
        for span in report.speech_spans.iter().skip(self.spans) {
            events.push(Body::Speech {
                track: track.clone(),
                start_s: span[0],
            });
        }
        self.spans = report.speech_spans.len();
        events.push(Body::Score {
            track: track.clone(),
            at_s,
            speech_s: report.speech_s,
            verdict: report.verdict,
            llr: report.llr,
            decision_llr: report.decision_llr,
            worst_stretch: report.worst_stretch,
        });
        let found = (report.verdict, report.reason);
        let too_little = [Some(Reason::NoSpeech), Some(Reason::TooLittleSpeech)];
        let is_first = self.said.is_none() && !too_little.contains(&report.reason);
        if is_first || self.said.is_some_and(|said| said != found) {
            self.said = Some(found);
            events.push(self.verdict(false));
        }
        if let Some(decision_llr) = self.alarm.look(rule, &(&self.report).into()) {
            events.push(Body::Alert {
                track: self.name.clone(),
                at_s,
                speech_s: self.report.speech_s,
                decision_llr,
                threshold_llr: rule.below_llr,
                worst_stretch: self.report.worst_stretch,
            });
        }
    }

    fn verdict(&self, last: bool) -> Body {
        Body::Verdict {
            track: self.name.clone(),
            at_s: self.at_s(),
            verdict: self.report.verdict,
            reason: self.report.reason,
            llr: self.report.llr,
            synthetic_probability: self.report.synthetic_probability,
            speech_s: self.report.speech_s,
            last,
        }
    }

    /// Ends its samples. All tracks of a call end before one is finished: they are compared.
    ///
    /// # Errors
    ///
    /// Those of the detector.
    pub fn end(&mut self) -> Result<(), Error> {
        self.stream.as_mut().map_or(Ok(()), Stream::end)
    }

    /// Finishes the track: its last verdict is that of an offline scan.
    ///
    /// # Errors
    ///
    /// Those of the detector.
    pub fn finish(&mut self, events: &mut Vec<Body>) -> Result<(), Error> {
        if let Some(stream) = self.stream.take() {
            self.report = stream.finish()?;
            self.named();
            events.push(self.verdict(true));
        }
        Ok(())
    }

    fn named(&mut self) {
        self.report.index = self.index;
        self.report.name.clone_from(&self.name);
    }

    /// Seconds so far.
    pub fn at_s(&self) -> f64 {
        self.clock as f64 / f64::from(self.rate_hz)
    }

    /// The report so far, not older than a second of the track.
    pub fn report(&self) -> &ChannelReport {
        &self.report
    }

    /// Faults of the line so far.
    pub fn faults(&self) -> Faults {
        self.order.faults()
    }

    /// Whether there was an alert.
    pub fn alerted(&self) -> bool {
        self.alarm.raised()
    }
}
