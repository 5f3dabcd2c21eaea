//! The pages in English.

use super::texts::Texts;

pub(super) const ENGLISH: Texts = Texts {
    // Words and numbers.
    seconds: "{n} s",
    percent: "{n} %",
    below: "below {x}",
    above: "above {x}",
    from_to: "{from} to {to}",
    list_separator: ", ",
    yes: "yes",
    synthetic: "Synthetic",
    inconclusive: "Inconclusive",
    bona_fide: "Bona fide",
    failed: "Failed",
    // The top of a call's page.
    kind: "Report on one recording",
    skip: "Skip to the verdict",
    all_recordings: "All recordings",
    duration: "Duration",
    channels: "Channels",
    headline_synthetic: "Synthetic speech found",
    headline_inconclusive: "No verdict is possible",
    headline_bona_fide: "No sign of synthetic speech",
    headline_part: "A part sounds synthetic",
    which_synthetic: "Sounds machine-made: {channels} ({n} of {all} channels).",
    which_inconclusive: "The sound does not carry a verdict: {channels} ({n} of {all} channels).",
    which_bona_fide: "Nothing in the sound speaks for a machine at this operating point.",
    // The word of the file itself.
    declared: "Declared by the file",
    declared_alone: "{says}. This is the word of the file, not of its sound, and no part of the \
        verdict.",
    declared_but_bona_fide: "{says}; it sounds bona fide. These are two findings: the verdict is \
        of the sound alone.",
    declared_but_synthetic: "{says}; it sounds machine-made. A played-back clone is captured by \
        a device as well.",
    declared_synthetic: "The file says it is AI-made ({by})",
    declared_partly: "The file says that AI made a part of it ({by})",
    declared_possibly: "The file says it is possibly AI-made ({by})",
    declared_captured: "The file says that a device captured it ({by})",
    declared_conflicting: "The file says that a device captured it, and that AI had a part in it \
        ({by})",
    declared_unreadable: "The file has a mark, or a part, that cannot be read ({by})",
    declared_nothing: "nothing, which says nothing in either direction",
    declared_hidden: "not seen in whole: {problem}",
    declared_separator: "; ",
    mark_place: "{place} at byte {offset}",
    mark_unprotected: "not protected",
    mark_valid: "signature and hash hold",
    mark_hash_only: "its hash of the file holds, its signature was not checked",
    mark_mismatch: "of other bytes: changed, or copied from another file",
    mark_not_checked: "not checked",
    mark_unreadable: "cannot be read",
    // A channel.
    channel: "Channel {name}",
    left: "left",
    right: "right",
    mono: "mono",
    mix: "mix",
    why_synthetic: "This voice sounds machine-made: synthetic, cloned or converted speech.",
    why_stretch: "As a whole this channel sounds human, but the stretch from {from} to {to} \
        sounds machine-made; that decides.",
    why_voice: "Two voices take turns here, and one of them sounds like a machine's: compare the \
                voices below.",
    why_part: "As a whole this channel sounds human, but a part of it sounds like another, \
        machine-made voice.",
    why_bona_fide: "Nothing in the sound of this channel speaks for a machine. That is no proof \
        of who speaks.",
    why_no_speech: "No speech was found on this channel: there is nothing to judge.",
    why_too_little_speech: "Too little speech: {speech}. At least {least} are needed.",
    why_crosstalk: "Crosstalk: {crosstalk} of the speech is that of another channel which leaks \
        into this one. {speech} are left: too little.",
    why_clipped: "Clipped: more than {limit} of the samples sit at full scale. A voice that is \
        squared off cannot be judged.",
    why_narrow_band: "The band is too narrow: the recording carries frequencies up to {band}, at \
        least {least} are needed.",
    why_out_of_domain: "The sound is unlike the speech the model was made for: music, noise, or \
        several voices at once.",
    why_other: "The sound does not carry a verdict.",
    same_as: "Its sound is the same, sample by sample, as that of channel {name}.",
    probability: "Probability of synthetic",
    probability_note: "if {prior} of such voices were synthetic",
    llr: "Score (LLR)",
    llr_note: "synthetic below {threshold}; higher is more human",
    decision: "Deciding score",
    decision_note: "of the lowest stretch, for this much speech; synthetic below {threshold}",
    speech: "Speech",
    speech_note: "only speech is scored",
    out_of_domain: "Left out",
    out_of_domain_note: "no single voice speaking (music, noise, several voices): does not count",
    worst: "Lowest stretch",
    worst_note: "score {llr}; decides alone below {threshold}",
    part: "Synthetic part",
    part_note: "score {llr}; sounds like another voice than the rest",
    voice_1: "Voice 1",
    voice_2: "Voice 2",
    voice_note: "score {llr}, {speech} of speech",
    // The picture.
    picture: "Spectrogram and score over time",
    picture_none: "There is no picture of the sound; the score is drawn alone.",
    picture_text: "Score of {name} from 0:00 to {end}. {segments} segments, the lowest {lowest} \
        at {at}. {stretches} stretches lie below the threshold of {threshold}; they are listed \
        below.",
    picture_text_none: "Nothing on {name} could be scored.",
    legend_speech: "speech",
    legend_above: "score, leans human",
    legend_below: "score, leans synthetic",
    legend_threshold: "threshold of the channel ({llr})",
    legend_stretch: "threshold of a stretch ({llr})",
    legend_how: "Time runs to the right, frequency and score upwards. Click into the picture to \
        listen from there.",
    // What the score rests on.
    explained: "What the score rests on",
    explained_how: "Each band of frequencies, and each quarter of a second of speech (the row at \
        the bottom), was hidden in turn and the score taken again; the stronger the colour, the \
        more it adds. Parts act together: these numbers need not add up to the score.",
    explained_bands: "What bands add to the score, on average: least {low} ({low_llr}), most \
        {high} ({high_llr}).",
    explained_for: "speaks for a human",
    explained_against: "speaks for a machine",
    // Suspicious stretches.
    stretches: "Stretches that lean towards synthetic",
    stretches_caption: "Stretches of {name} with a score below {threshold}, in order of time",
    stretches_none: "No stretch has a score below the threshold.",
    stretches_more: "The {shown} lowest of {all} are listed.",
    stretches_note: "Single stretches below the threshold are common in human speech as well; \
        the verdict rests on the whole channel, or on the lowest stretch if it is low enough.",
    stretch: "Listen",
    stretch_play: "Play {name} from {from} to {to}",
    stretch_length: "Length",
    stretch_lowest: "Lowest score",
    stretch_worst: "lowest stretch",
    // The player.
    listen: "Listen",
    listen_embedded: "The recording is inside this page.",
    listen_open: "Open the recording",
    listen_how: "Choose {file} on this device to listen. It stays here: this page cannot send \
        anything.",
    listen_need: "Open the recording first: the button is in the bar at the bottom.",
    listen_failed: "This browser cannot play this file. A copy made with ffmpeg -i IN OUT.wav \
        will play.",
    listen_from: "Playing from {time}",
    listen_other: "This file is {found} long, the scanned recording {expected}: is it the same?",
    listen_not_embedded: "The recording is too long to be put into a page.",
    // Facts of the input.
    input: "The recording",
    input_caption: "What is known about the recording",
    path: "Path",
    container: "Container",
    codec: "Codec",
    decoded_by: "{codec}, decoded by {program}",
    guessed: "{codec}, by guess: the bytes have no header",
    full_scale: "Full scale, which samples were divided by",
    time_reference: "Start of the recording, from midnight",
    sample_rate: "Sample rate",
    bandwidth: "Bandwidth",
    bandwidth_value: "up to {hz}",
    clipping: "Clipped samples",
    clipping_value: "{share}; no verdict above {limit} on a channel",
    complete: "Complete",
    truncated: "no: it ends before its header says, or has unreadable parts",
    // Facts of the model.
    model: "Model and calibration",
    model_caption: "What gave the scores",
    model_name: "Model",
    model_version: "version {version}",
    model_digest: "SHA-256 of the model",
    training_digest: "Digest of the training data",
    runtime: "Run by",
    operating_point: "Operating point",
    threshold: "Threshold of a channel",
    threshold_value: "score below {llr} is synthetic",
    stretch_threshold: "Threshold of a stretch",
    stretch_threshold_value: "mean score of {length} of speech in a row below {llr} is \
        synthetic; lower after {seconds} of speech",
    prior: "Share of synthetic voices assumed",
    false_alarms: "Human voices called synthetic",
    misses: "Synthetic voices called human",
    measured: "{rate}, measured",
    measured_on: "Measured on",
    not_measured: "not measured for a threshold of your own",
    // Limits of a verdict.
    limits: "What the verdict does not mean",
    limit_identity: "Bona fide is no proof of identity. A human impostor, and the real person \
        played back from a recording, are bona fide.",
    limit_fraud: "Synthetic is no proof of fraud. Voice menus, screen readers and voice \
        prostheses are synthetic as well, and some human voices are called synthetic at every \
        threshold.",
    limit_age: "Detectors age. Speech of a system published after the model was trained may pass.",
    limit_inconclusive: "Inconclusive is an answer: the sound does not carry a verdict, in \
        either direction.",
    limit_person: "Do not let a verdict alone decide about a person.",
    made_by: "Made by voxhumana {version} on the machine that scanned the recording. This page \
        loads nothing from the network and sends nothing.",
    // The index.
    index: "Scanned recordings",
    index_caption: "Recordings, the most suspicious first",
    index_audio: "{duration} of audio",
    index_by: "Model {model} {version}, operating point {point}",
    index_find: "Find",
    index_find_hint: "part of a name, path, reason",
    index_show: "Show",
    index_everything: "All",
    index_count: "{shown} of {all} shown",
    index_nothing: "No recording fits. Clear the search or show all.",
    index_empty: "Nothing was scanned.",
    index_recording: "Recording",
    index_verdict: "Verdict",
    index_probability: "Synthetic",
    index_speech: "Speech",
    index_reason: "Channels and reasons",
    index_sort: "Sort by {column}",
    index_no_page: "Bona fide recordings without a link have no page; scan with --html-all to \
        get one for each.",
    reason_no_speech: "no speech",
    reason_too_little_speech: "too little speech",
    reason_crosstalk: "crosstalk of another channel",
    reason_clipped: "clipped",
    reason_narrow_band: "band too narrow",
    reason_out_of_domain: "unlike speech",
};
