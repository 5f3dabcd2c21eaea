//! The word of the file itself, beside the verdict: one sentence at the top, a row for each mark.

use super::facts::Fact;
use super::format::fill;
use super::texts::Texts;
use crate::marks::{Declared, DeclaredState, Integrity, Mark, Scheme};
use crate::verdict::Verdict;

/// The sentence at the top of the page; none where nothing is declared.
pub(super) fn sentence(declared: &Declared, verdict: Verdict, t: &'static Texts) -> Option<String> {
    let says = says(declared, t)?;
    let sounds = match (declared.state, verdict) {
        (DeclaredState::Synthetic | DeclaredState::Partly, Verdict::BonaFide) => {
            t.declared_but_bona_fide
        }
        (DeclaredState::Captured, Verdict::Synthetic) => t.declared_but_synthetic,
        _ => t.declared_alone,
    };
    Some(fill(sounds, &[("says", &says)]))
}

/// The declaration alone, for a list; none where nothing is declared.
pub(super) fn says(declared: &Declared, t: &'static Texts) -> Option<String> {
    let text = match declared.state {
        DeclaredState::None => return None,
        DeclaredState::Synthetic => t.declared_synthetic,
        DeclaredState::Partly => t.declared_partly,
        DeclaredState::Possibly => t.declared_possibly,
        DeclaredState::Captured => t.declared_captured,
        DeclaredState::Conflicting => t.declared_conflicting,
        DeclaredState::Unreadable => t.declared_unreadable,
    };
    let marks: Vec<_> = declared.marks.iter().map(|mark| briefly(mark, t)).collect();
    // A file that hides a part of itself may show no mark.
    let by = match (marks.is_empty(), &declared.looked.problem) {
        (true, Some(problem)) => problem.clone(),
        _ => marks.join(t.declared_separator),
    };
    Some(fill(text, &[("by", &by)]))
}

/// The rows of the table: each mark, or that there is none.
pub(super) fn facts(declared: &Declared, t: &'static Texts) -> Vec<Fact> {
    let row = |value: String| Fact::new(t.declared, value);
    let mut rows: Vec<_> = declared
        .marks
        .iter()
        .map(|mark| row(fully(mark, t)))
        .collect();
    match &declared.looked.problem {
        Some(problem) => rows.push(row(fill(t.declared_hidden, &[("problem", problem)]))),
        None if rows.is_empty() => rows.push(row(t.declared_nothing.to_owned())),
        None => {}
    }
    rows
}

/// `AIGC, Label 1, not protected`.
fn briefly(mark: &Mark, t: &'static Texts) -> String {
    let mut parts = vec![mark.scheme.to_string()];
    if let (Scheme::Aigc, Some(label)) = (mark.scheme, mark.fields.get("Label")) {
        parts.push(format!("Label {label}"));
    }
    if mark.problem.is_some() {
        parts.push(t.mark_unreadable.to_owned());
    } else {
        parts.push(integrity(mark.integrity, t).to_owned());
    }
    parts.join(t.list_separator)
}

fn fully(mark: &Mark, t: &'static Texts) -> String {
    let place = &mark.place;
    let mut parts = vec![briefly(mark, t)];
    parts.extend(mark.who.clone());
    let values = [
        ("place", &*place.name),
        ("offset", &place.offset.to_string()),
    ];
    parts.push(fill(t.mark_place, &values));
    parts.extend(mark.problem.clone());
    parts.join(t.declared_separator)
}

fn integrity(integrity: Integrity, t: &'static Texts) -> &'static str {
    match integrity {
        Integrity::Unprotected => t.mark_unprotected,
        Integrity::Valid => t.mark_valid,
        Integrity::HashOnly => t.mark_hash_only,
        Integrity::Mismatch => t.mark_mismatch,
        Integrity::NotChecked => t.mark_not_checked,
    }
}
