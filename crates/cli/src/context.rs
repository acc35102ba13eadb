//! What every command knows.

use crate::config::Config;

/// What every command knows.
pub(crate) struct Context {
    /// `assay.yaml`, or nothing.
    pub(crate) config: Config,
    /// Whether progress is to be left out.
    pub(crate) quiet: bool,
}
