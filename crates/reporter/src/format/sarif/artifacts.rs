//! Files that results point to: manifests, and a cluster's objects as files of their own.

use std::collections::{BTreeSet, HashMap};

use assay_audit::finding::{AssetRef, Evidence, Place, SourceLocation};
use assay_model::id::AssetId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::Report;
use crate::yaml::Document;

/// Objects beyond this many bytes are pointed to, but not contained: GitHub takes 10 MB compressed, and
/// manifests compress to less than a sixth.
const MAX_CONTENTS: usize = 32 << 20;

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The files that were pointed to, in the order they first were.
pub(super) struct Artifacts<'a> {
    report: &'a Report<'a>,
    indexes: HashMap<String, usize>,
    values: Vec<Value>,
    documents: HashMap<AssetId, Document>,
    contained: usize,
    without_contents: usize,
}

impl<'a> Artifacts<'a> {
    /// The files that these places point to.
    pub(super) fn of(report: &'a Report<'a>, places: impl Iterator<Item = &'a Place>) -> Self {
        let live = places.filter(|place| place.source.is_none()).map(|place| place.asset.id.object());
        let mut documents = HashMap::new();
        report.evidence.objects(&live.collect::<BTreeSet<_>>(), &mut |asset, object| {
            documents.insert(asset.clone(), Document::new(&object));
        });
        Self {
            report,
            indexes: HashMap::new(),
            values: Vec::new(),
            documents,
            contained: 0,
            without_contents: 0,
        }
    }

    /// The physical location of a place: the line of its first field.
    pub(super) fn location(&mut self, place: &Place) -> Value {
        let field = place.evidence.first();
        match &place.source {
            Some(source) => self.in_file(source),
            None => self.in_cluster(&place.asset, field),
        }
    }

    /// Objects whose text was left out to keep the report small.
    pub(super) fn without_contents(&self) -> usize {
        self.without_contents
    }

    pub(super) fn into_values(self) -> Vec<Value> {
        self.values
    }

    fn in_file(&mut self, source: &SourceLocation) -> Value {
        let uri = file_uri(&source.file);
        let index = self.add(&uri, || json!({"location": {"uri": uri}, "sourceLanguage": "yaml"}));
        let (line, column) = (source.line.max(1), source.column.max(1));
        // The line's length isn't known, and a region must not be longer: the character it starts with is there.
        physical(&uri, index, line, column, column.saturating_add(1))
    }

    fn in_cluster(&mut self, asset: &AssetRef, field: Option<&Evidence>) -> Value {
        let id = asset.id.object();
        let uri = object_uri(&self.report.audit.snapshot.cluster, &id);
        let index = self.indexes.get(&uri).copied().unwrap_or_else(|| self.add_object(&uri, &id));
        let span = self.documents.get(&id).map(|d| d.place(field.map_or("", |e| e.field.as_str())));
        let (line, start, end) = span.map_or((1, 1, 2), |span| (span.line, span.start, span.end));
        physical(&uri, index, line, start, end)
    }

    fn add_object(&mut self, uri: &str, id: &AssetId) -> usize {
        let document = self.documents.entry(id.clone()).or_insert_with(|| Document::new(&outline(id)));
        let mut value = json!({"location": {"uri": uri}, "sourceLanguage": "yaml"});
        if self.contained + document.text.len() <= MAX_CONTENTS {
            self.contained += document.text.len();
            value["contents"] = json!({"text": document.text});
        } else {
            self.without_contents += 1;
        }
        self.add(uri, || value)
    }

    fn add(&mut self, uri: &str, value: impl FnOnce() -> Value) -> usize {
        if let Some(index) = self.indexes.get(uri) {
            return *index;
        }
        self.values.push(value());
        self.indexes.insert(uri.to_owned(), self.values.len() - 1);
        self.values.len() - 1
    }
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

fn physical(uri: &str, index: usize, line: u32, start: u32, end: u32) -> Value {
    json!({
        "artifactLocation": {"uri": uri, "index": index},
        "region": {"startLine": line, "startColumn": start, "endLine": line, "endColumn": end},
    })
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
