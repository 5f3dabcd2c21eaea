//! The actions of a manifest, and their word on AI.

use serde::Deserialize;

use crate::marks::mark::Says;
use crate::marks::source_type;

/// `c2pa.actions` and `c2pa.actions.v2` (C2PA 2.2, 18.15).
#[derive(Deserialize)]
pub(super) struct Actions {
    actions: Vec<Action>,
}

#[derive(Deserialize)]
struct Action {
    action: String,
    #[serde(rename = "digitalSourceType")]
    source_type: Option<String>,
}

impl Actions {
    /// The source type of `c2pa.created`.
    pub(super) fn created(&self) -> Option<&str> {
        let mut created = self
            .actions
            .iter()
            .filter(|action| action.action == "c2pa.created");
        created.find_map(|action| action.source_type.as_deref())
    }

    /// The word of the making, or that AI edited something made otherwise.
    pub(super) fn says(&self) -> Option<Says> {
        let created = self.created().and_then(source_type::says);
        let edited = self.actions.iter().any(|action| {
            let says = action.source_type.as_deref().and_then(source_type::says);
            matches!(says, Some(Says::Synthetic | Says::Partly))
        });
        match created {
            Some(Says::Synthetic) => created,
            _ if edited => Some(Says::Partly),
            _ => created,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPTC: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";

    #[test]
    fn what_is_created_counts_and_an_edit_by_ai_makes_it_a_part() {
        let says = |list: &[(&str, &str)]| {
            let action = |(action, word): &(&str, &str)| Action {
                action: (*action).to_owned(),
                source_type: (!word.is_empty()).then(|| format!("{IPTC}{word}")),
            };
            Actions {
                actions: list.iter().map(action).collect(),
            }
            .says()
        };
        let all = "trainedAlgorithmicMedia";
        let capture = "digitalCapture";
        assert_eq!(says(&[("c2pa.created", all)]), Some(Says::Synthetic));
        assert_eq!(says(&[("c2pa.created", capture)]), Some(Says::Captured));
        assert_eq!(
            says(&[("c2pa.created", capture), ("c2pa.edited", all)]),
            Some(Says::Partly)
        );
        assert_eq!(says(&[("c2pa.opened", ""), ("c2pa.edited", "")]), None);
        assert_eq!(says(&[("c2pa.created", "humanEdits")]), None);
        assert_eq!(says(&[]), None);
    }
}
