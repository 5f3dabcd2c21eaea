//! What the tracks of a recording are called, and which of them are wanted.

use symphonia::core::formats::Track as LibraryTrack;

use super::describe::TrackInfo;
use super::track::Track;
use crate::{Error, Result};

/// The name of one track for an error: its number, and what else is known.
pub(super) fn label(number: usize, info: Option<&TrackInfo>) -> String {
    let more = info.and_then(|info| info.title.as_ref().or(info.language.as_ref()));
    match more {
        Some(more) => format!("track {number} ({more})"),
        None => format!("track {number}"),
    }
}

/// Numbers of the tracks that are wanted: by number, title or language; all if nothing is.
pub(super) fn pick(
    tracks: &[(usize, &LibraryTrack, Option<TrackInfo>)],
    wanted: &[String],
) -> Result<Vec<usize>> {
    let mut picked = Vec::new();
    for want in wanted {
        let is = |name: Option<&String>| name.is_some_and(|n| n.eq_ignore_ascii_case(want));
        let found = tracks.iter().filter(|(number, _, info)| {
            let info = info.as_ref();
            number.to_string() == *want
                || is(info.and_then(|info| info.title.as_ref()))
                || is(info.and_then(|info| info.language.as_ref()))
        });
        let before = picked.len();
        picked.extend(found.map(|(number, ..)| *number));
        if picked.len() == before {
            let names = tracks
                .iter()
                .map(|(number, _, info)| label(*number, info.as_ref()));
            return Err(Error::InvalidArgument {
                name: "track",
                value: want.clone(),
                accepted: names.collect::<Vec<_>>().join(", "),
            });
        }
    }
    if wanted.is_empty() {
        picked.extend(tracks.iter().map(|(number, ..)| *number));
    }
    Ok(picked)
}

/// The name of each channel of the tracks: titles, where all have different ones, else languages,
/// else numbers.
pub(super) fn channels(tracks: &[Track], channels: &[usize]) -> Vec<String> {
    let differ = |names: &[Option<&String>]| {
        let all = names.iter().all(Option::is_some);
        all && (1..names.len()).all(|i| !names[..i].contains(&names[i]))
    };
    let titles: Vec<_> = tracks.iter().map(|track| track.title.as_ref()).collect();
    let languages: Vec<_> = tracks.iter().map(|track| track.language.as_ref()).collect();
    let mut names = Vec::new();
    for (i, (track, &channels)) in tracks.iter().zip(channels).enumerate() {
        let name = match (differ(&titles), differ(&languages), titles[i]) {
            (true, ..) => titles[i].unwrap_or(&track.name).clone(),
            (_, true, _) => languages[i].unwrap_or(&track.name).clone(),
            (.., Some(title)) => format!("{title} ({})", track.name),
            _ => track.name.clone(),
        };
        match channels {
            1 => names.push(name),
            2 => names.extend([format!("{name} left"), format!("{name} right")]),
            n => names.extend((0..n).map(|c| format!("{name} {c}"))),
        }
    }
    names
}
