//! What is wrong with SDL, and where.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use apollo_compiler::ast::{Definition, FieldDefinition};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Name, Node};

use super::File;

/// Everything that is wrong with the SDL, in the order of files and places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.0))]
pub struct LoadError(pub Vec<Mistake>);

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A mistake and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file's name.
    pub file: String,
    /// The bytes of the file that it is about.
    pub span: Range<usize>,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        self.help.iter().try_for_each(|help| write!(f, " ({help})"))
    }
}

impl Mistake {
    /// A mistake in some bytes of a file.
    pub(super) fn at((file, text): (&str, &str), span: Range<usize>, wrong: Wrong) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let (line, column) = (before.matches('\n').count() + 1, before[start..].chars().count() + 1);
        let Wrong { message, help, .. } = wrong;
        Self { file: file.to_owned(), span, line, column, message, help }
    }
}

/// A mistake of which is known what it is about: a type, or a field as `Type.field`.
#[derive(Debug)]
pub(in crate::schema) struct Wrong {
    about: String,
    message: String,
    help: Option<String>,
}

impl Wrong {
    /// A mistake in a type or field.
    pub(in crate::schema) fn new(about: impl Into<String>, message: impl fmt::Display) -> Self {
        let about = about.into();
        Self { message: format!("{about}: {message}"), about, help: None }
    }

    /// A mistake whose place is known in another way.
    pub(super) fn here(message: impl Into<String>) -> Self {
        Self { about: String::new(), message: message.into(), help: None }
    }

    /// The same mistake with advice.
    pub(in crate::schema) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Where types and fields are declared: which file, and the bytes of their names. Of two of one name, the later.
#[derive(Debug, Default)]
pub(in crate::schema) struct Places(BTreeMap<String, (usize, Range<usize>)>);

impl Places {
    pub(super) fn of(files: &[File<'_>]) -> Self {
        let mut places = BTreeMap::new();
        for (index, file) in files.iter().enumerate() {
            for (name, fields) in file.document.definitions.iter().filter_map(declared) {
                places.insert(name.to_string(), (index, bytes(name.location())));
                let of = |field: &Node<FieldDefinition>| {
                    (format!("{name}.{}", field.name), (index, bytes(field.name.location())))
                };
                places.extend(fields.iter().map(of));
            }
        }
        Self(places)
    }

    /// Whether a type declares the field itself.
    pub(super) fn declares(&self, type_name: &str, field: &str) -> bool {
        self.0.contains_key(&format!("{type_name}.{field}"))
    }

    /// The mistake with its place in these files.
    pub(in crate::schema) fn place(&self, sources: &[(String, String)], wrong: Wrong) -> Mistake {
        let (index, span) = self.0.get(&wrong.about).cloned().unwrap_or_default();
        let (file, text) = sources.get(index).map_or(("schema", ""), |(file, text)| (file, text));
        Mistake::at((file, text), span, wrong)
    }
}

/// The name and the fields of a type or interface.
pub(super) fn declared(definition: &Definition) -> Option<(&Name, &[Node<FieldDefinition>])> {
    match definition {
        Definition::ObjectTypeDefinition(def) => Some((&def.name, &def.fields)),
        Definition::InterfaceTypeDefinition(def) => Some((&def.name, &def.fields)),
        _ => None,
    }
}

/// The bytes of a place.
pub(super) fn bytes(span: Option<SourceSpan>) -> Range<usize> {
    span.map_or(0..0, |span| span.offset()..span.end_offset())
}

/// The bytes of the word at a line and column, both from 1.
pub(super) fn word(text: &str, (line, column): (usize, usize)) -> Range<usize> {
    let before = line.saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let at = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    let word = rest[at..].find(char::is_whitespace).unwrap_or(rest.len() - at);
    start + at..start + at + word
}
