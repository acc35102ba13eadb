//! The asset model, declared once in SDL (`schema/*.graphql`) and read from there by every other part: the
//! types checks are written against, the tables of a snapshot, how rows are taken from objects, what relates
//! to what, and which API resources are listed. No I/O.

pub mod builtin;
pub mod canonical;
pub mod cores;
pub mod coverage;
pub mod duration;
pub mod flags;
pub mod glob;
pub mod id;
pub mod image;
pub mod json;
pub mod nearest;
pub mod network;
pub mod path;
pub mod pod_security;
pub mod quantity;
pub mod rbac;
pub mod redacted;
pub mod rows;
pub mod schema;
pub mod security;
pub mod selector;
pub mod severity;
pub mod visible;
pub mod yaml;
