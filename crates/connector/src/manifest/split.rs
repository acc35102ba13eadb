//! A stream into documents, so that memory holds one at a time.

use std::io::{self, BufRead, Read as _};

use super::{
    problem::{Fault, Position},
    source,
};

/// The longest document: positions and sizes stay far inside of 32 bits, memory inside of a few GB.
const MAX_DOCUMENT: usize = 1 << 30;

/// How many documents are parsed at a time, by one core.
const PIECE: usize = 32;

/// How many bytes of them.
const PIECE_BYTES: usize = 256 << 10;

/// A piece of a file that holds one document, or none.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    /// Where its first byte stands.
    pub(super) first: Position,
    /// It looks like JSON: it starts with a brace and ends with the one that closes it, or with the stream.
    pub(super) is_braced: bool,
}

/// Cuts a stream where kubectl does: at lines that start with `---`, and after each JSON object.
pub(super) struct Splitter<R> {
    input: R,
    /// Where the next byte stands.
    position: Position,
}

/// Why no more documents come.
#[derive(Debug)]
pub(super) enum SplitError {
    Io(io::Error),
    Fault(Fault),
}

impl From<SplitError> for Fault {
    fn from(error: SplitError) -> Self {
        match error {
            SplitError::Io(error) => source::unreadable(&error),
            SplitError::Fault(fault) => fault,
        }
    }
}

impl From<io::Error> for SplitError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl<R: BufRead> Splitter<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, position: Position::START }
    }

    /// The next pieces, and whether there are more, or why there are none. The last one may be large.
    pub(super) fn several(&mut self) -> (Vec<Chunk>, Result<bool, SplitError>) {
        let (mut chunks, mut bytes) = (Vec::new(), 0);
        while chunks.len() < PIECE && bytes < PIECE_BYTES {
            match self.next() {
                Ok(Some(chunk)) => {
                    bytes += chunk.bytes.len();
                    chunks.push(chunk);
                }
                Ok(None) => return (chunks, Ok(false)),
                Err(error) => return (chunks, Err(error)),
            }
        }
        (chunks, Ok(true))
    }

    /// The next piece, or `None` at the end of the stream.
    pub(super) fn next(&mut self) -> Result<Option<Chunk>, SplitError> {
        let mut chunk = Chunk { first: self.position, ..Chunk::default() };
        chunk.is_braced = self.braces(&mut chunk.bytes)?;
        let is_more = chunk.is_braced || self.lines(&mut chunk.bytes)?;
        Ok((is_more || !chunk.bytes.is_empty()).then_some(chunk))
    }

    /// Reads what looks like a JSON object, up to the brace that ends it, and says whether it does. Stops at what does
    /// not.
    fn braces(&mut self, bytes: &mut Vec<u8>) -> Result<bool, SplitError> {
        let mut braces = Braces::default();
        loop {
            let buffer = fill(&mut self.input)?;
            if buffer.is_empty() {
                // What has no end is JSON all the same, and its parser can say so.
                return Ok(braces.depth > 0 && !braces.is_fresh);
            }
            let (length, state) = braces.scan(buffer);
            self.take(length, bytes)?;
            match state {
                State::Open => {}
                State::Closed => return Ok(true),
                State::NoJson => return Ok(false),
            }
        }
    }

    /// Reads lines up to a separator or the end; whether it was a separator.
    fn lines(&mut self, bytes: &mut Vec<u8>) -> Result<bool, SplitError> {
        loop {
            let at = self.position;
            let start = bytes.len();
            let read = (&mut self.input).take(MAX_DOCUMENT as u64 + 1).read_until(b'\n', bytes)?;
            self.position = self.position.after(&bytes[start..]);
            check_length(bytes, at)?;
            if read == 0 {
                return Ok(false);
            }
            if at.column == 1 && bytes[start..].starts_with(b"---") {
                check_separator(&bytes[start..], at)?;
                bytes.truncate(start);
                return Ok(true);
            }
        }
    }

    fn take(&mut self, length: usize, bytes: &mut Vec<u8>) -> Result<(), SplitError> {
        let buffer = fill(&mut self.input)?;
        let taken = &buffer[..length.min(buffer.len())];
        bytes.extend_from_slice(taken);
        let at = self.position;
        self.position = at.after(taken);
        self.input.consume(length);
        check_length(bytes, at)
    }
}

fn fill(input: &mut impl BufRead) -> io::Result<&[u8]> {
    // Asked twice: the borrow of a buffer that is kept would outlive the retry.
    while let Err(error) = input.fill_buf() {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    input.fill_buf()
}

fn check_length(bytes: &[u8], at: Position) -> Result<(), SplitError> {
    if bytes.len() <= MAX_DOCUMENT {
        return Ok(());
    }
    Err(SplitError::Fault(Fault::at(at, "this document is larger than 1 GiB: split it at `---` lines")))
}

fn check_separator(line: &[u8], at: Position) -> Result<(), SplitError> {
    let after = line[3..].trim_ascii();
    if after.is_empty() || after.starts_with(b"#") {
        return Ok(());
    }
    let message =
        "only a comment may follow `---` on its line, as for kubectl: put the rest on the next line";
    Err(SplitError::Fault(Fault::at(at, message)))
}

/// Follows JSON's braces and strings through a stream.
#[derive(Default)]
struct Braces {
    depth: u64,
    /// The object's first brace is read, what follows it is not.
    is_fresh: bool,
    in_string: bool,
    is_escaped: bool,
}

enum State {
    Open,
    Closed,
    NoJson,
}

impl Braces {
    /// How many of the bytes belong to the object, and what is known after them.
    fn scan(&mut self, bytes: &[u8]) -> (usize, State) {
        for (index, &byte) in bytes.iter().enumerate() {
            if self.depth == 0 && !matches!(byte, b'{' | b' ' | b'\t' | b'\r' | b'\n') {
                return (index, State::NoJson);
            }
            if self.is_fresh && !matches!(byte, b'"' | b'}' | b' ' | b'\t' | b'\r' | b'\n') {
                return (index, State::NoJson);
            }
            if self.in_string {
                self.in_string(byte);
            } else if self.outside(byte) {
                return (index + 1, State::Closed);
            }
        }
        (bytes.len(), State::Open)
    }

    fn in_string(&mut self, byte: u8) {
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' => self.is_escaped = true,
            b'"' => self.in_string = false,
            _ => {}
        }
    }

    /// Whether the byte ends the object.
    fn outside(&mut self, byte: u8) -> bool {
        match byte {
            b'{' => {
                self.is_fresh = self.depth == 0;
                self.depth += 1;
            }
            b'}' => {
                self.is_fresh = false;
                self.depth -= 1;
                return self.depth == 0;
            }
            b'"' => {
                self.is_fresh = false;
                self.in_string = true;
            }
            _ => {}
        }
        false
    }
}
