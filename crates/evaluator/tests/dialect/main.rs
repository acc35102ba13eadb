//! The check language, as `query → assets` over one small cluster written as manifests.

mod fixture;
mod meaning;
mod mistakes;
mod relations;
