//! Files that results point to: manifests, and a cluster's objects as files of their own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use assay_audit::evidence::{EvidenceError, EvidenceSource};
use assay_audit::finding::{AssetRef, Evidence, Finding, Place, SourceLocation};
use assay_model::id::AssetId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::yaml::{Document, Span};

/// Objects beyond this many bytes are pointed to, but not contained: GitHub takes 10 MB compressed, and
/// manifests compress to less than a sixth.
const MAX_CONTENTS: usize = 32 << 20;

/// Where a field of an object stands of which nothing is known.
const UNKNOWN: Span = Span { line: 1, start: 1, end: 2 };

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a location points to: the line of the first field of an asset.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) asset: &'a AssetRef,
    pub(super) evidence: &'a [Evidence],
    source: Option<&'a SourceLocation>,
}

impl<'a> Target<'a> {
    /// The places of a finding, or its asset if it has none.
    pub(super) fn all(finding: &'a Finding) -> impl Iterator<Item = Self> {
        let bare = Self { asset: &finding.asset, evidence: &[], source: None };
        let places = finding.places.iter().map(Self::of);
        places.chain(finding.places.is_empty().then_some(bare))
    }

    fn of(place: &'a Place) -> Self {
        Self { asset: &place.asset, evidence: &place.evidence, source: place.source.as_ref() }
    }

    fn field(&self) -> &'a str {
        self.evidence.first().map_or("", |evidence| &*evidence.field)
    }
}

/// The files that are pointed to, in the order they first are.
#[derive(Default)]
pub(super) struct Artifacts<'a> {
    files: Vec<File>,
    by_uri: HashMap<String, usize>,
    manifests: HashMap<&'a str, usize>,
    objects: HashMap<&'a str, Object<'a>>,
    without_contents: usize,
}

/// A file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    location: Uri,
    source_language: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contents: Option<Text>,
}

#[derive(Serialize)]
struct Uri {
    uri: String,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

/// An object that is pointed to, as a file of its own.
struct Object<'a> {
    file: usize,
    /// Whether the file is this object's alone: those of two groups may have one name.
    is_first: bool,
    fields: Vec<&'a str>,
    /// Where the fields stand.
    places: Vec<Span>,
}

/// A line of a file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location<'f> {
    artifact_location: InFile<'f>,
    region: Region,
}

#[derive(Serialize)]
struct InFile<'f> {
    uri: &'f str,
    index: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

impl Serialize for Artifacts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.files.serialize(serializer)
    }
}

impl<'a> Artifacts<'a> {
    /// The files that are pointed to, with the text of a cluster's objects.
    pub(super) fn of(
        cluster: &str,
        evidence: &dyn EvidenceSource,
        targets: impl Iterator<Item = Target<'a>>,
    ) -> Result<Self, EvidenceError> {
        let mut artifacts = Self::default();
        for target in targets {
            match target.source {
                Some(source) => artifacts.add_manifest(source),
                None => artifacts.add_object(cluster, target),
            }
        }
        artifacts.read(evidence)?;
        artifacts.cut();
        Ok(artifacts)
    }

    /// The physical location of what was pointed to.
    pub(super) fn location(&self, target: Target<'_>) -> Location<'_> {
        let (index, span) = match target.source {
            Some(source) => (self.manifests.get(&*source.file).copied(), in_manifest(source)),
            None => {
                let object = self.objects.get(target.asset.id.object_text());
                (object.map(|object| object.file), object.map_or(UNKNOWN, |o| o.place(target.field())))
            }
        };
        let index = index.unwrap_or_default();
        let uri = self.files.get(index).map_or("", |file| file.location.uri.as_str());
        let Span { line, start, end } = span;
        Location {
            artifact_location: InFile { uri, index },
            region: Region { start_line: line, start_column: start, end_line: line, end_column: end },
        }
    }

    /// Objects whose text was left out to keep the report small.
    pub(super) fn without_contents(&self) -> usize {
        self.without_contents
    }

    fn add_manifest(&mut self, source: &'a SourceLocation) {
        if !self.manifests.contains_key(&*source.file) {
            let (file, _) = self.add(file_uri(&source.file));
            self.manifests.insert(&source.file, file);
        }
    }

    fn add_object(&mut self, cluster: &str, target: Target<'a>) {
        let (id, field) = (&target.asset.id, target.field());
        if !self.objects.contains_key(id.object_text()) {
            let (file, is_first) = self.add(object_uri(cluster, id));
            let object = Object { file, is_first, fields: Vec::new(), places: Vec::new() };
            self.objects.insert(id.object_text(), object);
        }
        if let Some(object) = self.objects.get_mut(id.object_text())
            && !object.fields.contains(&field)
        {
            object.fields.push(field);
        }
    }

    /// The index of a file, and whether it is new.
    fn add(&mut self, uri: String) -> (usize, bool) {
        let next = self.files.len();
        let index = *self.by_uri.entry(uri.clone()).or_insert(next);
        if index == next {
            self.files.push(File { location: Uri { uri }, source_language: "yaml", contents: None });
        }
        (index, index == next)
    }

    /// Writes the objects, as far as the snapshot holds them; of others what is known.
    fn read(&mut self, evidence: &dyn EvidenceSource) -> Result<(), EvidenceError> {
        let Self { files, objects, .. } = self;
        let wanted = objects.keys().map(|id| AssetId::from_stored(*id)).collect();
        let written = Mutex::new(Vec::new());
        evidence.objects(&wanted, &|id, json| {
            let known = objects.get_key_value(id.as_str());
            let document = known.and_then(|(id, object)| Some((*id, object.write(json)?)));
            written.lock().unwrap_or_else(PoisonError::into_inner).extend(document);
        })?;
        let mut written = written.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Whichever core was first: of two objects with one id, the same is kept each time.
        written.sort_unstable_by(|(a, one), (b, other)| (a, &one.text).cmp(&(b, &other.text)));
        for (id, document) in written {
            if let Some(object) = objects.get_mut(id) {
                object.keep(document, files);
            }
        }
        for (id, object) in objects.iter_mut().filter(|(_, object)| object.places.is_empty()) {
            let outline = outline(&AssetId::from_stored(*id)).to_string();
            if let Some(document) = object.write(&outline) {
                object.keep(document, files);
            }
        }
        Ok(())
    }

    fn cut(&mut self) {
        let mut contained = 0;
        for file in &mut self.files {
            let length = file.contents.as_ref().map_or(0, |contents| contents.text.len());
            if contained + length <= MAX_CONTENTS {
                contained += length;
            } else {
                file.contents = None;
                self.without_contents += 1;
            }
        }
    }
}

impl Object<'_> {
    /// What is no JSON is not written.
    fn write(&self, json: &str) -> Option<Document> {
        Document::new(json, &self.fields).ok()
    }

    fn keep(&mut self, Document { text, places }: Document, files: &mut [File]) {
        // In the text of another object nothing says where this one's fields are.
        if let Some(file) = files.get_mut(self.file).filter(|_| self.is_first) {
            self.places = places;
            file.contents = Some(Text { text });
        }
    }

    fn place(&self, field: &str) -> Span {
        let known = self.fields.iter().zip(&self.places).find(|(known, _)| **known == field);
        known.map_or(UNKNOWN, |(_, span)| *span)
    }
}

/// The line's length isn't known, and a region must not be longer: the character it starts with is there.
fn in_manifest(source: &SourceLocation) -> Span {
    let (line, start) = (source.line.max(1), source.column.max(1));
    Span { line, start, end: start.saturating_add(1) }
}

/// What is known of an object that the snapshot doesn't hold.
fn outline(id: &AssetId) -> Value {
    let (_, kind, namespace, name) = id.parts();
    let mut metadata = json!({"name": name});
    if !namespace.is_empty() {
        metadata["namespace"] = json!(namespace);
    }
    json!({"kind": kind, "metadata": metadata})
}

/// A stable name for the file that a cluster's object would be.
fn object_uri(cluster: &str, id: &AssetId) -> String {
    let (_, kind, namespace, name) = id.parts();
    let namespace = if namespace.is_empty() { "_cluster" } else { namespace };
    format!(
        "cluster/{}/{}/{}/{}.yaml",
        segment(cluster),
        segment(namespace),
        segment(kind),
        utf8_percent_encode(name, KEPT)
    )
}

/// A file's path as a relative URI. Of an absolute path only the name is kept: the folders above it are the
/// machine's, not the repository's.
fn file_uri(file: &str) -> String {
    let file = file.replace('\\', "/");
    let is_absolute = file.starts_with('/') || file.get(1..3) == Some(":/");
    let relative = if is_absolute { file.rsplit('/').next().unwrap_or_default() } else { file.as_str() };
    let parts = relative.split('/').filter(|part| !part.is_empty() && *part != ".");
    let uri: Vec<String> =
        parts.map(|part| if part == ".." { part.to_owned() } else { segment(part) }).collect();
    if uri.is_empty() { "stdin".to_owned() } else { uri.join("/") }
}

/// One segment of a URI; dots alone would be taken for a folder above.
pub(super) fn segment(text: &str) -> String {
    match text {
        "" => "_".to_owned(),
        "." | ".." => text.replace('.', "%2E"),
        text => utf8_percent_encode(text, KEPT).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_stay_below_the_root() {
        for (file, uri) in [
            ("./deploy/a b.yaml", "deploy/a%20b.yaml"),
            ("/home/me/x.yaml", "x.yaml"),
            ("C:\\me\\x.yaml", "x.yaml"),
            ("a:b#c?.yaml", "a%3Ab%23c%3F.yaml"),
            ("-", "-"),
            ("", "stdin"),
        ] {
            assert_eq!(file_uri(file), uri);
        }
        let hostile = AssetId::new("", "Pod", "..", "../../etc");
        assert_eq!(object_uri("arn:x/y", &hostile), "cluster/arn%3Ax%2Fy/%2E%2E/Pod/..%252F..%252Fetc.yaml");
    }
}
