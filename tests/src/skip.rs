//! What a test does where something it needs is missing.

#![allow(clippy::print_stderr, clippy::panic, reason = "this is how a test tells its outcome")]

use std::fmt;

/// Why a test cannot run on this machine: names what is missing and how to get it.
#[derive(Debug, Clone)]
pub struct Skip(
    /// One sentence, without a full stop.
    pub String,
);

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Gives what a test needs, or prints `skipped: <test>: <why>` and gives nothing, so that the test returns.
///
/// # Panics
///
/// Where `ASSAY_TESTS_REQUIRE_ALL=1`, instead of skipping: `tests/run` installs everything, so there a skipped test
/// would hide that something is never tested.
pub fn need<T>(test: &str, found: Result<T, Skip>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(why) if std::env::var_os("ASSAY_TESTS_REQUIRE_ALL").is_some_and(|v| v == "1") => {
            panic!("cannot run: {test}: {why}")
        }
        found => want(test, found),
    }
}

/// The same for what nobody can install, such as other projects' fixtures beside the checkout: never a failure.
pub fn want<T>(test: &str, found: Result<T, Skip>) -> Option<T> {
    found.inspect_err(|why| eprintln!("skipped: {test}: {why}")).ok()
}
