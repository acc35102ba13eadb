//! Tests of values, a column at a time.

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, TimestampMicrosecondArray,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use assay_model::schema::Scalar;

use crate::query::{Literal, Test};
use crate::texts::Texts;

/// Which rows pass a test. A missing value passes only the tests for what is missing.
pub(crate) fn passes(column: &ArrayRef, scalar: Scalar, test: &Test) -> BooleanBuffer {
    match test {
        Test::Missing => missing(column),
        Test::Empty => &missing(column) | &empty(column),
        _ => match column.as_any().downcast_ref::<ListArray>() {
            Some(lists) => list(lists, scalar, test),
            None => value(column, scalar, test),
        },
    }
}

fn missing(column: &ArrayRef) -> BooleanBuffer {
    match column.logical_nulls() {
        Some(nulls) => !nulls.inner(),
        None => BooleanBuffer::new_unset(column.len()),
    }
}

fn empty(column: &ArrayRef) -> BooleanBuffer {
    if let Some(texts) = Texts::of(column) {
        return texts.that(str::is_empty);
    }
    if let Some(lists) = column.as_any().downcast_ref::<ListArray>() {
        return (0..lists.len()).map(|row| !lists.is_null(row) && lists.value_length(row) == 0).collect();
    }
    BooleanBuffer::new_unset(column.len())
}

fn value(column: &ArrayRef, scalar: Scalar, test: &Test) -> BooleanBuffer {
    match test {
        Test::Text(text) => each_text(column, |found| text.passes(found)),
        Test::In(wanted) => among(column, scalar, wanted),
        Test::Compare(order, other) => each(column, scalar, |found| {
            found.partial_cmp(other).is_some_and(|ordering| order.holds(ordering))
        }),
        _ => BooleanBuffer::new_unset(column.len()),
    }
}

fn list(lists: &ListArray, scalar: Scalar, test: &Test) -> BooleanBuffer {
    let values = lists.values();
    // A null element is no element's equal, so it is outside of every list of literals.
    let among = |wanted: &[Literal]| among(values, scalar, wanted);
    let any = |elements: &BooleanBuffer, wanted: bool| -> BooleanBuffer {
        (0..lists.len())
            .map(|row| !lists.is_null(row) && range(lists, row).any(|at| elements.value(at) == wanted))
            .collect()
    };
    match test {
        Test::Includes(wanted) => any(&among(std::slice::from_ref(wanted)), true),
        Test::AnyIn(wanted) => any(&among(wanted), true),
        Test::AnyNotIn(wanted) => any(&among(wanted), false),
        Test::Elements(wanted) => {
            let equal: Vec<BooleanBuffer> =
                wanted.iter().map(|one| among(std::slice::from_ref(one))).collect();
            let same = |row: usize| {
                !lists.is_null(row)
                    && range(lists, row).len() == wanted.len()
                    && range(lists, row).zip(&equal).all(|(at, equal)| equal.value(at))
            };
            (0..lists.len()).map(same).collect()
        }
        _ => BooleanBuffer::new_unset(lists.len()),
    }
}

fn range(lists: &ListArray, row: usize) -> std::ops::Range<usize> {
    let offsets = lists.value_offsets();
    let at = |offset: i32| usize::try_from(offset).unwrap_or_default();
    at(offsets[row])..at(offsets[row + 1])
}

/// Which values are one of these.
fn among(column: &ArrayRef, scalar: Scalar, wanted: &[Literal]) -> BooleanBuffer {
    let are_texts = matches!(column.data_type(), DataType::Utf8 | DataType::Dictionary(..));
    if matches!(scalar, Scalar::Quantity | Scalar::Duration) || !are_texts {
        return each(column, scalar, |found| wanted.contains(found));
    }
    // Most tests are of this kind, and need no literal for each row.
    let is = |found: &str| wanted.iter().any(|one| matches!(one, Literal::Text(text) if text == found));
    each_text(column, is)
}

fn each_text(column: &ArrayRef, holds: impl Fn(&str) -> bool) -> BooleanBuffer {
    Texts::of(column).map_or_else(|| BooleanBuffer::new_unset(column.len()), |texts| texts.that(holds))
}

/// Applies a predicate to each value, as a literal of the field's type.
fn each(column: &ArrayRef, scalar: Scalar, holds: impl Fn(&Literal) -> bool) -> BooleanBuffer {
    let any = column.as_any();
    let rows = 0..column.len();
    let there = |row: usize| !column.is_null(row);
    if let Some(texts) = Texts::of(column) {
        // One literal is filled again for each text, so that comparing costs no allocation a row.
        let mut literal = Literal::Text(String::new());
        return texts.that(|found| fill(&mut literal, found, scalar) && holds(&literal));
    }
    if let Some(values) = any.downcast_ref::<BooleanArray>() {
        return rows.map(|row| there(row) && holds(&Literal::Boolean(values.value(row)))).collect();
    }
    if let Some(values) = any.downcast_ref::<Int64Array>() {
        return rows.map(|row| there(row) && holds(&Literal::Int(values.value(row)))).collect();
    }
    if let Some(values) = any.downcast_ref::<Float64Array>() {
        return rows.map(|row| there(row) && holds(&Literal::Float(values.value(row)))).collect();
    }
    if let Some(values) = any.downcast_ref::<TimestampMicrosecondArray>() {
        return rows.map(|row| there(row) && holds(&Literal::Time(values.value(row).into()))).collect();
    }
    BooleanBuffer::new_unset(column.len())
}

/// Makes a literal of what a text says; whether it says anything of the field's type.
fn fill(literal: &mut Literal, found: &str, scalar: Scalar) -> bool {
    match (scalar, literal) {
        (Scalar::Quantity, literal) => found.parse().map(|value| *literal = Literal::Quantity(value)).is_ok(),
        (Scalar::Duration, literal) => found.parse().map(|value| *literal = Literal::Duration(value)).is_ok(),
        (Scalar::IntOrString, literal) => whole(found).map(|value| *literal = Literal::Int(value)).is_some(),
        (_, Literal::Text(text)) => {
            text.clear();
            text.push_str(found);
            true
        }
        _ => true,
    }
}

/// The number that a text is the number's own spelling of.
pub(crate) fn whole(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}
