//! What is wrong with SDL, and where.

use std::collections::BTreeMap;

use apollo_compiler::ast::{Definition, Document, FieldDefinition};
use apollo_compiler::{Name, Node};

/// What is wrong with the SDL, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct LoadError {
    /// The file's name.
    pub file: String,
    /// The line, from 1; 0 where it is not known.
    pub line: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

impl LoadError {
    /// A mistake in the model as a whole; its message begins with the type or field, by which its place is found.
    pub(in crate::schema) fn of_model(message: String) -> Self {
        Self { file: "schema".to_owned(), line: 0, message }
    }
}

/// Where types and fields are declared.
#[derive(Default)]
pub(super) struct Places(BTreeMap<String, (String, usize)>);

impl Places {
    /// Takes note of a file's types and fields.
    pub(super) fn learn(&mut self, file: &str, text: &str, document: &Document) {
        let line = |offset: Option<usize>| line(text, offset.unwrap_or_default());
        for definition in &document.definitions {
            let Some((name, fields)) = declared(definition) else { continue };
            let at = line(name.location().map(|span| span.offset()));
            self.0.entry(name.to_string()).or_insert_with(|| (file.to_owned(), at));
            for field in fields {
                let at = line(field.name.location().map(|span| span.offset()));
                self.0.insert(format!("{name}.{}", field.name), (file.to_owned(), at));
            }
        }
    }

    /// Where a type or field is declared first.
    pub(super) fn of(&self, name: &str) -> Option<&(String, usize)> {
        self.0.get(name)
    }

    /// The mistake with its place, if it can be found.
    pub(super) fn place(&self, mistake: LoadError) -> LoadError {
        let name = mistake.message.split(':').next().unwrap_or_default();
        match self.of(name) {
            Some((file, line)) if mistake.line == 0 => {
                LoadError { file: file.clone(), line: *line, ..mistake }
            }
            _ => mistake,
        }
    }
}

fn declared(definition: &Definition) -> Option<(&Name, &[Node<FieldDefinition>])> {
    match definition {
        Definition::ObjectTypeDefinition(def) => Some((&def.name, &def.fields)),
        Definition::InterfaceTypeDefinition(def) => Some((&def.name, &def.fields)),
        _ => None,
    }
}

/// The line of a byte, from 1.
pub(super) fn line(text: &str, offset: usize) -> usize {
    1 + text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count()
}
