//! Named lists that random queries compare with.

use std::sync::LazyLock;

use assay_controls::Lists;
use assay_model::schema::Scalar;

use crate::random::Random;

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let list = |(name, entries): (&str, &[&str])| {
        (name.to_owned(), entries.iter().map(|entry| (*entry).to_owned()).collect())
    };
    let own: [(&str, &[&str]); 7] = [
        ("none", &[]),
        ("texts", &["a", "ab", "A", "default", "a.b/c"]),
        ("patterns", &["a.*", "b"]),
        ("numbers", &["0", "1", "2"]),
        ("amounts", &["500m", "1Gi", "1000"]),
        ("spans", &["0s", "1h"]),
        ("times", &["2026-01-01T00:00:00Z", "-P30D"]),
    ];
    Lists::built_in().with(own.into_iter().map(list))
});

/// The lists there are.
pub fn lists() -> &'static Lists {
    &LISTS
}

/// A list whose entries are of a type.
pub(super) fn fitting(random: &mut Random, scalar: Scalar) -> &'static str {
    match scalar {
        _ if random.percent(10) => "none",
        Scalar::Int | Scalar::Float => "numbers",
        Scalar::Quantity => "amounts",
        Scalar::Duration => "spans",
        Scalar::DateTime => "times",
        _ => "texts",
    }
}
