//! The implicit label of GB 45438-2025 in the form of TC260-PG-202510A: a JSON object of strings.

use super::json::{self, Json};
use super::mark::{Mark, Place, Says, Scheme};
use super::tag::Tag;

/// The members of the standard, in its order.
const MEMBERS: [&str; 7] = [
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
];

/// Reads the label in this tag.
pub(super) fn read(place: Place, tag: &Tag<'_>) -> Mark {
    let mut mark = Mark::new(Scheme::Aigc, place, tag.value);
    if tag.name != "AIGC" {
        mark.deviation(format!("its name is {}, not AIGC", tag.name));
    }
    if !tag.home {
        mark.deviation("the standard puts the label elsewhere in this container");
    }
    if let Err(problem) = read_value(&mut mark, tag) {
        mark.says = None;
        mark.problem = Some(super::text::shown(&problem));
    }
    mark
}

fn read_value(mark: &mut Mark, tag: &Tag<'_>) -> Result<(), String> {
    let text = tag.encoding.decode(tag.value)?;
    let json = json::parse(text.trim_end_matches('\0').trim())?;
    let members = unwrap(mark, json)?;
    if !members
        .iter()
        .any(|(name, _)| MEMBERS.contains(&name.as_str()))
    {
        return Err("an object without a member of the label".into());
    }
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (name, value) in &members {
        let value = as_text(mark, name, value);
        match seen.iter().find(|(known, _)| known == name) {
            Some((_, first)) if *first != value => {
                return Err(format!("the member {name} comes twice, with two values"));
            }
            Some(_) => mark.deviation(format!("the member {name} comes twice")),
            None => {
                mark.field(name, value);
                seen.push((name, value));
            }
        }
    }
    let value = |name: &str| {
        seen.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, v)| *v)
    };
    let label = value("Label").unwrap_or_default();
    mark.says = Some(match label {
        "1" => Says::Synthetic,
        _ => Says::Possibly,
    });
    if !matches!(label, "1" | "2" | "3") {
        mark.deviation(format!("Label is \"{label}\"; the standard has 1, 2 and 3"));
    }
    for name in MEMBERS {
        if value(name).is_none() {
            mark.deviation(format!("the member {name} is missing"));
        }
    }
    for name in ["ContentProducer", "ContentPropagator"] {
        // A label may name no propagator.
        let code = value(name).filter(|code| !code.is_empty());
        if let Some(code) = code.filter(|code| !is_code(code)) {
            let n = code.chars().count();
            mark.deviation(format!(
                "{name} of {n} characters is no code of the standard"
            ));
        }
    }
    mark.who = value("ContentProducer")
        .filter(|code| !code.is_empty())
        .map(super::text::shown);
    Ok(())
}

/// The members of the label, out of `{"AIGC":{…}}` where it is nested so.
fn unwrap(mark: &mut Mark, json: Json) -> Result<Vec<(String, Json)>, String> {
    let Json::Object(members) = json else {
        return Err("JSON, but no object".into());
    };
    let outer = |name: &str| name.eq_ignore_ascii_case("aigc");
    let (nested, rest): (Vec<_>, Vec<_>) = members.into_iter().partition(|(name, _)| outer(name));
    let mut nested = nested.into_iter();
    let Some((name, inner)) = nested.next() else {
        return Ok(rest);
    };
    if nested.next().is_some() {
        return Err(format!("the member {name} comes twice"));
    }
    mark.deviation(format!("the label is nested in a member {name}"));
    match inner {
        Json::Object(members) => Ok(members),
        // An object that was written as text once more.
        Json::Text(text) => match json::parse(&text)? {
            Json::Object(members) => Ok(members),
            _ => Err(format!("the member {name} is no object")),
        },
        _ => Err(format!("the member {name} is no object")),
    }
}

/// The value as text; the standard has strings only.
fn as_text<'a>(mark: &mut Mark, name: &str, value: &'a Json) -> &'a str {
    let text = match value {
        Json::Text(text) => return text,
        Json::Other(text) => text,
        Json::Object(_) => "an object",
        Json::Array(_) => "an array",
    };
    mark.deviation(format!("the member {name} is no string"));
    text
}

/// TC260-PG-202510A: `00`, kind of subject 1 or 2, binding `1`, 18 characters of a credit code and
/// 5 of the service.
fn is_code(code: &str) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 27
        && bytes.starts_with(b"00")
        && matches!(bytes[2], b'1' | b'2')
        && bytes[3] == b'1'
        && bytes.iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::text::Encoding;

    const CODE: &str = "001191330106MA2CFXXXXX00001";

    fn label(json: &str) -> Mark {
        let value = json.as_bytes();
        let tag = Tag {
            name: "AIGC",
            value,
            encoding: Encoding::Utf8,
            home: true,
        };
        read(Place::default(), &tag)
    }

    fn full(label: &str) -> String {
        format!(
            r#"{{"Label":"{label}","ContentProducer":"{CODE}","ProduceID":"p","ReservedCode1":"",
            "ContentPropagator":"{CODE}","PropagateID":"q","ReservedCode2":""}}"#
        )
    }

    #[test]
    fn a_label_of_the_standard_has_no_deviation() {
        for (given, says) in [
            ("1", Says::Synthetic),
            ("2", Says::Possibly),
            ("3", Says::Possibly),
        ] {
            let mark = label(&full(given));
            assert_eq!((mark.says, &mark.problem), (Some(says), &None));
            assert_eq!(mark.deviations, [""; 0]);
            assert_eq!(mark.who.as_deref(), Some(CODE));
            assert_eq!(mark.fields["PropagateID"], "q");
        }
    }

    #[test]
    fn deviations_are_read_and_told() {
        for (json, says, told) in [
            (
                r#"{"aigc":{"Label":"1"}}"#.to_owned(),
                Says::Synthetic,
                "nested in a member aigc",
            ),
            (
                r#"{"AIGC":{"Label":"1"}}"#.to_owned(),
                Says::Synthetic,
                "nested in a member AIGC",
            ),
            (
                r#"{"AIGC":"{\"Label\":\"1\"}"}"#.to_owned(),
                Says::Synthetic,
                "nested",
            ),
            (full("AIGC"), Says::Possibly, "Label is \"AIGC\""),
            (full("0"), Says::Possibly, "Label is \"0\""),
            (
                r#"{"ContentProducer":"x"}"#.to_owned(),
                Says::Possibly,
                "Label is missing",
            ),
            (
                r#"{"Label":1}"#.to_owned(),
                Says::Synthetic,
                "Label is no string",
            ),
            (
                full("1").replace("MA2CF", "MA2"),
                Says::Synthetic,
                "of 25 characters",
            ),
            (
                r#"{"Label":"1","Label":"1"}"#.to_owned(),
                Says::Synthetic,
                "comes twice",
            ),
            (full("1") + "\0", Says::Synthetic, ""),
        ] {
            let mark = label(&json);
            assert_eq!(mark.problem, None, "{json}");
            assert_eq!(mark.says, Some(says), "{json}");
            let all = mark.deviations.join("; ");
            assert!(all.contains(told), "{json}: {all}");
        }
    }

    #[test]
    fn what_is_no_label_is_unreadable() {
        for (json, told) in [
            ("", "no JSON"),
            ("AIGC", "no JSON"),
            (r#"{"Label":"1""#, "no JSON"),
            (r#"["1"]"#, "no object"),
            ("{}", "without a member"),
            (r#"{"label":"1"}"#, "without a member"),
            (r#"{"Label":"1","Label":"2"}"#, "two values"),
            (r#"{"AIGC":1}"#, "no object"),
            (r#"{"AIGC":{"Label":"1"},"aigc":{"Label":"2"}}"#, "twice"),
        ] {
            let mark = label(json);
            assert!(mark.is_unreadable() && mark.statement().is_none(), "{json}");
            let problem = mark.problem.unwrap_or_default();
            assert!(problem.contains(told), "{json}: {problem}");
        }
    }
}
