//! Archives of manifests: tar, gzip, and tar in gzip. They are read as they stream by; nothing is unpacked to disk.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::path::{Component, Path};

use flate2::read::MultiGzDecoder;

use super::source;

/// How many bytes of a stream tell what it is: the first header of a tar.
const HEAD: u64 = 512;

/// Where a tar says that it is one.
const TAR_MAGIC: std::ops::Range<usize> = 257..262;

/// How much a compressed stream may be until its ratio is looked at.
const UNSUSPICIOUS: u64 = 64 << 20;

/// How many times its size a compressed stream may become. Manifests pack to a twentieth or so; a bomb to a thousandth.
const MAX_RATIO: u64 = 200;

/// How many entries an archive may have.
pub(super) const MAX_ENTRIES: usize = 500_000;

/// How much may stand between the contents of two files: headers, with names that are longer than one header takes.
/// They are held in memory.
const MAX_HEADERS: u64 = 1 << 20;

/// How a stream is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// It is what it is.
    None,
    /// Compressed.
    Gzip,
    /// Several files in one.
    Tar,
}

/// What a stream is, and the whole of it again.
pub(super) fn look(mut content: &mut dyn BufRead) -> io::Result<(Packing, impl BufRead + '_)> {
    let mut head = Vec::new();
    (&mut content).take(HEAD).read_to_end(&mut head)?;
    let packing = if head.starts_with(&[0x1f, 0x8b]) {
        Packing::Gzip
    } else if is_tar(&head) {
        Packing::Tar
    } else {
        Packing::None
    };
    Ok((packing, io::Cursor::new(head).chain(content)))
}

fn is_tar(block: &[u8]) -> bool {
    block.get(TAR_MAGIC).is_some_and(|magic| magic == b"ustar")
}

/// What a compressed stream holds, as long as that is no bomb.
pub(super) struct Unzipped<R> {
    decoder: MultiGzDecoder<Counted<R>>,
    unpacked: u64,
}

impl<R: Read> Unzipped<R> {
    pub(super) fn new(packed: R) -> Self {
        Self { decoder: MultiGzDecoder::new(Counted { input: packed, bytes: 0 }), unpacked: 0 }
    }
}

impl<R: Read> Read for Unzipped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.decoder.read(buffer)?;
        self.unpacked += length as u64;
        if self.unpacked > UNSUSPICIOUS && self.unpacked / MAX_RATIO > self.decoder.get_ref().bytes {
            let message = "it grows more than 200 times when it is unpacked, as no manifests do: unpack it and name the folder";
            return Err(io::Error::other(message));
        }
        Ok(length)
    }
}

/// Reads through to another reader and counts what it gives.
struct Counted<R> {
    input: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.bytes += length as u64;
        Ok(length)
    }
}

/// Watches over what is read of an archive: whoever reads it would take a name of any length, and the end of the stream
/// for that of the archive.
pub(super) struct Watch {
    /// How many bytes may be read before the next file has begun.
    left: Cell<u64>,
    /// How many zeros were read last.
    zeros: Cell<u64>,
}

impl Default for Watch {
    fn default() -> Self {
        Self { left: Cell::new(MAX_HEADERS), zeros: Cell::default() }
    }
}

impl Watch {
    /// The archive in this stream.
    pub(super) fn over<R>(&self, input: R) -> Watched<'_, R> {
        Watched { input, watch: self }
    }

    /// Lets the content of a file be read.
    pub(super) fn allow<R: Read>(&self, entry: &tar::Entry<'_, R>) {
        // What has holes says how large it is with them.
        let is_sparse = entry.header().entry_type().is_gnu_sparse();
        let size = if is_sparse { entry.header().entry_size().unwrap_or(0) } else { entry.size() };
        self.left.set(size.saturating_add(MAX_HEADERS));
    }

    /// Reads what follows after the last file.
    ///
    /// # Errors
    /// If that was not all: the archive has no end, or another archive is joined to it.
    pub(super) fn end<R: Read>(&self, archive: &mut Watched<'_, R>) -> io::Result<()> {
        if self.zeros.get() < HEAD {
            return Err(io::Error::other("the archive is cut off: it has no end"));
        }
        let mut block = Vec::new();
        while (&mut archive.input).take(HEAD).read_to_end(&mut block)? > 0 {
            if is_tar(&block) {
                return Err(io::Error::other(
                    "another archive is joined to it: give each as a file of its own",
                ));
            }
            block.clear();
        }
        Ok(())
    }
}

/// An archive that is watched over.
pub(super) struct Watched<'w, R> {
    input: R,
    watch: &'w Watch,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Watch { left, zeros } = self.watch;
        let most = usize::try_from(left.get()).map_or(buffer.len(), |left| left.min(buffer.len()));
        if most == 0 && !buffer.is_empty() {
            return Err(io::Error::other("the name of a file in it is longer than any can be"));
        }
        let length = self.input.read(&mut buffer[..most])?;
        left.set(left.get() - length as u64);
        let last = buffer[..length].iter().rev().take_while(|byte| **byte == 0).count();
        zeros.set(if last == length { zeros.get() + last as u64 } else { last as u64 });
        Ok(length)
    }
}

/// What an entry of an archive is to us.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// A manifest by its name: its path in the archive.
    Manifest(String),
    /// Nothing to read.
    Other,
    /// A manifest by its name that is a link: its path.
    Link(String),
    /// What may hold manifests, but has to be unpacked: its path.
    Packed(String),
    /// Its path leads out of the archive.
    Outside(String),
}

/// What an entry is, by its type and path. Hidden ones are left out, as in folders.
pub(super) fn member(kind: tar::EntryType, path: &Path) -> Member {
    let shown = path.to_string_lossy().replace('\\', "/");
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_string_lossy()),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Member::Outside(shown);
            }
        }
    }
    let extension = path.extension().and_then(|extension| extension.to_str());
    let is_hidden = parts.iter().any(|part| part.starts_with('.'));
    let is_manifest = matches!(extension, Some("yaml" | "yml" | "json")) || source::is_kustomization(&shown);
    let is_packed = source::is_packed(&shown);
    if is_hidden || !is_manifest && !is_packed {
        return Member::Other;
    }
    match kind {
        tar::EntryType::Regular | tar::EntryType::Continuous if is_packed => Member::Packed(parts.join("/")),
        tar::EntryType::Regular | tar::EntryType::Continuous => Member::Manifest(parts.join("/")),
        tar::EntryType::Symlink | tar::EntryType::Link => Member::Link(parts.join("/")),
        _ => Member::Other,
    }
}

/// An entry's content: what is cut off in it is an error, not its end.
pub(super) struct Content<R> {
    entry: R,
    left: u64,
}

impl<R: Read> Content<R> {
    pub(super) fn new(entry: R, size: u64) -> Self {
        Self { entry, left: size }
    }
}

impl<R: Read> Read for Content<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.entry.read(buffer)?;
        self.left = self.left.saturating_sub(length as u64);
        if length == 0 && !buffer.is_empty() && self.left > 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends within this file"));
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_manifests_within_the_archive_are_read() {
        use tar::EntryType::{Directory, Link, Regular, Symlink};
        let manifest = |path: &str| Member::Manifest(path.to_owned());
        for (kind, path, expected) in [
            (Regular, "a.yaml", manifest("a.yaml")),
            (Regular, "./bundle/pods/default.json", manifest("bundle/pods/default.json")),
            (Regular, "bundle/pods/logs.txt", Member::Other),
            (Regular, "pods.json.gz", Member::Packed("pods.json.gz".to_owned())),
            (Regular, "./._a.yaml", Member::Other),
            (Regular, ".git/a.yaml", Member::Other),
            (Directory, "a.yaml", Member::Other),
            (Symlink, "a.yaml", Member::Link("a.yaml".to_owned())),
            (Link, "b/a.yml", Member::Link("b/a.yml".to_owned())),
            (Regular, "../a.yaml", Member::Outside("../a.yaml".to_owned())),
            (Regular, "a/../../b.yaml", Member::Outside("a/../../b.yaml".to_owned())),
            (Regular, "/etc/a.yaml", Member::Outside("/etc/a.yaml".to_owned())),
        ] {
            assert_eq!(member(kind, Path::new(path)), expected, "{path}");
        }
    }
}
