//! What a query's text leaves open: the instant ages count from, named lists, and values of variables.

use std::collections::BTreeMap;

use assay_controls::Lists;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

/// A time (`2026-01-31T12:00:00Z`), or the beginning of a day (`2026-01-31`) in UTC. A time that does not say its zone is
/// no day, though Jiff reads it as one: what it says of the hour would be lost.
pub fn time_or_day(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let day: Date = text.parse().ok().filter(|day: &Date| day.to_string() == text)?;
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// What a query's text leaves open.
#[derive(Debug, Clone, Copy)]
pub struct Bindings<'b> {
    /// The instant that ages are counted from.
    pub as_of: Timestamp,
    /// The lists that `{list: "name"}` may name.
    pub lists: &'b Lists,
    /// Values of variables, in place of the query's own defaults. One that the query does not declare is no
    /// mistake here: it may be meant for another query.
    pub variables: &'b BTreeMap<String, Value>,
}

static NO_VARIABLES: BTreeMap<String, Value> = BTreeMap::new();

/// The built-in lists, and every variable's default.
impl From<Timestamp> for Bindings<'_> {
    fn from(as_of: Timestamp) -> Self {
        Self { as_of, lists: Lists::built_in(), variables: &NO_VARIABLES }
    }
}
