//! Stored checks, from text to a typed query. The stages, one file each:
//! text → syntax ([`parse`]) → resolved ([`resolve`], with a file for each kind of field) → plan ([`plan`]).
//! What they make ([`typed`], [`predicate`]) is neutral: it knows types and fields of the model, and no engine.

mod bindings;
pub mod diagnostic;
mod english;
mod layout;
mod parse;
mod plan;
mod predicate;
mod resolve;
mod same;
mod sdl;
mod typed;

pub use bindings::{Bindings, time_or_day};
pub use diagnostic::Diagnostic;
pub use english::{say, say_literal};
pub use parse::syntax;
pub use plan::{plan, simplified};
pub use predicate::{Filter, Literal, Moment, Order, Quantifier, Scope, Test, TextTest};
pub use resolve::{filter_of, format, format_selection, own_mistakes, query, query_at, question, selection};
pub use sdl::sdl;
pub use typed::{Asked, FieldPath, Page, Picked, Query, Question, Root, Selected, Set, SortKey, What};
