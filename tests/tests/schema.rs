//! The schema for editors: the reference implementation of GraphQL validates every check against it.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use assay_controls::Library;
use assay_evaluator::query;
use assay_evaluator::result_type;
use assay_model::schema::Schema;
use assay_tests::assay::Place;
use assay_tests::skip::need;
use assay_tests::tools::graphql;
use jiff::Timestamp;

const FRAGMENT: &str =
    "fragment AssetFragment on Asset { id kind apiVersion namespace name cluster labels { key value } }";

/// What editors say about each query.
fn told(test: &str, queries: &[String]) -> Option<Vec<Vec<String>>> {
    let sdl = Place::new().run(["schema", "-o", "graphql"]);
    assert_eq!(sdl.code, 0, "{sdl:?}");
    need(test, graphql(&sdl.stdout, queries))
}

#[test]
fn every_built_in_check_is_valid_in_any_editor() {
    let schema = Schema::built_in().unwrap();
    let mut queries = Vec::new();
    for control in Library::built_in().unwrap().controls() {
        for check in &control.checks {
            let blocks = [Some(&check.query), check.population.as_ref()];
            for block in blocks.into_iter().flatten() {
                queries.push(query::format(&schema, &block.text, Timestamp::UNIX_EPOCH).unwrap() + FRAGMENT);
            }
            if let Some(block) = &check.evidence {
                let of = result_type(&schema, check, Timestamp::UNIX_EPOCH).unwrap();
                let text = query::format_selection(&schema, &of, &block.text, Timestamp::UNIX_EPOCH).unwrap();
                queries.push(format!("{{ assets {{ ...Evidence }} }} fragment Evidence on {of} {text}"));
            }
        }
    }
    let wrong = [
        "{ pods(where: {hostNetwrk: {eq: true}}) { name } }",
        "{ pods(where: {name: {near: \"x\"}}) { nam } }",
        "{ pods(where: {containers: {image: {eq: \"x\"}}}) { name } }",
    ];
    queries.extend(wrong.map(str::to_owned));
    let Some(messages) = told("every_built_in_check_is_valid_in_any_editor", &queries) else { return };
    let (valid, wrong) = messages.split_at(queries.len() - wrong.len());
    for (query, messages) in queries.iter().zip(valid) {
        assert!(messages.is_empty(), "{query}\n{messages:#?}");
    }
    assert!(wrong.iter().all(|messages| !messages.is_empty()), "{wrong:?}");
}

/// A variable's declaration, and a filter on pods with it: right in editors, and here.
const VARIABLES: [(&str, &str); 14] = [
    ("$v: Operand = 5", "{securityContext: {runAsUser: {gt: $v}}}"),
    ("$v: Operand! = 5", "{securityContext: {runAsUser: {eq: $v}}}"),
    ("$v: Operand = \"a\"", "{name: {startsWith: $v, neq: $v}}"),
    ("$v: Operand = {list: \"trusted-registries\"}", "{name: {eq: $v}}"),
    ("$v: Operand = {field: \"namespace\"}", "{name: {eq: $v}}"),
    ("$v: Operand = \"-P90D\"", "{createdAt: {lt: $v}}"),
    ("$v: Operand = true", "{hostNetwork: {neq: $v}}"),
    ("$v: Operand = \"a\"", "{name: {in: [$v, \"b\"]}}"),
    ("$v: [Operand!] = [\"a\", \"b\"]", "{name: {notIn: $v}}"),
    ("$v: [Operand!] = {list: \"trusted-registries\"}", "{name: {in: $v}}"),
    ("$v: [Operand!] = [1]", "{securityContext: {supplementalGroups: {anyIn: $v}}}"),
    ("$v: Operand = 5", "{object: [{path: \"spec.priority\", gt: $v}]}"),
    ("$v: Int = 1", "{containers: {count: {gt: $v}}}"),
    ("$v: PodFilter = {name: {eq: \"a\"}}", "{NOT: $v}"),
];

#[test]
fn variables_are_valid_in_any_editor() {
    let schema = Schema::built_in().unwrap();
    let pods = |(declared, filter): (&str, &str)| {
        let text = format!("query ({declared}) {{ pods(where: {filter}) {{ ...AssetFragment }} }} ");
        query::query(&schema, &text, Timestamp::UNIX_EPOCH).unwrap_or_else(|told| panic!("{text}: {told:?}"));
        text
    };
    let mut queries = VARIABLES.map(pods).to_vec();
    let wrong = pods(("$v: Int = 5", "{securityContext: {runAsUser: {gt: $v}}}"));
    queries.push(query::format(&schema, &wrong, Timestamp::UNIX_EPOCH).unwrap());
    queries.push(wrong);
    queries.iter_mut().for_each(|query| query.push_str(FRAGMENT));
    let Some(mut messages) = told("variables_are_valid_in_any_editor", &queries) else { return };
    let wrong = messages.pop().unwrap();
    for (query, messages) in queries.iter().zip(messages) {
        assert!(messages.is_empty(), "{query}\n{messages:#?}");
    }
    let said = "Variable \"$v\" of type \"Int\" used in position expecting type \"Operand\".";
    assert_eq!(wrong, [said]);
}
