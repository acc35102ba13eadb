use super::*;

/// What is wrong with a text beside the words that all files use.
fn mistakes(text: &str) -> String {
    let words = super::super::BUILT_IN.iter().find(|(name, _)| *name == "directives.graphql").unwrap();
    load(&[*words, ("x.graphql", text)], 2).unwrap_err().to_string()
}

fn own(text: &str) -> Result<Schema, LoadError> {
    Schema::with_files(&[("own.graphql".to_owned(), text.to_owned())])
}

const ASSET: &str = "@asset(group: \"example.com\", version: \"v1\", resource: \"widgets\")";

#[test]
fn the_built_in_schema_loads() {
    let schema = Schema::built_in().unwrap_or_else(|error| panic!("{error}"));
    assert!(schema.get("Pod").unwrap().field("hostNetwork").is_some());
    assert_eq!(schema.tables_of("Workload").len(), 11);
    assert_eq!(schema.tables_of("Container").len(), 11);
}

#[test]
fn a_mistake_names_file_line_column_type_and_field() {
    for (text, expected) in [
        (
            "type A {\n  b: [B!]!\n}\ntype B { c: Int }",
            "x.graphql:2:3: A.b: a list of objects needs a relation directive",
        ),
        ("type A {\n  a: A }", "x.graphql:1:6: A: it is within itself, without an end"),
        ("type A { a: Int\n a: String }", "x.graphql:2:2: A.a: it is declared twice"),
        ("type A {\n\n  b: Strng\n}", "x.graphql:3:6: no type `Strng` is declared (did you mean `String`?)"),
        (
            "interface One { a: Int }\ntype A implements Onee { b: Int }",
            "x.graphql:2:19: no interface `Onee` is declared (did you mean `One`?)",
        ),
        (
            "type A @asset(resource: \"as\") { bs: [B!]! @children } type B {\n  path: String }",
            "x.graphql:2:3: B.path: an entry's own id, index or place has that name: give the field another, with @path",
        ),
        ("type A { b: [Boolean!] }", "x.graphql:1:10: A.b: lists are of text or of whole numbers"),
        ("type A { b(c: Int): Int }", "x.graphql:1:12: fields of the model have no arguments"),
    ] {
        assert_eq!(mistakes(text), expected, "{text}");
    }
    let syntax = mistakes("type A {\n  b Int }");
    assert!(syntax.starts_with("x.graphql:2:5: "), "{syntax}");
}

#[test]
fn a_mistake_in_a_directive_tells_what_there_is() {
    for (text, expected) in [
        (
            "type A { b: Int @pth(json: \"c\") }",
            "x.graphql:1:18: @pth is no directive of the model (did you mean `path`? There are: ",
        ),
        (
            "type A { b: Int @path(jsn: \"c\") }",
            "x.graphql:1:23: @path has no argument `jsn` (did you mean `json`? There are: json)\n\
             x.graphql:1:18: @path needs `json`",
        ),
        ("type A { b: Int @path(json: 1) }", "x.graphql:1:29: `json` of @path: expected text in quotes"),
        (
            "type A @asset(resource: \"as\", scope: Cluster) { b: Int }",
            "x.graphql:1:38: `scope` of @asset: expected NAMESPACED or CLUSTER",
        ),
        ("type A @path(json: \"b\") { b: Int }", "x.graphql:1:9: @path is not for types"),
        ("type A { b: Int @asset(resource: \"as\") }", "x.graphql:1:18: @asset is not for fields"),
        ("type A { b: [Int!] @computed(by: \"uid\") }", "x.graphql:1:10: A.b: nothing computes `uid`"),
    ] {
        let found = mistakes(text);
        assert!(found.starts_with(expected), "{text}\n{found}");
    }
}

#[test]
fn a_path_that_leads_nowhere_is_told() {
    let declared = "type B { name: String c: C cs: [C!]! @children } type C { d: Int }\n";
    for (field, expected) in [
        ("a: B @refers(name: \"bName\")", "A.a: `A` has no field `bName` (did you mean `bname`? There are: "),
        ("a: B @refers(name: \"b\")", "A.a: `b` is no value: name a field with text or a selector"),
        ("a: B @refers(name: \"bname\", kind: \"kint\", whenKind: \"B\")", "A.a: `A` has no field `kint`"),
        ("a: [B!]! @selects(selector: \"labels\")", "A.a: `A` has no field `labels`"),
        ("a: [B!]! @inverse(of: \"a\")", "A.a: `B` has no field `a`"),
        ("a: [B!]! @inverse(of: \"name\")", "A.a: `name` is no relation"),
        ("a: Int @alias(of: \"b.nam\")", "A.a: `B` has no field `nam` (did you mean `name`?"),
        ("a: Int @alias(of: \"bname.x\")", "A.a: `bname` has no fields of its own"),
        ("a: Int @count(of: \"bname\")", "A.a: `bname` is no list or relation"),
    ] {
        let found = mistakes(&format!("{declared}type A {{ b: B bname: String\n{field} }}"));
        assert!(found.starts_with(&format!("x.graphql:3:1: {expected}")), "{field}\n{found}");
    }
}

#[test]
fn a_relation_that_could_find_nothing_is_refused() {
    let asset = |scope: &str, field: &str| {
        format!(
            "type Own implements Asset @asset(group: \"a.example\", version: \"v1\", resource: \"owns\"{scope}) {{\n\
                 selector: LabelSelector ref: String kindName: String\n{field} }}\ntype Entry {{ selector: LabelSelector\n\
                 namespaces: [Namespace!]! @selects(selector: \"selector\") }}"
        )
    };
    let cluster = ", scope: CLUSTER";
    for (scope, field, expected) in [
        (
            "",
            "a: [Namespace!]! @selects(selector: \"selector\")",
            "Own.a: @selects takes objects of its own namespace",
        ),
        (
            cluster,
            "a: [Pod!]! @selects(selector: \"selector\")",
            "Own.a: @selects takes objects of its own namespace",
        ),
        (
            cluster,
            "a: [Workload!]! @selects(selector: \"selector\")",
            "Own.a: @selects takes objects of its own namespace",
        ),
        ("", "a: [Entry!]! @children", "Entry.namespaces: @selects takes objects of its own namespace"),
        (
            cluster,
            "a: [Pod!]! @members",
            "Own.a: @members takes objects of its own namespace, and `Own` is in none",
        ),
        (
            cluster,
            "a: Secret @refers(name: \"ref\")",
            "Own.a: `Secret` is in a namespace: name the field that has it",
        ),
        ("", "a: [Pod!]! @inverse(of: \"node\")", "Own.a: `node` of `Pod` leads to `Node`"),
        (
            "",
            "a: Pod @refers(name: \"ref\", kind: \"kindName\")",
            "Own.a: `kind` and `whenKind` of @refers belong together",
        ),
    ] {
        let found = own(&asset(scope, field)).unwrap_err().to_string();
        assert!(found.contains(expected), "{field}\n{found}");
    }
    for (scope, field) in [
        ("", "a: [Pod!]! @selects(selector: \"selector\")"),
        (cluster, "a: [Namespace!]! @selects(selector: \"selector\")"),
        (cluster, "a: Secret @refers(name: \"ref\", namespace: \"kindName\")"),
        (cluster, "a: Node @refers(name: \"ref\")"),
        ("", "a: Node @refers(name: \"ref\")"),
        ("", "a: [Pod!]! @members"),
        (cluster, "a: [Namespace!]! @members(clusterScoped: true)"),
        (cluster, "a: [Asset!]! @selects(selector: \"selector\")"),
    ] {
        own(&asset(scope, field)).unwrap_or_else(|error| panic!("{field}\n{error}"));
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let found = mistakes("type A { b: Strng }\ntype C { d: Int @pth e: Bolean }");
    assert_eq!(found.lines().count(), 3, "{found}");
    let found = mistakes("type A { b: [A!] c: Int @computed(by: \"x\") }\ntype D { e: [D!] }");
    assert_eq!(found.lines().count(), 3, "{found}");
}

#[test]
fn a_users_type_stands_beside_those_of_the_model() {
    let schema =
        own(&format!("type Widget implements Asset {ASSET} {{ size: Int @path(json: \"spec.size\") }}"));
    let schema = schema.unwrap_or_else(|error| panic!("{error}"));
    assert!(schema.table_named("widgets.example.com").is_some());
    assert_eq!(schema.typed("example.com", "Widget").unwrap().name, "Widget");
    let mistake = schema.mistake("Widget.size", "too large", None);
    assert_eq!((mistake.line, &schema.sources().last().unwrap().1[mistake.span]), (1, "size"));
}

#[test]
fn a_users_type_that_clashes_is_refused() {
    let other =
        |rest: &str| format!("type Own implements Asset @asset(version: \"v1\", {rest}) {{ a: Int }}");
    for (text, expected) in [
        (
            format!("\ntype Pod implements Asset {ASSET} {{ a: Int }}"),
            "own.graphql:2:6: Pod: assay has a type of that name already (give it another name, and say `kind: \"Pod\"` in @asset)",
        ),
        (
            "type B { a: Int }\ntype B { b: Int }".to_owned(),
            "own.graphql:2:6: B: there is a type of that name already (give it another name, and say `kind: \"B\"` in @asset)",
        ),
        (
            format!("type pod implements Asset {ASSET} {{ a: Int }}"),
            "own.graphql:1:6: pod: its root field would be `pods`, as that of `Pod` is (give it another name, and say `kind: \"pod\"` in @asset)",
        ),
        (
            format!("type HTTPRouteFilter implements Asset {ASSET} {{ a: Int }}"),
            "own.graphql:1:6: HTTPRouteFilter: conditions on `HTTPRoute` are called so (give it another name, and say `kind: \"HTTPRouteFilter\"` in @asset)",
        ),
        (
            format!("type JSON implements Asset {ASSET} {{ a: Int }}"),
            "own.graphql:1:6: JSON: that is a word of the language (give it another name, and say `kind: \"JSON\"` in @asset)",
        ),
        (
            format!("type Own {ASSET} {{ a: Int }}"),
            "own.graphql:1:6: Own: write `type Own implements Asset @asset(…)`",
        ),
        (
            "type Own implements Asset { a: Int }".to_owned(),
            "own.graphql:1:6: Own: an asset is read from a resource: add @asset(…)",
        ),
        (
            "type Own implements Asset @asset(group: \"a.example\", resource: \"owns\") { a: Int }"
                .to_owned(),
            "own.graphql:1:6: Own: @asset needs `group`, `version` and `resource`",
        ),
        (
            other("group: \"example.com\", resource: \"../owns\""),
            "own.graphql:1:6: Own: `../owns` is no name of a group or resource: they have lower-case letters, digits, `-` and `.`",
        ),
        (
            other("group: \"apps\", resource: \"deployments\", kind: \"Deployment\""),
            "own.graphql:1:6: Own: kinds of the group `apps` have types of assay's own",
        ),
        (
            other("group: \"cert-manager.io\", resource: \"certificates\", kind: \"Certificate\""),
            "own.graphql:1:6: Own: it would be read from Certificate of cert-manager.io, as Certificate is",
        ),
        (
            "type Own { a: Int @derived(by: \"x\") }".to_owned(),
            "own.graphql:1:6: Own: only assay's own types are derived: use @path, @defined or @alias",
        ),
        (
            "enum Size { SMALL }".to_owned(),
            "own.graphql:1:1: expected a type or an interface (give its fields the type String)",
        ),
        (
            "extend type Pod { a: Int }".to_owned(),
            "own.graphql:1:1: expected a type or an interface (types of assay's own stay as they are: reach other fields with `object: {path: …}`)",
        ),
    ] {
        assert_eq!(own(&text).unwrap_err().to_string(), expected, "{text}");
    }
}
