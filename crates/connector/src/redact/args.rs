//! Command lines.

use assay_model::json::{Fields, Json};

use super::{mark, names, text::Text};

/// Redacts the command line of whatever has one: a container, a probe.
pub(super) fn container(text: &Text, map: &mut Fields<'_>) {
    let has = |key| map.contains_key(key);
    if !has("command") && !has("args") {
        return;
    }
    let program = program(map);
    for key in ["command", "args"] {
        match map.get_mut(key) {
            Some(Json::Array(elements)) => list(text, &program, elements),
            Some(Json::String(line)) => {
                if let Some(clean) = text.clean(line) {
                    *line = clean.into();
                }
            }
            _ => {}
        }
    }
}

/// What runs, as far as it shows: `-p…` is a password to one program and a port to another.
fn program(map: &Fields<'_>) -> String {
    let first =
        |key| map.get(key).and_then(Json::as_array).and_then(|list| list.first()).and_then(Json::as_str);
    let image = || map.get("image").and_then(Json::as_str);
    let path = first("command").or_else(image).or_else(|| first("args")).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split([':', '@']).next().unwrap_or_default().to_owned()
}

fn list(text: &Text, program: &str, elements: &mut [Json<'_>]) {
    let mut option: Option<String> = None;
    for element in elements {
        let Json::String(found) = element else { continue };
        let this_option = found.starts_with('-').then(|| found.to_string());
        let clean = match option {
            Some(option) if this_option.is_none() => value(text, program, &option, found),
            _ => None,
        };
        if let Some(clean) = clean.or_else(|| attached(text, program, found)).or_else(|| text.clean(found)) {
            *found = clean.into();
        }
        option = this_option;
    }
}

/// The element after an option: `--token`, `x`.
fn value(text: &Text, program: &str, option: &str, value: &str) -> Option<String> {
    let by_name = || names::credential(option, value).map(mark);
    by_name().or_else(|| after(text, &format!("{program} {option} "), value))
}

/// An option with its value in one: `mysql`, `-px`.
fn attached(text: &Text, program: &str, element: &str) -> Option<String> {
    element.starts_with('-').then(|| after(text, &format!("{program} "), element)).flatten()
}

/// What becomes of the rest of a command line that begins so.
fn after(text: &Text, start: &str, rest: &str) -> Option<String> {
    let clean = text.clean(&format!("{start}{rest}"))?;
    clean.strip_prefix(start).map(str::to_owned)
}
