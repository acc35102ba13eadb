//! What is written is read, whatever it is.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, new_null_array};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::DataType;
use parquet::basic::Compression;
use proptest::prelude::*;

use super::fixture::{any_row, bare_rows, batch, collection, lab, rows, schema, snapshot, store, time};
use crate::table_reader::OpenTable;
use crate::{Consistency, Digest, Error, Snapshot, SnapshotWriter};

fn write(rows: &RecordBatch) -> (tempfile::TempDir, Snapshot) {
    let (folder, store) = store();
    let mut writer = store.begin(&lab(), time(0)).unwrap();
    writer.append("pods", rows).unwrap();
    let snapshot = writer.finish(collection(None)).unwrap();
    (folder, snapshot)
}

/// The only column of a batch, or the only field of a struct in it, each text in its row.
fn leaf(batch: &RecordBatch) -> ArrayRef {
    let column = batch.column(0);
    let leaf = column.as_struct_opt().map_or(column, |within| within.column(0));
    let is_text = matches!(leaf.data_type(), DataType::Dictionary(..));
    if is_text { cast(leaf, &DataType::Utf8).unwrap() } else { leaf.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_column_type_comes_back(rows in prop::collection::vec(any_row(), 0..150)) {
        let written = batch(&rows);
        let (_folder, snapshot) = write(&written);
        let read = snapshot.read("pods", None).unwrap();
        prop_assert_eq!(read.schema(), written.schema());
        prop_assert_eq!(&read, &written);
        for column in ["text", "flag", "integer", "nested.profile"] {
            let alone = snapshot.read_column("pods", column).unwrap().map(|read| leaf(&read));
            let wanted = leaf(&snapshot.read("pods", Some(&[column])).unwrap());
            // What no row has is none.
            let alone = alone.unwrap_or_else(|| new_null_array(wanted.data_type(), wanted.len()));
            prop_assert_eq!(&alone, &wanted);
        }
    }
}

#[test]
fn several_row_groups_come_back_in_one_batch_or_in_portions() {
    let written = batch(&rows(20_000));
    let (_folder, snapshot) = write(&written);
    assert_eq!(snapshot.read("pods", None).unwrap(), written);
    assert_eq!(snapshot.rows("pods"), Some(20_000));
    for (index, field) in schema().fields().iter().enumerate() {
        let is_empty = written.column(index).logical_null_count() == written.num_rows();
        let says_so = snapshot.has_no_values("pods", field.name()).unwrap();
        assert!(!says_so || is_empty, "{}", field.name());
    }
    assert!(snapshot.has_no_values("pods", "nothing").unwrap());

    let portions: Vec<_> = snapshot.batches("pods", None).unwrap().map(Result::unwrap).collect();
    assert!(portions.len() > 10);
    assert_eq!(concat_batches(&schema(), &portions).unwrap(), written);

    let groups = snapshot.row_groups("pods").unwrap();
    assert!(groups > 1);
    let of_groups = (0..groups).flat_map(|group| snapshot.row_group("pods", None, group).unwrap());
    let of_groups: Vec<_> = of_groups.map(Result::unwrap).collect();
    assert_eq!(concat_batches(&schema(), &of_groups).unwrap(), written);
}

#[test]
fn a_column_that_no_row_has_is_none_and_one_with_nothing_in_it_is_there() {
    let written = batch(&bare_rows(300));
    let (_folder, snapshot) = write(&written);
    assert_eq!(snapshot.read("pods", None).unwrap(), written);
    for column in
        ["text", "flag", "integer", "float", "time", "nested.privileged", "nested.profile", "nothing"]
    {
        assert!(snapshot.read_column("pods", column).unwrap().is_none(), "{column}");
    }
    for column in ["id", "labels", "words", "numbers", "nested"] {
        let read = snapshot.read_column("pods", column).unwrap().unwrap();
        assert_eq!(read.column(0), written.column_by_name(column).unwrap(), "{column}");
    }
}

#[test]
fn columns_that_only_later_rows_have_come_back() {
    let written = batch(&[bare_rows(1_000), rows(1_000)].concat());
    let (_folder, snapshot) = write(&written);
    assert_eq!(snapshot.read("pods", None).unwrap(), written);
    let read = snapshot.read_column("pods", "text").unwrap().unwrap();
    assert_eq!(&leaf(&read), written.column_by_name("text").unwrap());
}

#[test]
fn texts_that_repeat_come_as_a_dictionary_whatever_row_group_they_are_in() {
    let written = batch(&rows(20_000));
    let (_folder, snapshot) = write(&written);
    let read = |column: &str| snapshot.read_column("pods", column).unwrap().unwrap();
    let text = read("text");
    assert!(matches!(text.column(0).data_type(), DataType::Dictionary(..)), "{}", text.schema());
    assert_eq!(&leaf(&text), written.column_by_name("text").unwrap());
    let presence = snapshot.read_presence("pods", "nested").unwrap().unwrap();
    let nested = written.column_by_name("nested").unwrap();
    assert_eq!(presence.column(0).logical_nulls(), nested.logical_nulls());
    assert_eq!(presence.column(0).as_struct().num_columns(), 1);
    assert!(snapshot.read_presence("pods", "none").unwrap().is_none());
    let profile = read("nested.profile");
    assert!(matches!(profile.column(0).as_struct().column(0).data_type(), DataType::Dictionary(..)));
    assert_eq!(&leaf(&profile), written.column_by_name("nested").unwrap().as_struct().column(1));
    // No two rows have the same id, and it is written as what it has more than the one before.
    for column in ["id", "integer", "words", "labels"] {
        assert_eq!(read(column).column(0), written.column_by_name(column).unwrap(), "{column}");
    }
}

#[test]
fn a_few_values_are_not_compressed_and_many_are() {
    let compressed = |count: usize| {
        let (_folder, snapshot) = write(&batch(&rows(count)));
        let path = snapshot.dir().join("pods.parquet");
        let table = OpenTable::new(path.clone(), File::open(path).unwrap()).unwrap();
        let columns = table.metadata().metadata().row_group(0).columns().iter();
        let compressed = columns.filter(|column| column.compression() != Compression::UNCOMPRESSED);
        compressed.map(|column| column.column_path().string()).collect::<Vec<_>>()
    };
    assert_eq!(compressed(9), [""; 0]);
    assert_eq!(compressed(200), ["id", "text", "labels.entries.key", "numbers.list.item"], "over 2 KiB");
    let all = compressed(300);
    assert!(["integer", "words.list.item", "nested.profile"].iter().all(|one| all.contains(&(*one).into())));
}

/// A chunk of so many bytes is read page by page; those beside it are read at once.
#[test]
fn a_column_of_many_bytes_comes_back() {
    let text =
        |row: u32| (0..32u32).map(|part| Digest::of(&(row << 5 | part).to_le_bytes()).to_string()).collect();
    let texts = StringArray::from_iter_values((0..3_000).map(|row| -> String { text(row) }));
    let numbers = Int64Array::from_iter_values(0..3_000);
    let written = RecordBatch::try_from_iter([
        ("numbers", Arc::new(numbers) as ArrayRef),
        ("object", Arc::new(texts) as ArrayRef),
    ]);
    let written = written.unwrap();
    let (_folder, snapshot) = write(&written);
    let path = snapshot.dir().join("pods.parquet");
    let table = OpenTable::new(path.clone(), File::open(path).unwrap()).unwrap();
    let bytes = |column| table.metadata().metadata().row_group(0).column(column).byte_range().1;
    assert!(bytes(0) < 1 << 20 && bytes(1) > 2 << 20, "{} and {}", bytes(0), bytes(1));
    let read = snapshot.read("pods", None).unwrap();
    assert_eq!(read.columns(), written.columns());
    let portions: Vec<_> = snapshot.batches("pods", None).unwrap().map(Result::unwrap).collect();
    assert_eq!(concat_batches(&read.schema(), &portions).unwrap(), read);
}

#[test]
fn a_table_without_rows_is_there_and_others_are_not() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    assert_eq!(snapshot.tables().collect::<Vec<_>>(), ["nodes", "objects/pods", "pods"]);
    assert_eq!(snapshot.rows("nodes"), Some(0));
    assert_eq!(snapshot.read("nodes", None).unwrap(), RecordBatch::new_empty(schema()));
    assert_eq!(snapshot.schema("nodes").unwrap(), schema());
    assert!(!snapshot.has("services") && snapshot.rows("services").is_none());
    let error = snapshot.read("services", None).unwrap_err();
    assert!(matches!(error, Error::Absent { .. }), "{error}");
    assert!(error.to_string().ends_with("has no `services.parquet`"), "{error}");
}

#[test]
fn columns_are_selected_at_any_depth_in_the_tables_order() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let names = |columns: &[&str]| {
        let read = snapshot.read("pods", Some(columns)).unwrap();
        assert_eq!(read.num_rows(), 100);
        read.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["labels", "id"]), ["id", "labels"]);
    assert_eq!(names(&["words"]), ["words"]);
    assert_eq!(names(&[]), Vec::<String>::new());

    let read = snapshot.read("pods", Some(&["nested.profile"])).unwrap();
    let nested = read.column(0).as_struct();
    let whole = batch(&rows(100));
    let expected = whole.column_by_name("nested").unwrap().as_struct();
    assert_eq!(nested.column_names(), ["profile"]);
    assert_eq!(nested.column(0), expected.column(1));
    assert_eq!(nested.nulls(), expected.nulls(), "an absent struct is not one with absent fields");

    for column in ["nest", "nested.", "nested.privileg", "nested.privileged.x", ""] {
        let error = snapshot.read("pods", Some(&["id", column])).unwrap_err();
        assert!(matches!(error, Error::NoColumn { .. }), "{column}: {error}");
    }
}

#[test]
fn rows_with_other_columns_are_refused() {
    let (folder, store) = store();
    let rows = batch(&rows(3));
    let error_of = |go_on: &dyn Fn(&mut SnapshotWriter) -> Result<(), Error>| {
        let mut writer = store.begin(&lab(), time(0)).unwrap();
        writer.append("pods", &rows).unwrap();
        // The thread that writes may be late to say so.
        let error = go_on(&mut writer).err().or_else(|| writer.finish(collection(None)).err()).unwrap();
        let left: Vec<_> = std::fs::read_dir(folder.path().join("store")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        error
    };
    let narrow = rows.project(&[0, 1]).unwrap();
    let error = error_of(&|writer| writer.append("pods", &narrow));
    assert!(matches!(error, Error::Columns { .. }), "{error}");
    let error = error_of(&|writer| writer.close("pods").and_then(|()| writer.append("pods", &rows)));
    assert!(matches!(error, Error::Written(_)), "{error}");
    let error = error_of(&|writer| writer.append("../pods", &rows));
    assert!(matches!(error, Error::Name { .. }), "{error}");
}

#[test]
fn a_writer_that_failed_says_so_again() {
    let (_folder, store) = store();
    let mut writer = store.begin(&lab(), time(0)).unwrap();
    let rows = batch(&rows(3));
    let errors: Vec<_> = (0..1_000).filter_map(|_| writer.append("../pods", &rows).err()).take(2).collect();
    assert!(matches!(errors[..], [Error::Name { .. }, Error::GivenUp]), "{errors:?}");
}

#[test]
fn the_manifest_comes_back() {
    let (_folder, store) = store();
    let written = snapshot(&store, 0);
    let read = Snapshot::open(written.dir()).unwrap();
    assert_eq!(read.manifest, written.manifest);
    assert_eq!(read.digest(), written.digest());
    assert_eq!(read.manifest.started, time(0));

    let pinned =
        r#"{"level":"pinned","revision":"42","apart":[{"resource":"nodes.metrics.k8s.io","reason":"504"}]}"#;
    let consistency: Consistency = serde_json::from_str(pinned).unwrap();
    assert_eq!(serde_json::to_string(&consistency).unwrap(), pinned);
}
