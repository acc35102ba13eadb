//! Reads a cluster or manifests into a snapshot.

pub mod manifest;
