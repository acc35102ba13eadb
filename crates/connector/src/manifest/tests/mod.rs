//! Tests of what [`super::read`] makes of files: the data says the rest.

mod archives;
mod fields;
mod files;
pub(super) mod fuzz;
mod limits;
mod objects;
mod values;

use std::{fs, sync::Arc};

use serde_json::Value;

use super::{Document, Input, Positions, ReadError, Sources, read};

/// An object that was read.
struct Found {
    file: Arc<str>,
    object: Value,
    positions: Positions,
}

impl From<Document<'_>> for Found {
    fn from(Document { file, object, positions }: Document<'_>) -> Self {
        Self { file, object: serde_json::to_value(object).unwrap(), positions }
    }
}

/// What came of reading.
struct Outcome {
    documents: Vec<Found>,
    sources: Sources,
    errors: Vec<String>,
}

impl Outcome {
    fn objects(&self) -> Vec<&Value> {
        self.documents.iter().map(|document| &document.object).collect()
    }

    fn notes(&self) -> Vec<String> {
        self.sources.notes.iter().map(ToString::to_string).collect()
    }

    /// `Kind/name` of each object.
    fn names(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        self.objects()
            .iter()
            .map(|object| format!("{}/{}", text(&object["kind"]), text(&object["metadata"]["name"])))
            .collect()
    }
}

fn read_inputs(inputs: &[Input]) -> Outcome {
    let mut documents = Vec::new();
    let result = read::<_, ()>(inputs, &|document| Found::from(document), &mut |document| {
        documents.push(document);
        Ok(())
    });
    match result {
        Ok(sources) => Outcome { documents, sources, errors: Vec::new() },
        Err(ReadError::Manifests { errors, sources }) => {
            let errors = errors.to_string().lines().map(str::to_owned).collect();
            Outcome { documents, sources: *sources, errors }
        }
        Err(ReadError::Sink(())) => panic!("the sink never fails"),
    }
}

/// Reads one file; messages call it `f`.
fn read_bytes(content: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, content).unwrap();
    let mut outcome = read_inputs(&[Input::Path(path.clone())]);
    for error in &mut outcome.errors {
        *error = error.replace(path.to_str().unwrap(), "f");
    }
    outcome
}

fn read_text(content: &str) -> Outcome {
    read_bytes(content.as_bytes())
}

const HEAD: &str = "apiVersion: v1\nkind: T\nmetadata: {name: t}\n";

/// The value that the field `v` has, written as YAML below an object's head; or the errors.
fn value(yaml: &str) -> Result<Value, String> {
    let outcome = read_text(&format!("{HEAD}{yaml}\n"));
    match outcome.objects().as_slice() {
        [object] if outcome.errors.is_empty() => Ok(object["v"].clone()),
        _ => Err(outcome.errors.join("\n")),
    }
}
