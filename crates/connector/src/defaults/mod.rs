//! What the API server fills in.
use serde_json::Value;

/// Fills in.
pub(crate) fn apply(_object: &mut Value) {}
