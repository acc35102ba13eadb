//! What a document is that can't be read.

use super::problem::{Fault, Position};

/// How many `{{` of a line are looked at: a line of nothing else, of a megabyte, would take the square of that.
const MANY: usize = 100;

/// The fault of a document that can't be parsed, or a better one if it comes of a template.
pub(super) fn explain(fault: Fault, text: &str, first: Position) -> Fault {
    let Some(at) = fault.position.and_then(|fault| template(text, first, fault)) else { return fault };
    let message = "template syntax `{{`: render it first, `helm template … | assay audit -`";
    Fault::at(at, message)
}

/// The first `{{` that the fault may come of. Those below the fault and those within text have nothing to do with it:
/// an advice about them would lead away from it.
fn template(text: &str, first: Position, fault: Position) -> Option<Position> {
    let mut start = 0;
    let mut block: Option<usize> = None;
    for (number, line) in (first.line..=fault.line).zip(text.split_inclusive('\n')) {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let is_text = block.is_some_and(|parent| line.trim().is_empty() || indent > parent);
        if !is_text {
            if let Some(at) = template_in(line, number == fault.line) {
                return Some(first.after(&text.as_bytes()[..start + at]));
            }
            block = block_scalar(line);
        }
        start += line.len();
    }
    None
}

/// The first `{{` of a line where YAML takes a mapping to begin, which it can't read: at the start of the line, of an
/// item or of a value. Amid a text without quotes it does no harm but to its own line.
fn template_in(line: &str, is_faulty: bool) -> Option<usize> {
    let is_cause = |before: &str| {
        let is_quoted = ['"', '\''].iter().any(|quote| before.matches(*quote).count() % 2 == 1);
        let is_comment = before.trim_start().starts_with('#') || before.contains(" #");
        let is_start = before.trim().chars().all(|c| c == '-')
            || before.ends_with(' ') && before.trim_end().ends_with(':');
        !is_quoted && !is_comment && (is_start || is_faulty && !before.contains(['"', '\'', '#']))
    };
    line.match_indices("{{").take(MANY).map(|(at, _)| at).find(|at| is_cause(&line[..*at]))
}

/// How far a line is indented that a block scalar (`|`, `>`) begins in: what is indented further is its text.
fn block_scalar(line: &str) -> Option<usize> {
    let line = line.split(" #").next().unwrap_or(line).trim_end();
    let (before, header) = line.rsplit_once(char::is_whitespace)?;
    let signs = header.strip_prefix(['|', '>'])?;
    let is_header = signs.chars().all(|sign| matches!(sign, '+' | '-' | '1'..='9'));
    let is_value = before.ends_with([':', '-']) || before.contains([':', '-']) && before.contains(['!', '&']);
    if !is_header || !is_value || before.trim_start().starts_with('#') {
        return None;
    }
    // Of the first item's mapping in `- key: |`, it is the key's column that counts.
    let mut at = before.len() - before.trim_start_matches(' ').len();
    while let Some(rest) = before[at..].strip_prefix("- ").filter(|rest| !rest.starts_with(['!', '&'])) {
        at += 2 + rest.len() - rest.trim_start_matches(' ').len();
    }
    Some(at)
}
