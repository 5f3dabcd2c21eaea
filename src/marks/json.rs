//! JSON that keeps what `serde_json::Value` drops: the order of members and those that come twice.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::limits::MAX_JSON_DEPTH;

/// A value of a label.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Text(String),
    Object(Vec<(String, Json)>),
    /// A number, a truth value or `null`, as it is written.
    Other(String),
    Array(Vec<Json>),
}

/// Parses one document, nothing after it.
pub(super) fn parse(text: &str) -> Result<Json, String> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let json = Depth(0).deserialize(&mut parser);
    let json = json.and_then(|json| parser.end().map(|()| json));
    json.map_err(|e| format!("no JSON: {e}"))
}

#[derive(Clone, Copy)]
struct Depth(usize);

impl Depth {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.0 == MAX_JSON_DEPTH {
            return Err(E::custom(format!("nested deeper than {MAX_JSON_DEPTH}")));
        }
        Ok(Self(self.0 + 1))
    }
}

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Json, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Other(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Other(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Other(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Other(value.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Other("null".into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let inner = self.deeper()?;
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            out.push(item);
        }
        Ok(Json::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let inner = self.deeper()?;
        let mut out = Vec::new();
        while let Some(key) = members.next_key()? {
            out.push((key, members.next_value_seed(inner)?));
        }
        Ok(Json::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_their_doubles() {
        let Ok(Json::Object(members)) = parse(r#"{"b":"1","a":2,"b":null}"#) else {
            panic!("an object was given");
        };
        let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "a", "b"]);
        assert_eq!(members[1].1, Json::Other("2".into()));
    }

    #[test]
    fn depth_has_a_limit_and_nothing_may_follow() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(parse(&nested(MAX_JSON_DEPTH)).is_ok());
        let deep = parse(&nested(MAX_JSON_DEPTH + 1)).unwrap_err();
        assert!(deep.contains("deeper than 8"), "{deep}");
        assert!(parse(&nested(100_000)).is_err());
        assert!(parse("{} {}").is_err());
        assert!(parse("").is_err());
    }
}
