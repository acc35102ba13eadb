//! Lists of digests that `sha256sum -c` checks, so that no assay is needed to see that a file is intact.

use std::path::Path;

use crate::digest::Digest;
use crate::error::{Error, Result};

/// The list of these files.
pub(crate) fn format<'a>(files: impl IntoIterator<Item = (Digest, &'a str)>) -> String {
    files.into_iter().map(|(digest, file)| format!("{digest}  {file}\n")).collect()
}

/// The files of a list. Only what [`format`] writes is read: a looser reader would overlook changed bytes.
pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Vec<(Digest, String)>> {
    let text = String::from_utf8_lossy(bytes);
    let bad = |line: &str| Error::DigestList {
        path: path.to_owned(),
        line: line.chars().take(100).collect::<String>().escape_debug().to_string(),
    };
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let Some(text) = text.strip_suffix('\n') else {
        return Err(bad(text.lines().last().unwrap_or_default()));
    };
    text.split('\n')
        .map(|line| {
            let (digest, file) = line.split_once("  ").ok_or_else(|| bad(line))?;
            Ok((digest.parse().map_err(|_| bad(line))?, file.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_round_trip() {
        assert!(parse(Path::new("files.sha256"), b"").unwrap().is_empty());
        let list = format([(Digest::of(b"a"), "results.parquet"), (Digest::of(b"b"), "audit.json")]);
        let files = parse(Path::new("files.sha256"), list.as_bytes()).unwrap();
        assert_eq!(
            files,
            [(Digest::of(b"a"), "results.parquet".to_owned()), (Digest::of(b"b"), "audit.json".to_owned())]
        );
    }

    #[test]
    fn other_lists_are_refused() {
        let digest = Digest::of(b"a");
        for list in ["\n", "x  a\n", &format!("{digest} a\n"), &format!("{digest}  a")] {
            assert!(parse(Path::new("files.sha256"), list.as_bytes()).is_err(), "{list:?}");
        }
    }
}
