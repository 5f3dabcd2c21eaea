//! XMP packets: AIGC labels and the IPTC's `DigitalSourceType`, each as an attribute or as an
//! element. No document type is read, so there are no entities but the five of XML.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::limits::{MAX_BOX_DEPTH, MAX_LABEL_BYTES, MAX_MARKS};
use super::mark::{Mark, Place, Scheme};
use super::tag::Tag;
use super::text::{self, Encoding};
use super::{aigc, source_type};

const AIGC: &str = "http://www.tc260.org.cn/ns/AIGC/1.0/";
const IPTC_EXTENSION: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// Attributes looked at of one element.
const MAX_ATTRIBUTES: usize = 1_000;

/// A property of interest, and its value as far as it was read.
struct Property {
    scheme: Scheme,
    name: String,
    value: String,
}

/// The marks of a packet.
pub(super) fn read(place: &Place, packet: &[u8]) -> Result<Vec<Mark>, String> {
    let text = std::str::from_utf8(packet)
        .map_err(|e| format!("byte {} of the packet is not UTF-8", e.valid_up_to()))?;
    // Padding after the packet's end.
    let text = text.trim_end_matches('\0');
    let properties = properties(text)?;
    Ok(properties
        .into_iter()
        .map(|property| mark(place, &property))
        .collect())
}

fn properties(text: &str) -> Result<Vec<Property>, String> {
    let failed = |e: quick_xml::Error| format!("no XML: {e}");
    let mut reader = NsReader::from_str(text);
    let mut found = Vec::new();
    let mut depth = 0;
    // The property whose element is open, and its depth.
    let mut open: Option<(Property, usize)> = None;
    loop {
        let event = reader.read_event().map_err(failed)?;
        match event {
            Event::Start(start) => {
                depth += 1;
                if depth > MAX_BOX_DEPTH {
                    return Err(format!("elements nested deeper than {MAX_BOX_DEPTH}"));
                }
                attributes(&reader, &start, &mut found)?;
                if open.is_none() {
                    open = element(&reader, &start)?.map(|property| (property, depth));
                }
            }
            Event::Empty(start) => {
                attributes(&reader, &start, &mut found)?;
                found.extend(element(&reader, &start)?.filter(|p| !p.value.is_empty()));
            }
            Event::End(_) => {
                if open.as_ref().is_some_and(|(_, at)| *at == depth) {
                    found.extend(open.take().map(|(property, _)| property));
                }
                depth -= 1;
            }
            Event::Text(part) => add(&mut open, &part.xml10_content()),
            Event::CData(part) => add(&mut open, &part.xml10_content()),
            Event::GeneralRef(reference) => add(&mut open, &resolve(&reference)?),
            Event::DocType(_) => return Err("a document type, which is not read".into()),
            Event::Eof if depth > 0 => return Err("no XML: it ends within an element".into()),
            Event::Eof => return Ok(found),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
        if found.len() > MAX_MARKS {
            return Err(format!("more than {MAX_MARKS} properties of interest"));
        }
    }
}

/// The scheme of a name in a namespace.
fn scheme(namespace: &ResolveResult<'_>, name: &str) -> Option<Scheme> {
    let ResolveResult::Bound(namespace) = namespace else {
        return None;
    };
    match namespace.0 {
        AIGC if name.eq_ignore_ascii_case("AIGC") => Some(Scheme::Aigc),
        IPTC_EXTENSION if name.eq_ignore_ascii_case("DigitalSourceType") => Some(Scheme::Iptc),
        _ => None,
    }
}

fn attributes(
    reader: &NsReader<&[u8]>,
    start: &BytesStart<'_>,
    found: &mut Vec<Property>,
) -> Result<(), String> {
    for attribute in start.attributes().take(MAX_ATTRIBUTES) {
        let attribute = attribute.map_err(|e| format!("no XML: {e}"))?;
        let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
        let name = name.into_inner();
        if let Some(scheme) = scheme(&namespace, name) {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|e| format!("no XML: {e}"))?.into_owned();
            found.push(Property {
                scheme,
                name: name.to_owned(),
                value,
            });
        }
    }
    Ok(())
}

/// The property that this element is; a `rdf:resource` is its value.
fn element(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Option<Property>, String> {
    let (namespace, name) = reader.resolver().resolve_element(start.name());
    let name = name.into_inner();
    let Some(scheme) = scheme(&namespace, name) else {
        return Ok(None);
    };
    let mut value = String::new();
    for attribute in start.attributes().take(MAX_ATTRIBUTES).flatten() {
        let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
        let rdf = matches!(namespace, ResolveResult::Bound(namespace) if namespace.0 == RDF);
        if rdf && name.into_inner() == "resource" {
            let resource = attribute.normalized_value(XmlVersion::Implicit1_0);
            value = resource.map_err(|e| format!("no XML: {e}"))?.into_owned();
        }
    }
    Ok(Some(Property {
        scheme,
        name: name.to_owned(),
        value,
    }))
}

fn add(open: &mut Option<(Property, usize)>, part: &str) {
    if let Some((property, _)) = open {
        property.value.push_str(part);
    }
}

/// A character, or one of XML's five entities.
fn resolve(reference: &BytesRef<'_>) -> Result<String, String> {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => return Ok(c.to_string()),
        Ok(None) => {}
        Err(e) => return Err(format!("no XML: {e}")),
    }
    let known = resolve_predefined_entity(reference);
    known.map(str::to_owned).ok_or_else(|| {
        let name = text::shown(reference);
        format!("the entity {name}; only the five of XML are read")
    })
}

fn mark(place: &Place, property: &Property) -> Mark {
    let Property {
        scheme,
        name,
        value,
    } = property;
    let named = Place {
        name: format!("{} xmp {name}", place.name),
        ..place.clone()
    };
    let bytes = value.trim().as_bytes();
    if bytes.len() as u64 > MAX_LABEL_BYTES {
        let problem = format!(
            "{} bytes, more than the limit of {MAX_LABEL_BYTES}",
            bytes.len()
        );
        return Mark::unread(*scheme, named, problem);
    }
    if *scheme == Scheme::Aigc {
        let tag = Tag {
            name,
            value: bytes,
            encoding: Encoding::Utf8,
            home: true,
        };
        return aigc::read(named, &tag);
    }
    let mut mark = Mark::new(*scheme, named, bytes);
    mark.field("DigitalSourceType", value.trim());
    mark.says = source_type::says(value);
    mark
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::mark::Says;

    const LABEL: &str = r#"{"Label":"1","ContentProducer":"x"}"#;

    fn packet(attributes: &str, content: &str) -> String {
        format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{RDF}\">\
             <rdf:Description rdf:about=\"\" xmlns:TC260=\"{AIGC}\" \
             xmlns:Iptc4xmpExt=\"{IPTC_EXTENSION}\" {attributes}>{content}</rdf:Description>\
             </rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>"
        )
    }

    fn says(packet: &str) -> Vec<Option<Says>> {
        let marks = read(&Place::default(), packet.as_bytes()).unwrap();
        marks.iter().map(Mark::statement).collect()
    }

    #[test]
    fn attributes_and_elements_are_read() {
        let quoted = LABEL.replace('"', "&quot;");
        let attribute = packet(&format!("TC260:AIGC=\"{quoted}\""), "");
        assert_eq!(says(&attribute), [Some(Says::Synthetic)]);
        let element = packet("", &format!("<TC260:AIGC>{LABEL}</TC260:AIGC>"));
        assert_eq!(says(&element), [Some(Says::Synthetic)]);
        let escaped = packet(
            "",
            &format!("<TC260:AIGC>{}</TC260:AIGC>", quoted.replace("1", "&#x31;")),
        );
        assert_eq!(says(&escaped), [Some(Says::Synthetic)]);
        let cdata = packet("", &format!("<TC260:AIGC><![CDATA[{LABEL}]]></TC260:AIGC>"));
        assert_eq!(says(&cdata), [Some(Says::Synthetic)]);
    }

    #[test]
    fn the_source_type_of_the_iptc_is_read() {
        let word = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture";
        for packet in [
            packet(&format!("Iptc4xmpExt:DigitalSourceType=\"{word}\""), ""),
            packet(
                "",
                &format!("<Iptc4xmpExt:DigitalSourceType rdf:resource=\"{word}\"/>"),
            ),
            packet(
                "",
                &format!("<Iptc4xmpExt:DigitalSourceType>{word}</Iptc4xmpExt:DigitalSourceType>"),
            ),
        ] {
            assert_eq!(says(&packet), [Some(Says::Captured)], "{packet}");
        }
    }

    #[test]
    fn a_name_in_another_namespace_is_no_mark() {
        let packet = packet(
            "xmlns:o=\"http://example.org/\" o:AIGC=\"1\"",
            "<o:AIGC>1</o:AIGC>",
        );
        assert_eq!(says(&packet), []);
    }

    #[test]
    fn what_is_not_read_is_told() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aa\">]><x>&a;</x>";
        let nested = "<a>".repeat(MAX_BOX_DEPTH + 1);
        let unknown = packet("", "<TC260:AIGC>&boom;</TC260:AIGC>");
        for (packet, told) in [
            (bomb, "document type"),
            (nested.as_str(), "deeper than 16"),
            (unknown.as_str(), "the entity boom"),
            ("<x>", "ends within"),
        ] {
            let problem = read(&Place::default(), packet.as_bytes()).unwrap_err();
            assert!(problem.contains(told), "{problem}");
        }
        assert!(read(&Place::default(), b"\xff").is_err());
    }
}
