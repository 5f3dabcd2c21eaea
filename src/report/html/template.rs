//! The templates.

use std::io::{self, Write};
use std::sync::LazyLock;

use minijinja::{Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter};
use serde::Serialize;

use crate::report::printable::printable;

const TEMPLATES: [(&str, &str); 6] = [
    ("badge.html", include_str!("templates/badge.html")),
    ("call.html", include_str!("templates/call.html")),
    ("facts.html", include_str!("templates/facts.html")),
    ("head.html", include_str!("templates/head.html")),
    ("index.html", include_str!("templates/index.html")),
    ("plot.html", include_str!("templates/plot.html")),
];

/// Values are escaped by default, as the names end in `.html`. A name that a view lacks is an
/// error: the tests render every template.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_formatter(printed);
    for (name, source) in TEMPLATES {
        // One that is no template is missed by name below.
        let _ = environment.add_template(name, source);
    }
    environment
});

/// A value on a page. Names come from anywhere, and each passes here; what a template calls safe
/// (style, script, pictures) is the library's own.
fn printed(out: &mut Output<'_>, state: &State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => {
            escape_formatter(out, state, &Value::from(printable(text).into_owned()))
        }
        _ => escape_formatter(out, state, value),
    }
}

/// Writes a template with the values of `view`.
pub(super) fn write(name: &str, view: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    let template = ENVIRONMENT.get_template(name).map_err(io::Error::other)?;
    // The template engine's own words about a failing output hide why it fails.
    let mut failed = None;
    let rendered = template.render_captured_to(
        view,
        Watched {
            out,
            failed: &mut failed,
        },
    );
    match (rendered, failed) {
        (_, Some(error)) => Err(error),
        (rendered, None) => rendered.map(drop).map_err(io::Error::other),
    }
}

/// An output that keeps its own error.
struct Watched<'a, W> {
    out: &'a mut W,
    failed: &'a mut Option<io::Error>,
}

impl<W: Write> Write for Watched<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                *self.failed = Some(error);
            }
            kind.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
