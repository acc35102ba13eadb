//! The audit contract: what an evaluation says and a report renders. Types alone, without I/O: the evaluator
//! makes them, the reporter reads them, and [`Audit`] as JSON ([`lines`]) is the published report format.

pub mod audit;
pub mod compare;
pub mod evidence;
pub mod exceptions;
pub mod finding;
pub mod gate;
pub mod lines;
pub mod outcome;
pub mod renamed;

pub use audit::Audit;
pub use finding::Finding;
pub use outcome::Outcome;
