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

#[test]
fn every_built_in_check_is_valid_in_any_editor() {
    let sdl = Place::new().run(["schema", "-o", "graphql"]);
    assert_eq!(sdl.code, 0, "{sdl:?}");
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
    let Some(messages) = need("every_built_in_check_is_valid_in_any_editor", graphql(&sdl.stdout, &queries))
    else {
        return;
    };
    let (valid, wrong) = messages.split_at(queries.len() - wrong.len());
    for (query, messages) in queries.iter().zip(valid) {
        assert!(messages.is_empty(), "{query}\n{messages:#?}");
    }
    assert!(wrong.iter().all(|messages| !messages.is_empty()), "{wrong:?}");
}
