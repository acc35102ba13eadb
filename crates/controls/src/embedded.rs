//! The files that the build script found: (path below this crate, text), sorted by path.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
