//! A forged snapshot has right digests over wrong bytes, so that the Parquet parser does meet them.

use std::error::Error as _;
use std::fs::File;
use std::io::Write;
use std::sync::OnceLock;

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::Int32Type;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use proptest::prelude::*;

use super::fixture::{batch, collection, lab, rows, store, time};
use crate::dictionaries::with_dictionaries;
use crate::error::Result;
use crate::table_reader::{OpenTable, read_dictionaries, read_whole};

/// The bytes of a small table, in which hardly a column is compressed.
fn table() -> &'static [u8] {
    static TABLE: OnceLock<Vec<u8>> = OnceLock::new();
    TABLE.get_or_init(|| table_of(20))
}

/// The bytes of a table in which more than half of the columns are compressed.
fn larger_table() -> &'static [u8] {
    static TABLE: OnceLock<Vec<u8>> = OnceLock::new();
    TABLE.get_or_init(|| table_of(300))
}

fn table_of(count: usize) -> Vec<u8> {
    let (_folder, store) = store();
    let mut writer = store.begin(&lab(), time(0)).unwrap();
    writer.append("pods", &batch(&rows(count))).unwrap();
    let snapshot = writer.finish(collection(None)).unwrap();
    let bytes = std::fs::read(snapshot.dir().join("pods.parquet")).unwrap();
    let columns = open(&bytes).unwrap().metadata().metadata().row_group(0).columns().to_vec();
    let compressed =
        columns.iter().filter(|column| column.compression() != Compression::UNCOMPRESSED).count();
    assert_eq!(compressed > columns.len() / 2, count > 20, "{compressed}");
    bytes
}

fn parse(bytes: &[u8]) -> Result<RecordBatch> {
    read_whole(open(bytes)?, None)
}

fn open(bytes: &[u8]) -> Result<OpenTable> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    OpenTable::new(file.path().to_owned(), File::open(file.path()).unwrap())
}

/// Among these is a dictionary without texts, and one of fewer than its rows lead to.
#[test]
fn each_byte_that_is_zero_is_an_error_or_leads_to_a_text() {
    let (mut read, mut bytes) = (0, table().to_vec());
    for at in 0..bytes.len() {
        let byte = std::mem::take(&mut bytes[at]);
        let batch = open(&bytes).and_then(|table| {
            let metadata = with_dictionaries(table.metadata());
            read_dictionaries(table.read_by(metadata), "text")
        });
        bytes[at] = byte;
        let Ok(batch) = batch else { continue };
        let Some(texts) = batch.column(0).as_dictionary_opt::<Int32Type>() else { continue };
        assert!(texts.keys().iter().flatten().all(|key| (key as usize) < texts.values().len()), "{at}");
        read += 1;
    }
    assert!(read > 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn wrong_bytes_are_an_error_or_other_rows(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        is_small in any::<bool>(),
    ) {
        let mut bytes = if is_small { table() } else { larger_table() }.to_vec();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = parse(&bytes);
    }

    #[test]
    fn half_a_table_is_an_error(length in any::<prop::sample::Index>()) {
        let length = length.index(table().len());
        prop_assert!(parse(&table()[..length]).is_err());
    }
}

#[test]
fn pages_that_no_snapshot_has_are_an_error() {
    let rows = batch(&rows(300));
    for (version, is_read) in [(WriterVersion::PARQUET_1_0, true), (WriterVersion::PARQUET_2_0, false)] {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_writer_version(version);
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, rows.schema(), Some(properties.build())).unwrap();
        writer.write(&rows).unwrap();
        writer.close().unwrap();
        match parse(&bytes) {
            Ok(read) => assert!(is_read && read == rows),
            Err(error) => {
                let reason = error.source().map(ToString::to_string).unwrap_or_default();
                assert!(!is_read && reason.contains("data pages of version 2"), "{error}: {reason}");
            }
        }
    }
}
