//! Manifests: YAML and JSON files, read as kubectl reads them, with the position of every field.
//!
//! A stream is cut into documents (`split`), each of them parsed (`yaml`, `json`) into a tree of what is written
//! (`tree`), its lists taken apart (`object`), each object built (`build`) and checked (`metadata`). Some MB
//! of documents are in memory at a time, or one that is larger: while some are parsed, the next ones are read.
//!
//! YAML means what kubectl makes of it, which is what go-yaml v2 makes of it: `yes` is true, `010` is 8, the last of
//! two equal keys wins (a note says so), a merge key overrides what stands above it. Where the two differ, it shows:
//!
//! - What YAML 1.2 refuses is an error also where go-yaml takes it: quoted text and flow collections that go on at
//!   their parent's indentation, a tab between a colon and its value, a tab as indentation in a flow collection.
//! - What follows a `...` line is read; kubectl drops it up to the next `---`.

mod archive;
mod build;
mod bundle;
mod chars;
mod chart;
mod configuration;
mod encoding;
mod folder;
mod found;
mod hint;
mod json;
mod kustomization;
mod metadata;
mod number;
mod object;
mod path;
mod positions;
mod problem;
mod read;
mod scalar;
mod source;
mod split;
mod tree;
mod yaml;

#[cfg(test)]
mod tests;

pub(crate) use self::source::STDIN;
pub use self::{
    bundle::Unread,
    chart::Chart,
    folder::Except,
    kustomization::{Kustomization, Patch, Target},
    path::Step,
    positions::Positions,
    problem::{Position, Problem, Problems},
    read::{Document, ReadError, Sources, read, read_except},
    source::{Input, SourceFile},
};
