//! What a document is that can't be read.

use super::problem::{Fault, Position};

/// The fault of a document that can't be parsed, or a better one if it is a template.
pub(super) fn explain(fault: Fault, text: &str, first: Position) -> Fault {
    let Some(at) = template(text, first) else { return fault };
    let message = "template syntax `{{`: render it first, `helm template … | assay audit -`";
    Fault::at(at, message)
}

/// The first `{{` that no quotes enclose: at the start of a line, of an item or of a value.
fn template(text: &str, first: Position) -> Option<Position> {
    let is_start = |before: &str| {
        let line = before.rsplit('\n').next().unwrap_or(before);
        line.trim().is_empty()
            || line.ends_with(": ")
            || line.ends_with("- ")
            || !line.contains(['"', '\'', '#'])
    };
    text.match_indices("{{")
        .find(|(offset, _)| is_start(&text[..*offset]))
        .map(|(offset, _)| first.after(&text.as_bytes()[..offset]))
}
