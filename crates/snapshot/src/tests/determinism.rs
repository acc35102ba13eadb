//! The same rows give the same bytes.

use arrow::array::RecordBatch;
use proptest::prelude::*;

use super::fixture::{any_row, batch, collection, lab, rows, store, time};
use crate::FileEntry;

fn written(batches: &[RecordBatch]) -> FileEntry {
    let (_folder, store) = store();
    let mut writer = store.begin(&lab(), time(0)).unwrap();
    for batch in batches {
        writer.append("pods", batch).unwrap();
    }
    let snapshot = writer.finish(collection(None)).unwrap();
    snapshot.manifest.files[0].clone()
}

/// The batch cut into pieces of these lengths, over and over.
fn cut(batch: &RecordBatch, lengths: &[usize]) -> Vec<RecordBatch> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for length in lengths.iter().cycle() {
        let length = (*length).min(batch.num_rows() - at);
        pieces.push(batch.slice(at, length));
        at += length;
        if at == batch.num_rows() {
            return pieces;
        }
    }
    pieces
}

#[test]
fn chunking_does_not_show_in_large_tables() {
    let whole = batch(&rows(20_000));
    let expected = written(std::slice::from_ref(&whole));
    for lengths in [&[1][..], &[500], &[8_192], &[63, 64, 65, 4_000], &[0, 7]] {
        assert_eq!(written(&cut(&whole, lengths)), expected, "{lengths:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn chunking_does_not_show(
        rows in prop::collection::vec(any_row(), 1..200),
        lengths in prop::collection::vec(1usize..100, 1..5),
    ) {
        let whole = batch(&rows);
        // Built anew, a piece lacks whatever lies around it in the whole.
        let mut at = 0;
        let rebuilt: Vec<_> = cut(&whole, &lengths)
            .iter()
            .map(|piece| {
                at += piece.num_rows();
                batch(&rows[at - piece.num_rows()..at])
            })
            .collect();
        let expected = written(std::slice::from_ref(&whole));
        prop_assert_eq!(&written(&cut(&whole, &lengths)), &expected);
        prop_assert_eq!(&written(&rebuilt), &expected);
    }
}

/// Old archives are verified by digest, but a report that says "the same objects" compares new bytes with
/// old ones: a change here changes every snapshot, and belongs into the changelog.
#[test]
fn the_bytes_are_those_of_this_format() {
    let file = written(&[batch(&rows(1_000))]);
    assert_eq!(file.path, "pods.parquet");
    assert_eq!(file.rows, 1_000);
    assert_eq!(file.sha256.to_string(), "3b451ec4975b63b94e964fe240559ae6a7da95bc5452e72a50ec34707b4c2145");
}
