//! What commands are made of. Each file holds the flags of one step and what it does, so that a flag means the
//! same in every command that has it.

pub(crate) mod access;
pub(crate) mod collect;
pub(crate) mod compare;
pub(crate) mod controls;
pub(crate) mod definitions;
pub(crate) mod evaluate;
pub(crate) mod gate;
pub(crate) mod inputs;
pub(crate) mod interrupt;
pub(crate) mod needs;
pub(crate) mod report;
pub(crate) mod schema;
pub(crate) mod source;
pub(crate) mod store;

/// Keeps something until the process ends: to free each part of it would take longer than all that is left to do.
pub(crate) fn until_the_end<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
