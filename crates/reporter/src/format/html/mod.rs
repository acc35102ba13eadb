//! One file that needs nothing else: no network, no other file, no script for what matters most. Everything
//! that came from a cluster is text, wherever it stands.

mod chart;
mod control;
mod finding;
mod first;
mod markdown;
mod page;

#[cfg(test)]
mod tests;

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter};
use sha2::{Digest, Sha256};

use crate::{Format, Report, ReportError, text};

pub(crate) const FORMAT: &dyn Format = &Html;

/// Escaping follows from the ending.
const TEMPLATE: &str = "report.html";
const CONTROL: &str = "control.html";
const PARTS: [(&str, &str); 4] = [
    (TEMPLATE, include_str!("report.html")),
    (CONTROL, include_str!("control.html")),
    ("badge.html", include_str!("badge.html")),
    ("tables.html", include_str!("tables.html")),
];
const CSS: &str = include_str!("report.css");
const JS: &str = include_str!("report.js");

struct Html;

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn file_name(&self) -> &'static str {
        "audit.html"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn io::Write) -> Result<(), ReportError> {
        let environment = environment()?;
        let context = minijinja::context! {
            page => Value::from(Serde(page::page(report, &environment)?)),
            css => Value::from_safe_string(CSS.to_owned()),
            js => Value::from_safe_string(JS.to_owned()),
            policy => policy(),
        };
        environment.get_template(TEMPLATE)?.render_captured_to(context, &mut *out)?;
        out.write_all(b"\n")?;
        Ok(())
    }
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_formatter(format_value);
    for (name, source) in PARTS {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// Escapes what a reader would not see, besides what HTML needs.
fn format_value(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => {
            escape_formatter(out, state, &Value::from(text::visible_block(text).as_ref()))
        }
        _ => escape_formatter(out, state, value),
    }
}

/// Lets this style sheet and this script run and nothing else load, whatever a hole in the escaping lets in.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(CSS),
        hash(JS)
    )
}
