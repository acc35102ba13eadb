//! Variables: what their types and defaults say of a value from outside, and what is told of one that does not fit.

use std::collections::BTreeMap;

use assay_controls::Lists;
use assay_evaluator::query::{self, Bindings, Diagnostic, Query};
use assay_model::schema::Schema;
use jiff::Timestamp;
use serde_json::{Value, json};

const POD: &str = "{ pods(where: FILTER) { ...AssetFragment } }";

/// A query on pods with one variable, which is given a value or not.
fn resolve(
    schema: &Schema,
    declared: &str,
    given: Option<&Value>,
    filter: &str,
) -> Result<Query, Vec<Diagnostic>> {
    let name = declared.trim_start_matches('$').split(':').next().unwrap().to_owned();
    let variables: BTreeMap<String, Value> = given.map(|given| (name, given.clone())).into_iter().collect();
    let text = format!("query ({declared}) {}", POD.replace("FILTER", filter));
    let bindings = Bindings { as_of: Timestamp::UNIX_EPOCH, lists: Lists::built_in(), variables: &variables };
    query::query(schema, &text, bindings)
}

const USER: &str = "{securityContext: {runAsUser: {gt: $v}}}";
const NAME: &str = "{name: {eq: $v}}";
const NAMES: &str = "{name: {in: $v}}";
const GROUPS: &str = "{securityContext: {supplementalGroups: {anyNotIn: $v}}}";
const MEMORY: &str = "{containers: {some: {resources: {limits: {memory: {gt: $v}}}}}}";
const PATH: &str = "{object: {path: \"spec.priority\", gt: $v}}";

#[test]
fn a_value_means_what_stands_in_its_place() {
    let text = |text: &str| Some(json!(text));
    let cases = [
        // The default, and what stands for it.
        ("$v: Operand = 5", None, USER, "5"),
        ("$v: Operand! = 5", None, USER, "5"),
        ("$v: Operand = \"1Gi\"", None, MEMORY, "\"1Gi\""),
        ("$v: Operand = {list: \"trusted-registries\"}", None, NAME, "{list: \"trusted-registries\"}"),
        ("$v: [Operand!] = {list: \"trusted-registries\"}", None, NAMES, "{list: \"trusted-registries\"}"),
        ("$v: [Operand!] = [1, 2]", None, GROUPS, "[1, 2]"),
        // A text is what the default is.
        ("$v: Operand = 5", text("7"), USER, "7"),
        ("$v: Operand = 5", text("7"), PATH, "7"),
        ("$v: Operand = \"5\"", text("7"), PATH, "\"7\""),
        ("$v: Operand = 5", text("1.5"), PATH, "1.5"),
        ("$v: Operand = \"a\"", text("7"), NAME, "\"7\""),
        ("$v: Operand = \"a\"", text("true"), NAME, "\"true\""),
        ("$v: Operand = false", text("true"), "{hostNetwork: {eq: $v}}", "true"),
        ("$v: Operand = false", text("true"), "{hostNetwork: $v}", "true"),
        ("$v: Operand = {field: \"namespace\"}", text("shop"), NAME, "\"shop\""),
        // The field takes more than the default is.
        ("$v: Operand = 5", text("1Gi"), MEMORY, "\"1Gi\""),
        ("$v: Operand = \"1Gi\"", text("5"), MEMORY, "\"5\""),
        // Lists.
        ("$v: [Operand!] = [1]", text("2,3"), GROUPS, "[2, 3]"),
        ("$v: [Operand!] = [1]", text(""), GROUPS, "[]"),
        ("$v: [Operand!] = 1", text("2,3"), GROUPS, "[2, 3]"),
        ("$v: Operand = [\"a\"]", text("1,2"), NAMES, "[\"1\", \"2\"]"),
        ("$v: [Operand!] = []", text("a,b"), NAMES, "[\"a\", \"b\"]"),
        ("$v: [Operand!] = [\"a\"]", Some(json!(["b,c"])), NAMES, "[\"b,c\"]"),
        ("$v: [Operand!]", Some(json!([7, 8])), GROUPS, "[7, 8]"),
        // Without a default a value says itself what it is.
        ("$v: Operand", Some(json!(7)), USER, "7"),
        ("$v: Operand", text("web"), NAME, "\"web\""),
        ("$v: Operand = null", None, NAME, "null"),
        ("$v: Operand", Some(json!({"field": "namespace"})), NAME, "{field: \"namespace\"}"),
        // Types of catalogues.
        ("$v: Int = 90", text("7"), USER, "7"),
        ("$v: Long", text("7"), USER, "7"),
        ("$v: String", text("7"), NAME, "\"7\""),
        ("$v: ID = \"a\"", text("7"), NAME, "\"7\""),
        ("$v: Boolean", text("true"), "{hostNetwork: $v}", "true"),
        ("$v: [String!] = [\"a\"]", text("1,2"), NAMES, "[\"1\", \"2\"]"),
        ("$v: Quantity = \"1Gi\"", text("5"), MEMORY, "\"5\""),
        ("$v: DateTime = \"-P90D\"", text("-P1D"), "{createdAt: {lt: $v}}", "\"-P1D\""),
        ("$v: PodFilter = {name: \"a\"}", None, "$v", "{name: \"a\"}"),
        ("$v: PodListFilter = {some: {name: \"a\"}}", None, "{node: {pods: $v}}", "{some: {name: \"a\"}}"),
        ("$v: CountFilter = {gt: 1}", None, "{containers: {count: $v}}", "{gt: 1}"),
        ("$v: Int = 1", text("2"), "{containers: {count: {gt: $v}}}", "2"),
    ];
    let schema = Schema::built_in().unwrap();
    for (declared, given, filter, literal) in cases {
        let found = resolve(&schema, declared, given.as_ref(), filter);
        let found = found.unwrap_or_else(|mistakes| panic!("{declared} {given:?}: {mistakes:?}"));
        let text = POD.replace("FILTER", &filter.replace("$v", literal));
        let same = query::query(&schema, &text, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(format!("{found:?}"), format!("{same:?}"), "{declared} {given:?}");
    }
}

#[test]
fn each_mistake_in_a_value_or_a_type_is_told_with_its_place() {
    let text = |text: &str| Some(json!(text));
    let cases = [
        // Nothing says what a text is.
        ("$v: Operand", None, NAME),
        ("$v: Operand", text("7"), USER),
        ("$v: Operand", text("007"), NAME),
        ("$v: Operand = null", text("true"), "{hostNetwork: {eq: $v}}"),
        ("$v: [Operand!] = []", text("80,http"), NAMES),
        ("$v: [Operand!] = {list: \"trusted-registries\"}", text("1"), NAMES),
        // The field says that it is none.
        ("$v: Operand = 5", text("many"), USER),
        ("$v: Operand = 5", text("1.5"), USER),
        ("$v: Operand = 5", text("inf"), USER),
        ("$v: Operand = 5", None, NAME),
        ("$v: Operand = true", text("yes"), "{hostNetwork: {eq: $v}}"),
        ("$v: Operand = \"a\"", Some(json!(7)), NAME),
        ("$v: [Operand!] = [1]", text("1,x"), GROUPS),
        // Types.
        ("$v: Itn = 5", None, USER),
        ("$v: Itn = 5", text("7"), USER),
        ("$v: [Operand] = [\"a\"], $w: [Operands!] = [\"b\"]", None, NAMES),
        ("$v: PodFiltr = {name: \"a\"}", None, "$v"),
        ("$v: Pod = {name: \"a\"}", None, "$v"),
        ("$v: Whatever = 5", None, USER),
    ];
    let schema = Schema::built_in().unwrap();
    let all = cases.map(|(declared, given, filter)| {
        let mistakes = resolve(&schema, declared, given.as_ref(), filter).unwrap_err();
        let given = given.map(|given| format!(" given {given}")).unwrap_or_default();
        let text = format!("query ({declared}) {}", POD.replace("FILTER", filter));
        let told = mistakes.iter().map(|mistake| {
            let help = mistake.help.as_ref().map(|help| format!("\n    help: {help}")).unwrap_or_default();
            format!("\n  {}: {}{help}", &text[mistake.span.clone()], mistake.message)
        });
        format!("{text}{given}{}", told.collect::<String>())
    });
    insta::assert_snapshot!(all.join("\n\n"));
}
