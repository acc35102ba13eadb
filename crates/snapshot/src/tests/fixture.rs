//! Rows of every column type the model has, and collections to go with them.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListBuilder, MapBuilder, RecordBatch, StringArray,
    StringBuilder, StructArray, TimestampMicrosecondArray,
};
use arrow::array::{Int64Builder, MapFieldNames};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, SchemaRef};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::{Cluster, ClusterName, Collection, Consistency, Snapshot, Store, Tool};

/// One row; `None` is null.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    id: String,
    text: Option<String>,
    flag: Option<bool>,
    integer: Option<i64>,
    float: Option<f64>,
    time: Option<i64>,
    labels: Option<Vec<(String, Option<String>)>>,
    words: Option<Vec<Option<String>>>,
    numbers: Option<Vec<i64>>,
    nested: Option<(Option<bool>, Option<String>)>,
}

/// Rows from `index`, so that there can be many of them quickly; some compress well and some do not.
pub(crate) fn rows(count: usize) -> Vec<Row> {
    (0..count)
        .map(|index| {
            let hash = crate::Digest::of(&index.to_le_bytes()).to_string();
            let some = |n: usize| index % n != 0;
            Row {
                id: format!("core/Pod/shop/web-{index:06}"),
                text: some(3).then(|| hash.repeat(1 + index % 4)),
                flag: some(5).then_some(index % 2 == 0),
                integer: some(7).then_some(index as i64 - 3),
                float: some(4).then_some(index as f64 / 3.0),
                time: some(6).then_some(1_700_000_000_000_000 + index as i64),
                labels: some(2).then(|| vec![("app".into(), Some("web".into())), (hash.clone(), None)]),
                words: some(4).then(|| vec![Some("a".into()); index % 3]),
                numbers: some(8).then(|| vec![index as i64; index % 4]),
                nested: some(3).then(|| (some(2).then_some(true), some(5).then(|| hash[..8].to_owned()))),
            }
        })
        .collect()
}

/// Rows that have an id, and lists, a map and a struct with nothing in them.
pub(crate) fn bare_rows(count: usize) -> Vec<Row> {
    let bare = |index| Row {
        id: format!("core/Pod/bare/web-{index:06}"),
        text: None,
        flag: None,
        integer: None,
        float: None,
        time: None,
        labels: Some(Vec::new()),
        words: Some(Vec::new()),
        numbers: Some(Vec::new()),
        nested: Some((None, None)),
    };
    (0..count).map(bare).collect()
}

/// Any row, hostile strings included.
pub(crate) fn any_row() -> impl Strategy<Value = Row> {
    let text = || proptest::option::of(any::<String>());
    (
        (any::<String>(), text(), any::<Option<bool>>(), any::<Option<i64>>(), any::<Option<f64>>()),
        any::<Option<i64>>(),
        proptest::option::of(prop::collection::vec((any::<String>(), text()), 0..4)),
        proptest::option::of(prop::collection::vec(text(), 0..4)),
        proptest::option::of(prop::collection::vec(any::<i64>(), 0..4)),
        proptest::option::of((any::<Option<bool>>(), text())),
    )
        .prop_map(|((id, text, flag, integer, float), time, labels, words, numbers, nested)| Row {
            id,
            text,
            flag,
            integer,
            float,
            time,
            labels,
            words,
            numbers,
            nested,
        })
}

/// The columns of [`batch`].
pub(crate) fn schema() -> SchemaRef {
    batch(&[]).schema()
}

/// The rows as a batch, with the types and inner names the model uses.
pub(crate) fn batch(rows: &[Row]) -> RecordBatch {
    let names = MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
    let mut labels = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    let mut words = ListBuilder::new(StringBuilder::new());
    let mut numbers = ListBuilder::new(Int64Builder::new());
    for row in rows {
        for (key, value) in row.labels.iter().flatten() {
            labels.keys().append_value(key);
            labels.values().append_option(value.as_ref());
        }
        labels.append(row.labels.is_some()).unwrap();
        row.words.iter().flatten().for_each(|word| words.values().append_option(word.as_ref()));
        words.append(row.words.is_some());
        row.numbers.iter().flatten().for_each(|number| numbers.values().append_value(*number));
        numbers.append(row.numbers.is_some());
    }
    let inner = |row: &Row| row.nested.clone().unwrap_or_default();
    let nested = StructArray::new(
        vec![
            Arc::new(Field::new("privileged", DataType::Boolean, true)),
            Arc::new(Field::new("profile", DataType::Utf8, true)),
        ]
        .into(),
        vec![
            Arc::new(rows.iter().map(|row| inner(row).0).collect::<BooleanArray>()) as ArrayRef,
            Arc::new(rows.iter().map(|row| inner(row).1).collect::<StringArray>()),
        ],
        Some(rows.iter().map(|row| row.nested.is_some()).collect::<NullBuffer>()),
    );
    let time: TimestampMicrosecondArray = rows.iter().map(|row| row.time).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("text", Arc::new(rows.iter().map(|row| row.text.as_deref()).collect::<StringArray>())),
        ("flag", Arc::new(rows.iter().map(|row| row.flag).collect::<BooleanArray>())),
        ("integer", Arc::new(rows.iter().map(|row| row.integer).collect::<Int64Array>())),
        ("float", Arc::new(rows.iter().map(|row| row.float).collect::<Float64Array>())),
        ("time", Arc::new(time.with_timezone("UTC"))),
        ("labels", Arc::new(labels.finish())),
        ("words", Arc::new(words.finish())),
        ("numbers", Arc::new(numbers.finish())),
        ("nested", Arc::new(nested)),
    ];
    let id: ArrayRef = Arc::new(rows.iter().map(|row| Some(row.id.as_str())).collect::<StringArray>());
    let columns = columns.into_iter().map(|(name, column)| (name, column, true));
    RecordBatch::try_from_iter_with_nullable([("id", id, false)].into_iter().chain(columns)).unwrap()
}

/// A collection of the cluster with this uid.
pub(crate) fn collection(uid: Option<&str>) -> Collection {
    Collection {
        cluster: Cluster { uid: uid.map(str::to_owned), ..Cluster::default() },
        collector: Default::default(),
        finished: time(60),
        server_time: None,
        scope: Default::default(),
        consistency: Consistency::Manifests,
        resources: Vec::new(),
        redaction: None,
        inputs: Vec::new(),
        tool: Tool { name: "assay".into(), version: "0.0.0".into(), digest: None },
        notes: Vec::new(),
    }
}

/// A moment, this many seconds after a fixed one.
pub(crate) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// A store in a temporary folder, which goes when the folder is dropped.
pub(crate) fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("store")).unwrap();
    (folder, store)
}

/// The cluster `lab`.
pub(crate) fn lab() -> ClusterName {
    ClusterName::new("lab").unwrap()
}

/// A snapshot of `lab` with some `pods`, their objects and no `nodes`.
pub(crate) fn snapshot(store: &Store, seconds: i64) -> Snapshot {
    let mut writer = store.begin(&lab(), time(seconds)).unwrap();
    let rows = rows(100);
    writer.append("pods", &batch(&rows)).unwrap();
    writer.append("objects/pods", &batch(&rows[..10])).unwrap();
    writer.declare("nodes", &schema()).unwrap();
    writer.finish(collection(Some("uid-1"))).unwrap()
}
