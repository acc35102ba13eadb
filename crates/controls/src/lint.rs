//! What a control may lack and still run, but not be in a library: proof of each check in both directions.

use crate::{Check, Control, Equality, Example, Expectation, Expected, Problem};

/// The lints of a control. What is unknown whatever there is has nothing to prove.
pub(crate) fn lint(control: &Control) -> Vec<Problem> {
    let decided = control.checks.iter().filter(|check| check.unknown.is_none());
    decided.flat_map(|check| never_so(control, check).into_iter().chain(unproven(control, check))).collect()
}

/// An expectation that every result meets, or none: assets are no other JSON value.
fn never_so(control: &Control, check: &Check) -> Option<Problem> {
    let Expected::Json { equality, value } = &check.expected else { return None };
    let always = if *equality == Equality::Eq { "fails" } else { "passes" };
    Some(Problem {
        path: control.source.shown_path.clone(),
        text: control.source.text.clone(),
        span: check.span.clone(),
        message: format!("no result is `{value}`, so check `{}` {always} whatever there is", check.slug),
        help: Some(
            "a result is assets: expect `[]`, true, false, or a number of them, such as `count eq 0`"
                .to_owned(),
        ),
    })
}

fn unproven(control: &Control, check: &Check) -> Vec<Problem> {
    [Expectation::Fail, Expectation::Pass]
        .into_iter()
        .filter(|&outcome| !control.examples.iter().any(|example| proves(control, check, example, outcome)))
        .map(|outcome| Problem {
            path: control.source.shown_path.clone(),
            text: control.source.text.clone(),
            span: check.span.clone(),
            message: format!("no example shows that check `{}` can {}", check.slug, outcome.as_str()),
            help: Some(format!("add a `yaml {} {}` block to Examples", outcome.as_str(), check.slug)),
        })
        .collect()
}

/// An example that names no check proves that some check fails, which is this one only if there is no other.
fn proves(control: &Control, check: &Check, example: &Example, outcome: Expectation) -> bool {
    example.expectation == outcome
        && match &example.check {
            Some(slug) => *slug == check.slug,
            None => outcome == Expectation::Pass || control.checks.len() == 1,
        }
}
