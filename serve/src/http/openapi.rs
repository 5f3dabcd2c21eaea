//! The description of all this for programs: OpenAPI 3.1.
//!
//! `openapi.json` has the paths; the forms of events and results are those of their own schemas. A
//! test holds it against the routes and against real answers.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::Value;
use voxhumana::report::JSON_SCHEMA;

use crate::engine::EVENT_SCHEMA;

const PATHS: &str = include_str!("openapi.json");

/// Schemas that are kept elsewhere, by their names here.
const SCHEMAS: [(&str, &str); 2] = [("Event", EVENT_SCHEMA), ("Result", JSON_SCHEMA)];

static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().unwrap_or_default().to_string());

fn document() -> serde_json::Result<Value> {
    let mut document: Value = serde_json::from_str(PATHS)?;
    for (name, schema) in SCHEMAS {
        let mut schema: Value = serde_json::from_str(schema)?;
        point_here(&mut schema, name);
        let parts = schema.as_object_mut().and_then(|s| s.remove("$defs"));
        let schemas = &mut document["components"]["schemas"];
        schemas[name] = schema;
        for (part, schema) in parts.iter().filter_map(Value::as_object).flatten() {
            schemas[format!("{name}_{part}")] = schema.clone();
        }
    }
    Ok(document)
}

/// Turns references to the parts of a schema into those of the description, which knows one place
/// for all: `#/$defs/PART` to `#/components/schemas/NAME_PART`.
fn point_here(schema: &mut Value, name: &str) {
    match schema {
        Value::Object(fields) => {
            fields.remove("$schema");
            for (key, value) in fields {
                let part = value.as_str().and_then(|v| v.strip_prefix("#/$defs/"));
                if let ("$ref", Some(part)) = (key.as_str(), part) {
                    *value = Value::from(format!("#/components/schemas/{name}_{part}"));
                } else {
                    point_here(value, name);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| point_here(item, name)),
        _ => {}
    }
}

/// `GET /v1/openapi.json`
pub async fn get() -> impl IntoResponse {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, DOCUMENT.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The routes, by their source: axum does not tell them.
    #[test]
    fn it_has_every_route_and_no_other() {
        let source = include_str!("mod.rs");
        let mut routes: Vec<String> = Vec::new();
        for route in source.split(".route(\"").skip(1) {
            let (path, rest) = route.split_once('"').unwrap();
            let handlers = rest.lines().next().unwrap();
            for method in ["get", "post", "delete"] {
                if handlers.contains(&format!("{method}(")) {
                    routes.push(format!("{method} {path}"));
                }
            }
        }
        routes.sort();
        let document = document().unwrap();
        let mut described: Vec<String> = Vec::new();
        for (path, operations) in document["paths"].as_object().unwrap() {
            let operations = operations.as_object().unwrap().keys();
            let methods = operations.filter(|key| *key != "parameters");
            described.extend(methods.map(|method| format!("{method} {path}")));
        }
        described.sort();
        assert!(routes.len() > 10, "{routes:?}");
        assert_eq!(routes, described);
    }

    /// Pages of other sites are kept out everywhere, and forms need their file.
    #[test]
    fn it_says_what_every_path_refuses() {
        let document = document().unwrap();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                if method != "parameters" {
                    let refused = &operation["responses"]["403"];
                    assert!(refused.is_object(), "{method} {path}");
                }
            }
        }
        let scan = &document["paths"]["/v1/scan"]["post"]["requestBody"]["content"];
        let form = &scan["multipart/form-data"]["schema"];
        assert_eq!(form["required"], json!(["file"]));
        assert!(form["properties"]["file"].is_object());
    }

    #[test]
    fn its_references_lead_somewhere() {
        let document = document().unwrap();
        let text = document.to_string();
        let references: Vec<&str> = text
            .split("\"$ref\":\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert!(references.len() > 50, "{}", references.len());
        for reference in references {
            let place = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{reference}");
        }
    }

    #[test]
    fn its_dialects_are_those_that_are_spoken() {
        let document = document().unwrap();
        let dialects = &document["paths"]["/v1/streams/{dialect}"]["parameters"][0];
        let spoken = crate::streams::DIALECTS.map(|(name, _)| name);
        assert_eq!(dialects["schema"]["enum"], json!(spoken));
    }
}
