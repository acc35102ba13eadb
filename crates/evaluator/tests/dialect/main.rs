//! The check language, as `query → assets` over one small cluster written as manifests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

mod access;
mod additions;
mod canonical;
mod containers;
mod derived;
mod fixture;
mod meaning;
mod mistakes;
mod network;
mod own_types;
mod pods;
mod relations;
mod removed;
mod stages;
mod templates;
mod variables;
