//! The declaration of a file, over all its marks.

use serde::{Deserialize, Serialize};

use super::mark::{Integrity, Mark, Says};

/// The word of a file itself on how it was made. It never touches a score or a verdict, and it is
/// of the whole file, not of one voice in it.
///
/// | field | type | meaning |
/// |---|---|---|
/// | `state` | string | the marks taken together, see [`DeclaredState`] |
/// | `looked` | object | where was looked, see [`Looked`] |
/// | `marks` | array | every [`Mark`] found, in the order of the file |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Declared {
    /// The marks taken together.
    pub state: DeclaredState,
    /// Where was looked.
    pub looked: Looked,
    /// Every mark found, in the order of the file.
    pub marks: Vec<Mark>,
}

/// The marks of a file taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeclaredState {
    /// No mark declares anything: nothing is known, neither that a person nor that a machine spoke.
    None,
    /// A mark says that AI made it.
    Synthetic,
    /// A mark says that AI made a part of it.
    Partly,
    /// A mark says that AI possibly made it.
    Possibly,
    /// A mark says that a device captured it. A played-back clone is captured too.
    Captured,
    /// One mark says captured, another that AI had a part in it.
    Conflicting,
    /// A mark is there that cannot be read or is not of these bytes, or a size that lies hides a
    /// part of the file in which marks lie.
    Unreadable,
}

impl DeclaredState {
    /// The name in results.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Synthetic => "synthetic",
            Self::Partly => "partly",
            Self::Possibly => "possibly",
            Self::Captured => "captured",
            Self::Conflicting => "conflicting",
            Self::Unreadable => "unreadable",
        }
    }

    /// Whether a mark says that AI made all of the file, or a part of it.
    #[must_use]
    pub fn is_synthetic(self) -> bool {
        matches!(self, Self::Synthetic | Self::Partly)
    }
}

/// Where was looked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Looked {
    /// Kinds of places that were looked at, such as `riff chunks`; empty for an unknown container.
    pub places: Vec<String>,
    /// Whether every place of the file in which a mark may lie could be seen.
    pub whole_file: bool,
    /// Why not, if not.
    pub problem: Option<String>,
}

/// The state of these marks; `hidden`: a size that lies hides a part of the file.
pub(super) fn state_of(marks: &[Mark], hidden: bool) -> DeclaredState {
    let says = |what: Says| marks.iter().any(|mark| mark.statement() == Some(what));
    let ai = [
        (Says::Synthetic, DeclaredState::Synthetic),
        (Says::Partly, DeclaredState::Partly),
        (Says::Possibly, DeclaredState::Possibly),
    ];
    let ai = ai
        .iter()
        .find(|(what, _)| says(*what))
        .map(|(_, state)| *state);
    let unreadable = hidden || marks.iter().any(Mark::is_unreadable);
    match (ai, says(Says::Captured)) {
        (Some(_), true) => DeclaredState::Conflicting,
        (Some(state), false) => state,
        // Beside a mark that cannot be read, "captured" alone would reassure.
        (None, _) if unreadable => DeclaredState::Unreadable,
        (None, true) => DeclaredState::Captured,
        (None, false) => DeclaredState::None,
    }
}

impl Mark {
    /// The statement of the mark, if it can be read and is of these bytes.
    #[must_use]
    pub fn statement(&self) -> Option<Says> {
        self.says.filter(|_| !self.is_unreadable())
    }

    /// Whether the mark is there but cannot be read, or is of another file.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.problem.is_some() || self.integrity == Integrity::Mismatch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::mark::Scheme;

    fn mark(says: Option<Says>, problem: bool) -> Mark {
        let mut mark = Mark::new(Scheme::Aigc, Default::default(), b"");
        mark.says = says;
        mark.problem = problem.then(|| "cut".to_owned());
        mark
    }

    #[test]
    fn the_strongest_statement_counts_and_a_capture_never_hides_it() {
        use DeclaredState as S;
        let all = [
            Says::Synthetic,
            Says::Partly,
            Says::Possibly,
            Says::Captured,
        ];
        for (said, expected) in [
            (&[][..], S::None),
            (&all[..1], S::Synthetic),
            (&all[..3], S::Synthetic),
            (&all[1..3], S::Partly),
            (&all[2..3], S::Possibly),
            (&all[3..], S::Captured),
            (&all[2..], S::Conflicting),
            (&all[..], S::Conflicting),
        ] {
            let marks: Vec<_> = said.iter().map(|&says| mark(Some(says), false)).collect();
            assert_eq!(state_of(&marks, false), expected, "{said:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_never_none_and_never_a_statement() {
        let broken = mark(Some(Says::Synthetic), true);
        let mut foreign = mark(Some(Says::Captured), false);
        foreign.integrity = Integrity::Mismatch;
        let captured = mark(Some(Says::Captured), false);
        let synthetic = mark(Some(Says::Synthetic), false);
        for (marks, hidden, expected) in [
            (vec![broken.clone()], false, DeclaredState::Unreadable),
            (vec![foreign], false, DeclaredState::Unreadable),
            (
                vec![captured, broken.clone()],
                false,
                DeclaredState::Unreadable,
            ),
            (vec![synthetic, broken], false, DeclaredState::Synthetic),
            (vec![], true, DeclaredState::Unreadable),
        ] {
            assert_eq!(state_of(&marks, hidden), expected);
        }
    }
}
