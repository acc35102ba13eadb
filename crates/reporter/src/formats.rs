//! The formats that the build script found below `format`.

use crate::Format;

include!(concat!(env!("OUT_DIR"), "/formats.rs"));

#[cfg(test)]
pub(crate) use json::SCHEMA;

/// All formats, by name. A new one is a file `src/format/<name>.rs` with a `pub(crate) const FORMAT`.
pub fn formats() -> &'static [&'static dyn Format] {
    FORMATS
}

/// The format of this name.
pub fn format(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}
