//! Mistakes shown in the text they are in.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use ariadne::{Config, IndexType, Label, Report, ReportKind, Source};
use assay_audit::exceptions::ExceptionProblem;
use assay_controls::{Control, Problem};
use assay_evaluator::CheckMistake;
use assay_model::visible::is_hidden;

use crate::failure::Failure;
use crate::output::{self, ERROR, GOOD, shown, shown_lines, styled};

/// A mistake and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located {
    /// The file, as the user would name it.
    pub(crate) path: String,
    /// The file's text; empty if it could not be read.
    pub(crate) text: Arc<str>,
    /// The bytes it is about.
    pub(crate) span: Range<usize>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
}

impl From<Problem> for Located {
    fn from(problem: Problem) -> Self {
        let Problem { path, text, span, message, help } = problem;
        Self { path, text, span, message, help }
    }
}

impl Located {
    /// The mistakes of checks, each in its control's file.
    pub(crate) fn in_checks(mistakes: Vec<CheckMistake>, controls: &[&Control]) -> Vec<Self> {
        let located = mistakes.into_iter().map(|CheckMistake { control, check, offset, mistake }| {
            let source =
                controls.iter().find(|known| known.id.as_str() == control).map(|found| &found.source);
            let path = source.map_or_else(|| control.clone(), |source| source.shown_path.clone());
            let text = source.map_or_else(|| "".into(), |source| Arc::clone(&source.text));
            let span = offset + mistake.span.start..offset + mistake.span.end;
            let message = format!("{} (check `{check}` of `{control}`)", mistake.message);
            Self { path, text, span, message, help: mistake.help }
        });
        located.collect()
    }

    /// A mistake in a file of exceptions.
    pub(crate) fn in_exceptions(problem: &ExceptionProblem, text: &Arc<str>) -> Self {
        let start = offset(text, problem.line, problem.column);
        let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
        Self {
            path: problem.path.clone(),
            text: Arc::clone(text),
            span: start..end,
            message: problem.message.clone(),
            help: None,
        }
    }

    /// The line and column where it starts, from 1.
    fn position(&self) -> (usize, usize) {
        let before = self.text.get(..self.span.start).unwrap_or(&self.text);
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
    }

    fn rendered(&self) -> String {
        if self.text.is_empty() {
            let mut plain = format!("{} {}: {}\n", error(), shown(&self.path), shown(&self.message));
            plain += &advice(self.help.as_deref());
            return plain;
        }
        self.quoted().unwrap_or_else(|| {
            let (line, column) = self.position();
            format!("{} {}:{line}:{column}: {}\n", error(), shown(&self.path), shown(&self.message))
        })
    }

    fn quoted(&self) -> Option<String> {
        let path = shown(&self.path).into_owned();
        let start = self.span.start.min(self.text.len());
        let place = (path.clone(), start..self.span.end.clamp(start, self.text.len()));
        let label = Label::new(place.clone()).with_message("here");
        let mut report = Report::build(ReportKind::Error, place)
            .with_config(Config::default().with_index_type(IndexType::Byte))
            .with_message(shown(&self.message))
            .with_label(label);
        if let Some(help) = &self.help {
            report = report.with_help(shown(help));
        }
        let mut bytes = Vec::new();
        report.finish().write((path, Source::from(harmless(&self.text))), &mut bytes).ok()?;
        String::from_utf8(bytes).ok()
    }
}

/// The byte at a line and column, both from 1.
pub(crate) fn offset(text: &str, line: u32, column: u32) -> usize {
    let line_start = match line.saturating_sub(1) as usize {
        0 => 0,
        before => text.match_indices('\n').nth(before - 1).map_or(text.len(), |(at, _)| at + 1),
    };
    let columns = text[line_start..].char_indices().nth(column.saturating_sub(1) as usize);
    columns.map_or(text.len(), |(at, _)| line_start + at)
}

/// The text with another character, of as many bytes, for each that a terminal would obey.
fn harmless(text: &str) -> String {
    let replace = |c: char| match c {
        '\n' | '\t' => c,
        c if is_hidden(c) => match c.len_utf8() {
            1 => '?',
            2 => '¿',
            3 => '\u{fffd}',
            _ => '\u{1f533}',
        },
        c => c,
    };
    text.chars().map(replace).collect()
}

/// Tells why a command could not complete.
pub(crate) fn tell(failure: &Failure) {
    let mut text = String::new();
    match failure {
        Failure::Plain { message, help } => {
            text += &format!("{} {}\n", error(), shown_lines(message));
            text += &advice(help.as_deref());
        }
        Failure::Located(mistakes) => {
            mistakes.iter().for_each(|mistake| text += &mistake.rendered());
            if mistakes.len() > 1 {
                let _ = writeln!(text, "{} {} mistakes", error(), mistakes.len());
            }
        }
        Failure::Lines { message, lines, help } => {
            text += &format!("{} {}\n", error(), shown(message));
            lines.iter().for_each(|line| text += &format!("  {}\n", shown(line)));
            text += &advice(help.as_deref());
        }
    }
    output::tell(text.trim_end());
}

fn error() -> String {
    styled(ERROR, "error:")
}

fn advice(help: Option<&str>) -> String {
    help.map(|help| format!("  {} {}\n", styled(GOOD, "help:"), shown_lines(help))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_characters() {
        let text = "aé\nbéc\n";
        assert_eq!(offset(text, 1, 1), 0);
        assert_eq!(offset(text, 2, 3), 7);
        assert_eq!(offset(text, 9, 1), text.len());
    }

    #[test]
    fn a_mistake_shows_its_line_and_no_escape_of_the_file() {
        let text: Arc<str> = "id: a\n\u{1b}[2Jtitle: x\n".into();
        let mistake = Located {
            path: "c.md".into(),
            span: 6..10,
            text,
            message: "wrong".into(),
            help: Some("write it right".into()),
        };
        let shown = anstream::adapter::strip_str(&mistake.rendered()).to_string();
        assert!(shown.contains("?[2Jtitle") && shown.contains("c.md:2:1"), "{shown}");
        assert!(shown.contains("wrong") && shown.contains("write it right"), "{shown}");
    }
}
