//! The canonical text of a query: object style, one layout, the same meaning.

use assay_controls::Library;
use assay_evaluator::query::{self, Filter, Picked, Selected, What};
use assay_model::schema::Schema;
use jiff::Timestamp;

use crate::additions::CLUSTER;
use crate::fixture::Fixture;

/// A query's plan with the operands of AND and OR sorted: equal texts mean the same.
fn meaning(schema: &Schema, text: &str) -> String {
    let mut plan = query::plan(query::query(schema, text, Timestamp::UNIX_EPOCH).unwrap());
    for root in &mut plan.roots {
        sort(&mut root.filter);
        sort_selected(&mut root.selected);
    }
    format!("{plan:#?}")
}

fn sort_selected(selected: &mut Selected) {
    selected.fields.iter_mut().for_each(sort_picked);
}

fn sort_picked(picked: &mut Picked) {
    match &mut picked.what {
        What::Struct(fields) => fields.iter_mut().for_each(sort_picked),
        What::Related { filter, selected, .. } => {
            sort(filter);
            sort_selected(selected);
        }
        _ => {}
    }
}

fn sort(filter: &mut Filter) {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => {
            filters.iter_mut().for_each(sort);
            filters.sort_by_key(|filter| format!("{filter:?}"));
        }
        Filter::Not(filter) => sort(filter),
        Filter::Related { filter, .. } => sort(filter),
        _ => {}
    }
}

fn formatted(schema: &Schema, text: &str) -> String {
    let once = query::format(schema, text, Timestamp::UNIX_EPOCH).unwrap();
    let twice = query::format(schema, &once, Timestamp::UNIX_EPOCH)
        .unwrap_or_else(|mistakes| panic!("{text}\nbecame\n{once}\n{mistakes:?}"));
    assert_eq!(once, twice, "{text}");
    assert_eq!(meaning(schema, text), meaning(schema, &once), "{text}\nbecame\n{once}");
    once
}

#[test]
fn the_seed_is_canonical() {
    let seed = "{\n  namespaces(where: {networkPolicies: null}) {\n    ...AssetFragment\n  }\n}\n";
    assert_eq!(formatted(&Schema::built_in().unwrap(), seed), seed);
}

#[test]
fn every_built_in_check_means_the_same_afterwards() {
    let schema = Schema::built_in().unwrap();
    for control in Library::built_in().unwrap().controls() {
        for check in &control.checks {
            formatted(&schema, &check.query.text);
            check.population.iter().for_each(|block| drop(formatted(&schema, &block.text)));
        }
    }
}

#[test]
fn the_suffix_style_becomes_words() {
    let fixture = Fixture::of(CLUSTER);
    let filters = [
        "{name: \"x\"}",
        "{name: null, uid_NOT: null}",
        "{name_GT: \"c\", name_LT: \"i\", name_NOT_CONTAINS: \"z\", name_NOT_STARTS_WITH: \"y\"}",
        "{name_CONTAINS: \"a\", NOT: {name_CONTAINS: \"b\"}, AND: {hostPID_NOT: true}}",
        "{hostNetwork: true, hostNetwork_NOT: false}",
        "{containers: {image: \"a\"}, containers_NONE: {image_IN: [\"b\"]}, containers_ALL: {stdin: null}}",
        "{containers: null}",
        "{containers_NOT: null, volumes_NONE: {}, volumes_SOME: null}",
        "{containers_NOT: {image: \"a\"}, containers: {count: {gte: 2}}}",
        "{containers: {some: {tty: true}, count: {lt: 3}}}",
        "{securityContext: null}",
        "{securityContext_NOT: null}",
        "{securityContext: {runAsUser_NOT: 0, supplementalGroups_INCLUDES: 1}}",
        "{labels_SOME: {key: \"app\", value_NOT: \"web\"}, tags: null}",
        "{node_NOT: {name: \"n\"}, owner: null}",
        "{node_DANGLING: true, owner: {given: false}}",
        "{OR: {name: \"a\"}}",
        "{OR: [{name: \"a\"}, {name_ENDS_WITH: \"b\"}], AND: [{name_NOT: \"c\"}, {name_NOT: \"d\"}]}",
        "{name: {eq: \"A\", caseInsensitive: true}, name_NOT: \"b\"}",
        "{podTemplate: {containers_SOME: {resources: {limits: {memory_LT: {field: \"requests.memory\"}}}}}}",
        "{object: {path: \"spec.nodeName\", neq: null}, managerName_NOT: \"x\"}",
        "{createdAt_LT: \"-P90D\", name_MATCHES: \"a\\\\.b\\\"\"}",
        "{name_DUPLICATED_IN: \"cluster\", NOT: {NOT: {name: \"a\"}}}",
        "[{name: \"a\"}, {namespace: \"b\"}]",
    ];
    let texts = filters.map(|filter| {
        let query = format!("pods(where: {filter}) {{ ...AssetFragment }}");
        formatted(fixture.schema(), &query)
    });
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn variables_aliases_fragments_and_long_filters_are_laid_out() {
    let text = "query Old($age: Int = 90, $n: [String!] = [\"a\"]) { all: workloads(where: {name_IN: $n, podTemplate: \
        {containers_SOME: {image_NOT_IN: [\"registry.example/one\", \"registry.example/two\"], resources: {limits: \
        {memory: null}}}, hostNetwork_NOT: true}}) { ...AssetFragment podTemplate { containers(where: {image: \"a\"}) \
        { name image } } ...More } } fragment More on Workload { kind labels { key value } }";
    insta::assert_snapshot!(formatted(&Schema::built_in().unwrap(), text));
}

#[test]
fn a_query_with_comments_stays_as_it_is() {
    let schema = Schema::built_in().unwrap();
    let text = "{ pods(where: {name_NOT: \"#\"}) { ...AssetFragment } # why\n}";
    assert_eq!(query::format(&schema, text, Timestamp::UNIX_EPOCH).unwrap(), text);
}

#[test]
fn a_variable_has_the_type_that_editors_want_where_it_means_the_same() {
    let schema = Schema::built_in().unwrap();
    let cases = [
        ("Int = 90", "{securityContext: {runAsUser_GT: $v}}", "Operand = 90"),
        ("Int! = 90", "{securityContext: {runAsUser: {gt: $v}}}", "Operand! = 90"),
        ("Float = 1", "{NOT: {OR: [{securityContext: {runAsUser: $v}}]}}", "Operand = 1"),
        ("String = \"a\"", "{name: $v, node: {name_NOT: $v}}", "Operand = \"a\""),
        ("String = \"a\"", "{name_IN: [$v], labels_SOME: {key: $v}}", "Operand = \"a\""),
        ("Boolean = true", "{hostNetwork: $v}", "Operand = true"),
        ("Boolean = true", "{mountsServiceAccountToken: $v}", "Operand = true"),
        ("DateTime = \"-P90D\"", "{createdAt: {lt: $v}}", "Operand = \"-P90D\""),
        ("[String!] = [\"a\"]", "{name: {in: $v}}", "[Operand!] = [\"a\"]"),
        ("[Int]! = [1]", "{securityContext: {supplementalGroups: {anyIn: $v}}}", "[Operand!]! = [1]"),
        ("[Operand] = [\"a\"]", "{name: {in: $v}}", "[Operand!] = [\"a\"]"),
        ("Int = 1", "{object: {path: \"spec.priority\", gt: $v}}", "Operand = 1"),
        // An operand would say less of what a text is.
        ("String = null", "{name: $v}", "String = null"),
        ("[String!] = []", "{name: {notIn: $v}}", "[String!] = []"),
        ("Int = \"90\"", "{name: $v}", "Int = \"90\""),
        // Editors want another type there, or none.
        ("Int = 1", "{containers: {count: {gt: $v}}}", "Int = 1"),
        ("Boolean = true", "{node: {found: $v}}", "Boolean = true"),
        ("String = \"a\"", "{object: {path: $v, eq: 1}}", "String = \"a\""),
        ("String = \"trusted-registries\"", "{name: {in: {list: $v}}}", "String = \"trusted-registries\""),
        ("String = \"namespace\"", "{name: {eq: {field: $v}}}", "String = \"namespace\""),
        ("Scope = \"cluster\"", "{name: {duplicatedIn: $v}}", "Scope = \"cluster\""),
        ("Scope = \"cluster\"", "{name_DUPLICATED_IN: $v}", "Scope = \"cluster\""),
        ("PodFilter = {name: \"a\"}", "{NOT: $v}", "PodFilter = {name: \"a\"}"),
    ];
    for (declared, filter, expected) in cases {
        let text = format!("query ($v: {declared}) {{ pods(where: {filter}) {{ ...AssetFragment }} }}");
        let canonical = formatted(&schema, &text);
        assert!(canonical.starts_with(&format!("query ($v: {expected}) {{\n")), "{text}\n{canonical}");
    }
    let fragment = "query ($v: Int = 1) { pods { ...Own } } fragment Own on Pod { \
        containers(where: {securityContext: {runAsUser: $v}}) { ...AssetFragment } }";
    assert!(formatted(&schema, fragment).starts_with("query ($v: Operand = 1) {\n"));
}
