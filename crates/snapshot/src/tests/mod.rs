//! Whole snapshots in temporary stores.

mod audits;
mod determinism;
mod fixture;
mod integrity;
mod parser;
mod round_trip;
mod store;
