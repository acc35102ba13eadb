//! What network policies and whatever opens workloads make of them: the model's pure functions, fed from tables.

mod exposure;
mod groups;
mod input;
mod openers;
mod others;
mod policies;
mod routes;
mod traffic;
mod workloads;

pub(super) use exposure::rows as exposure;
pub(super) use groups::rows as groups;
pub(super) use openers::lets_world_in;
pub(crate) use others::OtherPolicy;
pub(super) use traffic::rows as traffic;
