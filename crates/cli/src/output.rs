//! The one place that writes to the terminal: results to stdout, everything else to stderr. Colours are left out
//! where nobody would see them (no terminal, `NO_COLOR`), and forced by `CLICOLOR_FORCE`.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use assay_model::severity::Severity;
use assay_model::visible::{visible, visible_block};

use crate::failure::Failure;

/// What stands out.
pub(crate) const BOLD: Style = Style::new().bold();
/// What may be passed over.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// What went wrong.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What asks for attention.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What went well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();

/// The style of a severity.
pub(crate) fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
    }
}

/// The text in a style.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes a result.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write(anstream::stdout().lock(), text.as_bytes())
}

/// Writes bytes as they are: a whole report.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    write(io::stdout().lock(), bytes)
}

/// Whoever reads a result may stop early (`| head`): the audit is done all the same.
fn write(mut stdout: impl Write, bytes: &[u8]) -> Result<(), Failure> {
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to the standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a diagnostic. There is nowhere to say that stderr is closed.
pub(crate) fn tell(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = writeln!(stderr, "{text}");
}

/// Writes a warning.
pub(crate) fn warn(text: &str) {
    tell(&format!("{} {}", styled(WARNING, "warning:"), shown(text)));
}

/// Text from a cluster or a file, safe to print: what would move the cursor, hide or reorder its surroundings is
/// written out. Line ends too: a name must not forge a line of its own. So is what a CI job's log would obey.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    without_commands(visible(text))
}

/// As [`shown`], for text of several lines. Headings of Markdown are no commands.
pub(crate) fn shown_lines(text: &str) -> String {
    let line = |line: &str| {
        let title = line.trim_start_matches('#');
        let title = if title.starts_with(' ') { title } else { line };
        let marks = &line[..line.len() - title.len()];
        format!("{marks}{}", without_commands(visible_block(title)))
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn without_commands(mut text: Cow<'_, str>) -> Cow<'_, str> {
    // GitHub and Azure take `##[…]` and `##vso[…]` for a command anywhere in a line.
    if text.contains("##") {
        text = text.replace("##", r"#\u{23}").into();
    }
    // GitHub takes `::…::` for one at a line's start. No address has two colons twice.
    if text.trim_start().strip_prefix("::").is_some_and(|command| command.contains("::")) {
        text = text.replacen("::", r":\u{3a}", 1).into();
    }
    text
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = match noun.strip_suffix('y') {
        _ if number == 1 => noun.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    };
    format!("{number} {plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(shown("a\u{1b}[2Jb\r\n\u{202e}c\u{9b}é"), r"a\u{1b}[2Jb\u{d}\u{a}\u{202e}c\u{9b}é");
        assert_eq!(shown_lines("## a\n\tb\u{7}"), "## a\n\tb\\u{7}");
    }

    #[test]
    fn what_a_job_would_obey_is_written_out() {
        for (text, expected) in [
            ("a##vso[task.complete]###[x", r"a#\u{23}vso[task.complete]#\u{23}#[x"),
            (" ::stop-commands::x", r" :\u{3a}stop-commands::x"),
            ("::1", "::1"),
            ("#1 a::b::c", "#1 a::b::c"),
        ] {
            assert_eq!(shown(text), expected);
            assert_eq!(shown_lines(&format!("error:\n{text}\n")), format!("error:\n{expected}\n"));
        }
    }

    #[test]
    fn nouns_have_plurals() {
        assert_eq!(count(1, "asset"), "1 asset");
        assert_eq!(count(0, "policy"), "0 policies");
    }
}
