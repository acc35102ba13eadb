//! The control library: what is audited, why, and how to put it right.
//!
//! A control is one Markdown file: front matter, the sections of a page, checks (a query and what is expected
//! of its result) and examples. The built-in ones are compiled in; a folder of one's own can be added. Queries
//! are kept as text with their place in the file: typing and running them is the evaluator's work.

pub mod catalogue;
mod check;
mod control;
mod document;
mod embedded;
mod example;
mod expected;
mod folder;
mod framework;
mod front_matter;
mod id;
mod library;
mod lint;
mod lists;
mod page;
mod parse;
mod problem;
mod select;
mod yaml;

pub use check::{Block, Check, Order, variables};
pub use control::{CONNECTORS, Control, ControlSource, Section};
pub use example::{Example, Expectation};
pub use expected::{Comparison, Equality, Expected};
pub use framework::{Framework, Requirement};
pub use id::{CheckSlug, ControlId, FrameworkId, InvalidId};
pub use library::Library;
pub use lists::Lists;
pub use parse::parse;
pub use problem::{Problem, Problems};
pub use select::UnknownPattern;

#[cfg(test)]
mod tests;
