//! The pages as a whole. What they look like and do in a browser is tested in cli/tests/browser.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::chinese::CHINESE;
use super::english::ENGLISH;
use super::texts::Texts;
use super::{CallPage, EmbeddedAudio, IndexPage, Language};
use crate::detect::{ExplainedWindow, Explanation};
use crate::features::SpectrogramBuilder;
use crate::model::{Model, ModelMetadata, Runtime};
use crate::report::tests::{declared, failed, scanned};
use crate::report::{Outcome, Recording, Summary};
use crate::verdict::{DecidedBy, Reason, Segment, Verdict};

fn entries(texts: &Texts) -> BTreeMap<String, String> {
    serde_json::from_value(serde_json::to_value(texts).unwrap()).unwrap()
}

fn placeholders(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = text
        .split('{')
        .skip(1)
        .map(|rest| rest.split_once('}').unwrap().0)
        .collect();
    found.sort_unstable();
    found
}

/// The metadata of the bundled model.
fn model() -> &'static ModelMetadata {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL
        .get_or_init(|| Model::bundled(Runtime::default()).unwrap())
        .metadata()
}

fn html(page: &CallPage<'_>) -> String {
    let mut bytes = Vec::new();
    page.write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn index(recordings: &[(Recording, Option<String>)], language: Language) -> String {
    let mut page = IndexPage::new(language);
    let mut summary = Summary::default();
    for (recording, address) in recordings {
        summary.add(recording);
        page.add(recording, address.clone());
    }
    let mut bytes = Vec::new();
    page.write(&summary, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Names and reports that an attacker chose: what a file, a channel or a decoder is called is not
/// ours.
fn hostile() -> Recording {
    let evil = "<img src=x onerror=alert(1)>\"'</script>";
    let mut recording = scanned();
    recording.path = format!("calls/{evil}.wav");
    if let Outcome::Ok { report, .. } = &mut recording.outcome {
        report.channels[0].name = evil.into();
        report.input.codec = evil.into();
        report.model.name = evil.into();
        report.operating_point = evil.into();
    }
    recording
}

#[test]
fn both_languages_have_every_text_with_the_same_values() {
    let (english, chinese) = (entries(&ENGLISH), entries(&CHINESE));
    assert_eq!(english.len(), chinese.len());
    for (key, text) in &english {
        let other = &chinese[key];
        assert!(!text.trim().is_empty() && !other.trim().is_empty(), "{key}");
        assert_eq!(placeholders(text), placeholders(other), "{key}");
        let is_number = text.len() == placeholders(text).join("").len() + 4;
        let is_chinese = other
            .chars()
            .any(|c| ('\u{3000}'..='\u{9fff}').contains(&c) || c == '\u{ff1b}');
        assert!(
            is_chinese || is_number || key.ends_with("_by"),
            "{key}: {other}"
        );
    }
}

#[test]
fn a_page_says_what_the_report_says() {
    let recording = scanned();
    let page = CallPage::new(&recording, model(), Language::English).unwrap();
    let page = page.index("index.html");
    let text = html(&page);
    let misses = model().operating_points["balanced"].miss_rate;
    let misses = format!("{} %, measured", (1000.0 * misses).round() / 10.0);
    for fact in [
        misses.as_str(),
        "<html lang=\"en\">",
        "Synthetic speech found",
        "Sounds machine-made: agent (1 of 2 channels).",
        "91 %",
        "\u{2212}2.31",
        "0:04.0 to 0:08.0",
        "Too little speech: 0.2 s. At least 1.0 s are needed.",
        "pcm_mulaw, decoded by ffmpeg",
        "Full scale, which samples were divided by",
        "Start of the recording, from midnight",
        "up to 3400 Hz",
        "href=\"index.html\"",
        "No proof of fraud",
    ] {
        let found = text.to_lowercase().contains(&fact.to_lowercase());
        assert!(found, "{fact} is not in\n{text}");
    }
    let chinese = html(&CallPage::new(&recording, model(), Language::SimplifiedChinese).unwrap());
    assert!(chinese.contains("<html lang=\"zh-CN\">"));
    assert!(chinese.contains(CHINESE.headline_synthetic));
    // Nothing English is left but names, codecs and the like.
    assert!(!chinese.contains("Synthetic") && !chinese.contains("threshold of"));
}

#[test]
fn a_page_names_the_score_that_the_probability_follows_from() {
    let mut recording = scanned();
    let page = |recording: &Recording| {
        html(&CallPage::new(recording, model(), Language::English).unwrap())
    };
    assert!(!page(&recording).contains(ENGLISH.decision));
    if let Outcome::Ok { report, .. } = &mut recording.outcome {
        report.channels[0].llr = Some(1.25);
        report.channels[0].decided_by = Some(DecidedBy::Stretch);
        report.channels[0].decision_llr = Some(-2.4);
    }
    let text = page(&recording);
    assert!(text.contains(ENGLISH.decision));
    assert!(text.contains("\u{2212}2.40") && text.contains("+1.25"));
    assert!(text.contains("As a whole this channel sounds human"));
}

#[test]
fn a_page_shows_what_the_score_rests_on_where_it_is_told() {
    let recording = scanned();
    let stretch = |start_s, llr| Segment {
        start_s,
        end_s: start_s + 0.25,
        llr,
    };
    let window = |start_s: f64| ExplainedWindow {
        start_s,
        end_s: start_s + 2.0,
        llr: -2.0,
        bands: vec![-1.5, 0.75],
        stretches: vec![stretch(start_s, -1.0), stretch(start_s + 1.5, 1.0)],
    };
    let explanation = Explanation {
        band_edges_hz: vec![0.0, 500.0, 3_000.0],
        // The second begins before the first ends, the third in a pause that no span covers.
        windows: vec![window(0.0), window(1.0), window(40.0)],
    };
    let page = |of: &[Explanation], language| {
        let page = CallPage::new(&recording, model(), language).unwrap();
        html(&page.explanations(of))
    };
    assert!(!page(&[], Language::English).contains(ENGLISH.explained));
    let empty = [Explanation::default(), Explanation::default()];
    assert!(!page(&empty, Language::English).contains(ENGLISH.explained));
    let both = [explanation, Explanation::default()];
    let text = page(&both, Language::English);
    assert_eq!(text.matches(ENGLISH.explained_how).count(), 1);
    let least = "least 0 to 500 Hz (\u{2212}1.50), most 500 to 3000 Hz (+0.75)";
    assert!(text.contains(least), "{text}");
    // Seconds of 61.2 as thousandths: the first window until the second begins, neither in a pause.
    let low = "M0.0 132.0H16.3M16.3 132.0H49.0";
    assert!(text.contains(&format!("d=\"{low}\"")), "{text}");
    // Its second stretch lies behind the start of the second window.
    assert!(text.contains("d=\"M0.0 190.0H4.1M16.3 190.0H20.4\""));
    assert!(text.contains("d=\"M40.8 190.0H44.9\""));
    assert!(page(&both, Language::SimplifiedChinese).contains(CHINESE.explained));
}

#[test]
fn error_rates_are_not_claimed_for_a_threshold_that_was_not_measured() {
    let mut recording = scanned();
    if let Outcome::Ok { report, .. } = &mut recording.outcome {
        report.operating_point = "custom".into();
    }
    let page = CallPage::new(&recording, model(), Language::English).unwrap();
    let text = html(&page);
    assert!(text.contains(ENGLISH.not_measured));
    assert!(!text.contains("28.9 %"));
}

#[test]
fn what_others_named_stays_text() {
    let recording = hostile();
    let page = html(&CallPage::new(&recording, model(), Language::English).unwrap());
    let list = index(
        &[(recording, Some("a\"><b>.html".into()))],
        Language::English,
    );
    for text in [page, list] {
        assert!(!text.contains("<img"), "{text}");
        assert!(!text.contains("<b>.html"), "{text}");
        assert_eq!(text.matches("</script>").count(), 1);
    }
}

#[test]
fn every_reason_has_its_sentence() {
    let mut sentences = std::collections::BTreeSet::new();
    for reason in Reason::ALL {
        let mut recording = scanned();
        if let Outcome::Ok { report, .. } = &mut recording.outcome {
            report.channels.truncate(1);
            report.channels[0].verdict = Verdict::Inconclusive;
            report.channels[0].reason = Some(reason);
        }
        let text = html(&CallPage::new(&recording, model(), Language::English).unwrap());
        let why = text.split_once("<p class=\"why\">").unwrap().1;
        sentences.insert(why.split_once("</p>").unwrap().0.to_owned());
    }
    assert_eq!(sentences.len(), 6);
    assert!(!sentences.contains(ENGLISH.why_other));
}

#[test]
fn pictures_and_audio_are_inside_and_nothing_is_outside() {
    let recording = scanned();
    let mut builder = SpectrogramBuilder::new(8_000).unwrap();
    builder.push(&[0.1; 80_000]).unwrap();
    let pictures = [builder.finish().unwrap()];
    let audio = EmbeddedAudio {
        media_type: "audio/wav",
        bytes: b"RIFF".to_vec(),
    };
    let page = CallPage::new(&recording, model(), Language::English).unwrap();
    let text = html(&page.spectrograms(&pictures).audio(&audio));
    assert!(text.contains("href=\"data:image/png;base64,iVBOR"));
    assert!(text.contains("src=\"data:audio/wav;base64,UklGRg==\""));
    assert!(
        text.contains("default-src &#39;none&#39;")
            || text.contains("default-src &#x27;none&#x27;")
    );
    for outside in ["http://", "https://", "url(", "@import"] {
        assert!(!text.contains(outside), "{outside}");
    }
    let too_long = CallPage::new(&recording, model(), Language::English).unwrap();
    assert!(html(&too_long.audio_too_long()).contains(ENGLISH.listen_not_embedded));
    // Inline styles and handlers would be refused by the policy.
    for inline in [" style=", " onclick=", " onload="] {
        assert!(!text.contains(inline), "{inline}");
    }
}

#[test]
fn a_page_of_a_day_long_call_is_not_larger_than_one_of_an_hour() {
    let of_hours = |hours: u32| {
        let mut recording = scanned();
        if let Outcome::Ok { report, .. } = &mut recording.outcome {
            report.duration_s = f64::from(hours) * 3_600.0;
            let channel = &mut report.channels[0];
            let segment = channel.segments[0];
            channel.segments = (0..hours * 1_800)
                .map(|i| crate::verdict::Segment {
                    start_s: f64::from(2 * i),
                    end_s: f64::from(2 * i + 1),
                    llr: if i % 7 == 0 { segment.llr } else { 3.0 },
                })
                .collect();
            channel.speech_spans = channel
                .segments
                .iter()
                .map(|s| [s.start_s, s.end_s])
                .collect();
        }
        html(&CallPage::new(&recording, model(), Language::English).unwrap()).len()
    };
    let (hour, day) = (of_hours(1), of_hours(24));
    assert!(day < hour + hour / 10, "{hour} and {day} bytes");
}

#[test]
fn the_index_lists_everything_the_most_suspicious_first() {
    let mut human = scanned();
    human.path = "calls/human.wav".into();
    human.declared = Some(declared());
    if let Outcome::Ok { report, .. } = &mut human.outcome {
        report.channels.truncate(1);
        report.channels[0].verdict = Verdict::BonaFide;
        report.channels[0].synthetic_probability = Some(0.2);
    }
    let recordings = [
        (human, None),
        (failed(), None),
        (scanned(), Some("a-1.html".into())),
    ];
    let text = index(&recordings, Language::English);
    let at = |part: &str| {
        text.find(part)
            .unwrap_or_else(|| panic!("{part} in {text}"))
    };
    assert!(at("href=\"a-1.html\"") < at("b.wav"));
    assert!(at("b.wav") < at("human.wav"));
    for fact in [
        "the file is empty",
        "caller, &quot;Ann&quot;: too little speech",
        "agent: Synthetic",
        "The file says it is AI-made (AIGC, Label 1, not protected)",
        "91 %",
        "34.8 s",
        "Model tiny 1.0.0, operating point balanced",
        ENGLISH.index_no_page,
    ] {
        assert!(text.contains(fact), "{fact} is not in\n{text}");
    }
    let none = index(&[], Language::SimplifiedChinese);
    assert!(none.contains(CHINESE.index_empty));
}
