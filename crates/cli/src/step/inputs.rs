//! What an audit depends on besides the snapshot, kept beside it: one archive in place of a file for each control and
//! each part of the model, which would be more of an audit's files than everything else.

use std::io::{self, Write};

/// The archive's name.
pub(crate) const INPUTS_FILE: &str = "inputs.tar";

/// The archive while it is written. The same inputs give the same bytes.
pub(crate) struct Inputs<'w>(tar::Builder<&'w mut dyn Write>);

impl<'w> Inputs<'w> {
    /// Begins an archive.
    pub(crate) fn new(file: &'w mut dyn Write) -> Self {
        Self(tar::Builder::new(file))
    }

    /// Adds a text by its path.
    pub(crate) fn add(&mut self, path: &str, text: &str) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        self.0.append_data(&mut header, path, text.as_bytes())
    }

    /// Completes it.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.0.finish()
    }
}
