//! The pages of a file's columns. A small chunk of a column is read at once, and decompressed by what the thread has for
//! it.
//!
//! The Parquet library prepares a compressor and a decompressor for each chunk, and goes back to the file for each
//! page's header and content: of the thousand small chunks that an evaluation reads, that takes as long as to decode
//! them.

use std::cell::RefCell;
use std::fs::File;
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use parquet::arrow::arrow_reader::RowGroups;
use parquet::basic::Compression;
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use zstd::bulk::Decompressor;

/// Bytes of a chunk that is read at once. Larger ones are read page by page: those of objects may take many megabytes.
const CHUNK_BYTES: u64 = 1 << 20;

/// Some row groups of a file.
pub(crate) struct Groups {
    pub(crate) file: Arc<File>,
    pub(crate) metadata: Arc<ParquetMetaData>,
    /// Which ones, in order.
    pub(crate) numbers: Vec<usize>,
}

impl RowGroups for Groups {
    fn num_rows(&self) -> usize {
        let rows = self.row_groups().map(|group| usize::try_from(group.num_rows()).unwrap_or_default());
        rows.fold(0, usize::saturating_add)
    }

    fn column_chunks(&self, leaf: usize) -> Result<Box<dyn PageIterator>> {
        let chunks: Vec<_> = self
            .row_groups()
            .map(|group| (group.column(leaf).clone(), usize::try_from(group.num_rows()).unwrap_or_default()))
            .collect();
        Ok(Box::new(Chunks { file: self.file.clone(), chunks: chunks.into_iter() }))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(self.numbers.iter().map(|number| self.metadata.row_group(*number)))
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

/// The chunks of a column, each with its rows.
struct Chunks {
    file: Arc<File>,
    chunks: std::vec::IntoIter<(ColumnChunkMetaData, usize)>,
}

impl Iterator for Chunks {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        let (chunk, rows) = self.chunks.next()?;
        Some(pages(&self.file, chunk, rows))
    }
}

impl PageIterator for Chunks {}

fn pages(file: &Arc<File>, chunk: ColumnChunkMetaData, rows: usize) -> Result<Box<dyn PageReader>> {
    let (start, length) = chunk.byte_range();
    let mut left = None;
    let chunk = match chunk.compression() {
        Compression::ZSTD(_) => {
            left = Some(usize::try_from(chunk.uncompressed_size())?);
            // What is said not to be compressed is handed on as it is.
            chunk.into_builder().set_compression(Compression::UNCOMPRESSED).build()?
        }
        _ => chunk,
    };
    if length > CHUNK_BYTES {
        return Ok(decompressing(SerializedPageReader::new(file.clone(), &chunk, rows, None)?, left));
    }
    let read = Arc::new(Chunk { start, bytes: file.get_bytes(start, usize::try_from(length)?)? });
    Ok(decompressing(SerializedPageReader::new(read, &chunk, rows, None)?, left))
}

fn decompressing(pages: impl PageReader + 'static, left: Option<usize>) -> Box<dyn PageReader> {
    match left {
        Some(left) => Box::new(Decompressing { pages, left }),
        None => Box::new(pages),
    }
}

/// A part of a file that was read.
struct Chunk {
    start: u64,
    bytes: Bytes,
}

impl Length for Chunk {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for Chunk {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(self.rest(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let bytes = self.rest(start)?;
        if bytes.len() < length {
            return Err(outside());
        }
        Ok(bytes.slice(..length))
    }
}

impl Chunk {
    fn rest(&self, place: u64) -> Result<Bytes> {
        let place = usize::try_from(place.checked_sub(self.start).ok_or_else(outside)?)?;
        if place > self.bytes.len() {
            return Err(outside());
        }
        Ok(self.bytes.slice(place..))
    }
}

fn outside() -> ParquetError {
    ParquetError::EOF("a page is not within its column's chunk".to_owned())
}

/// Decompresses what pages hold.
struct Decompressing<P> {
    pages: P,
    /// Bytes that the chunk still has, decompressed, as the file's footer says: no page may be larger.
    left: usize,
}

impl<P: PageReader> Iterator for Decompressing<P> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl<P: PageReader> PageReader for Decompressing<P> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let Some(mut page) = self.pages.get_next_page()? else { return Ok(None) };
        match &mut page {
            Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => {
                *buf = decompressed(buf, self.left)?;
                self.left = self.left.saturating_sub(buf.len());
            }
            Page::DataPageV2 { .. } => {
                return Err(ParquetError::NYI("data pages of version 2, which no snapshot has".to_owned()));
            }
        }
        Ok(Some(page))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}

fn decompressed(bytes: &Bytes, most: usize) -> Result<Bytes> {
    thread_local! {
        static DECOMPRESSOR: RefCell<Decompressor<'static>> = RefCell::default();
    }
    // A page without values may be no bytes.
    if bytes.is_empty() {
        return Ok(Bytes::new());
    }
    DECOMPRESSOR.with_borrow_mut(|decompressor| Ok(decompressor.decompress(bytes, most)?.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_no_larger_than_what_its_chunk_has() {
        let compressed: Bytes = zstd::bulk::compress(&[7; 1_000], 1).unwrap().into();
        assert_eq!(decompressed(&compressed, 1_000).unwrap(), [7; 1_000][..]);
        assert!(decompressed(&compressed, 999).is_err());
        assert_eq!(decompressed(&Bytes::new(), 0).unwrap(), Bytes::new());
    }
}
