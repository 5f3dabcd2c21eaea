//! Tags with a name and a text, and what generators write into them.
//!
//! Only what is distinctive counts. The name of an encoder (`Lavf`, LAME) never does.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::limits::{MAX_GRAPH_BYTES, MAX_LABEL_BYTES};
use super::mark::{Mark, Place, Says, Scheme};
use super::text::Encoding;

/// A tag as its container holds it.
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a [u8],
    pub(super) encoding: Encoding,
    /// Whether the standard puts a label here in this container.
    pub(super) home: bool,
}

/// The meaning of a tag, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A label of GB 45438-2025.
    Label,
    /// Free text, into which Suno writes.
    Comment,
    /// The page of the source, `WOAS`.
    Source,
    /// Who is named as artist, where TextAloud writes itself.
    Artist,
    /// A node graph of ComfyUI.
    Graph,
}

/// Names of each kind, compared without regard to case: of ID3v2, Vorbis, RIFF INFO and iTunes.
const NAMES: [(Kind, &[&str]); 5] = [
    (Kind::Label, &["aigc"]),
    (
        Kind::Comment,
        &[
            "comm",
            "com",
            "comment",
            "description",
            "icmt",
            "\u{a9}cmt",
            "desc",
        ],
    ),
    (Kind::Source, &["woas", "was"]),
    (
        Kind::Artist,
        &["tpe1", "tp1", "artist", "iart", "\u{a9}art"],
    ),
    (Kind::Graph, &["prompt", "workflow"]),
];

impl Kind {
    pub(super) fn of(name: &str) -> Option<Self> {
        let same = |known: &&str| known.eq_ignore_ascii_case(name);
        let row = NAMES.iter().find(|(_, names)| names.iter().any(same));
        row.map(|(kind, _)| *kind)
    }

    /// Longest value read.
    pub(super) fn max_bytes(self) -> u64 {
        match self {
            Self::Graph => MAX_GRAPH_BYTES,
            _ => MAX_LABEL_BYTES,
        }
    }
}

/// The mark that a generator wrote into this tag.
pub(super) fn read(kind: Kind, place: Place, tag: &Tag<'_>) -> Option<Mark> {
    let (scheme, says) = match kind {
        Kind::Label => return None,
        Kind::Graph => {
            let found = is_graph(tag.value);
            // A graph may also only have edited a recording.
            found.then_some((Scheme::Comfyui, Says::Possibly))
        }
        Kind::Comment => {
            starts(tag, &["made with suno"]).then_some((Scheme::Suno, Says::Synthetic))
        }
        Kind::Source => starts(tag, &["https://suno.com/", "https://suno.ai/"])
            .then_some((Scheme::Suno, Says::Synthetic)),
        Kind::Artist => {
            starts(tag, &["textaloud:"]).then_some((Scheme::Textaloud, Says::Synthetic))
        }
    }?;
    let mut mark = Mark::new(scheme, place, tag.value);
    mark.says = Some(says);
    if scheme == Scheme::Comfyui {
        mark.field(tag.name, "a node graph");
    } else {
        mark.field(
            tag.name,
            tag.encoding.decode_lossy(tag.value).trim_end_matches('\0'),
        );
    }
    Some(mark)
}

fn starts(tag: &Tag<'_>, beginnings: &[&str]) -> bool {
    let text = tag.encoding.decode_lossy(tag.value);
    let text = text.trim_start();
    beginnings.iter().any(|beginning| {
        text.get(..beginning.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(beginning))
    })
}

/// ComfyUI's two forms: `prompt` maps numbers to nodes with a class, `workflow` lists nodes with a
/// type and the links between them.
fn is_graph(value: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Node {
        #[serde(rename = "class_type")]
        _class_type: String,
        #[serde(rename = "inputs")]
        _inputs: IgnoredAny,
    }
    #[derive(Deserialize)]
    struct Placed {
        #[serde(rename = "type")]
        _kind: String,
        #[serde(rename = "id")]
        _id: IgnoredAny,
    }
    #[derive(Deserialize)]
    struct Workflow {
        nodes: Vec<Placed>,
        #[serde(rename = "links")]
        _links: Vec<IgnoredAny>,
    }
    type Prompt = std::collections::BTreeMap<String, Node>;
    serde_json::from_slice::<Prompt>(value).is_ok_and(|nodes| !nodes.is_empty())
        || serde_json::from_slice::<Workflow>(value).is_ok_and(|flow| !flow.nodes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(name: &str, value: &str) -> Option<Scheme> {
        let kind = Kind::of(name)?;
        let value = value.as_bytes();
        let tag = Tag {
            name,
            value,
            encoding: Encoding::Utf8,
            home: true,
        };
        read(kind, Place::default(), &tag).map(|mark| mark.scheme)
    }

    #[test]
    fn only_distinctive_tags_are_marks() {
        let prompt = r#"{"3":{"class_type":"VAEDecodeAudio","inputs":{"samples":["2",0]}}}"#;
        let flow = r#"{"nodes":[{"id":1,"type":"SaveAudio"}],"links":[],"version":0.4}"#;
        for (name, value, expected) in [
            (
                "COMM",
                "made with suno; created=2026-01-01; id=1",
                Some(Scheme::Suno),
            ),
            (
                "\u{a9}cmt",
                "Made with Suno Studio; id=1",
                Some(Scheme::Suno),
            ),
            ("comment", "a song about suno, not made with suno", None),
            ("WOAS", "https://suno.com/song/1", Some(Scheme::Suno)),
            ("WOAS", "https://example.org/https://suno.com/", None),
            ("prompt", prompt, Some(Scheme::Comfyui)),
            ("workflow", flow, Some(Scheme::Comfyui)),
            ("prompt", "a calm voice", None),
            ("prompt", "{}", None),
            ("workflow", r#"{"nodes":[],"links":[]}"#, None),
            ("ARTIST", "TextAloud: Amy", Some(Scheme::Textaloud)),
            ("ARTIST", "Someone", None),
            ("TSSE", "Lavf59.27.100", None),
            ("ENCODER", "made with suno", None),
        ] {
            assert_eq!(scheme(name, value), expected, "{name}={value}");
        }
    }
}
