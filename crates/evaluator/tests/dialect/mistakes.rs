//! What wrong queries are told: all mistakes at once, each with its place.

use assay_evaluator::query;
use assay_model::schema::Schema;
use jiff::Timestamp;

/// Each mistake with the text it points at.
fn told(text: &str) -> String {
    let schema = Schema::built_in().unwrap();
    let mistakes = query::query(&schema, text, Timestamp::UNIX_EPOCH).expect_err(text);
    let lines = mistakes.iter().map(|mistake| {
        let help = mistake.help.as_deref().unwrap_or_default();
        let help = help.split_once("? There are").map_or(help, |(nearest, _)| nearest);
        format!(
            "[{}] {} ({})",
            text[mistake.span.clone()].trim(),
            mistake.message,
            &help[..help.len().min(60)]
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn three_mistakes_are_told_at_once() {
    let text = "{ pods(where: {hostNetwrk: true, name: 3, containers_SOME: {image: {near: \"x\"}}}) { ...AssetFragment } }";
    insta::assert_snapshot!(told(text));
}

#[test]
fn each_mistake_has_a_place() {
    let queries = [
        "{ pod { ...AssetFragment } }",
        "{ pods { name } }",
        "{ pods { containers { env { ...AssetFragment } } } }",
        "{ pods(where: {hostNetwork_CONTAINS: \"x\"}) { ...AssetFragment } }",
        "{ pods(where: {name: {in: [null]}}) { ...AssetFragment } }",
        "{ pods(where: {name: {gt: null}}) { ...AssetFragment } }",
        "{ pods(where: {name_MATCHES: \"(\"}) { ...AssetFragment } }",
        "{ pods(where: {containers: 3}) { ...AssetFragment } }",
        "{ pods(where: {name: $name}) { ...AssetFragment } }",
        "{ pods(wher: {}) { ...AssetFragment } }",
        "{ pods { ...Other } }",
        "{ pods { ...A } } fragment A on Asset { ...A }",
        "{ pods(where: {createdAt: {lt: \"soon\"}}) { ...AssetFragment } }",
        "{ pods(where: {name: \"x\") { ...AssetFragment } }",
        "",
    ];
    let all: Vec<String> = queries.iter().map(|text| format!("{text}\n{}", told(text))).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn deep_nesting_is_a_mistake_and_no_crash() {
    let deep = format!(
        "{{ pods(where: {}hostNetwork: true{}) {{ ...AssetFragment }} }}",
        "{NOT: {".repeat(50_000),
        "}}".repeat(50_000)
    );
    let schema = Schema::built_in().unwrap();
    assert!(query::query(&schema, &deep, Timestamp::UNIX_EPOCH).is_err());
}
