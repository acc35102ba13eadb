use super::*;
use serde_json::{Map, json};

fn definition(kind: &str, properties: Value) -> Value {
    let plural = format!("{}s", kind.to_lowercase());
    json!({"spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": kind, "plural": plural},
        "versions": [{
            "name": "v1",
            "served": true,
            "storage": true,
            "schema": {"openAPIV3Schema": {"type": "object", "properties": properties}},
        }],
    }})
}

/// The draft, which loads as it is.
fn drafted(definitions: &[Value]) -> Draft {
    let draft = draft(&Schema::built_in().unwrap(), definitions);
    let file = ("draft.graphql".to_owned(), draft.sdl.clone());
    Schema::with_files(&[file]).unwrap_or_else(|error| panic!("{error}\n{}", draft.sdl));
    draft
}

#[test]
fn a_kind_is_drafted_with_what_is_within_it() {
    let mut backup = definition(
        "Backup",
        json!({
            "apiVersion": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": {"type": "object", "description": "What is wanted.\nNo more.", "properties": {
                "mode": {"type": "string", "description": "How it runs", "enum": ["Full", "Delta"]},
                "every": {"type": "integer"},
                "size": {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": true},
                "values": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "kubernetes.io/zone": {"type": "string"},
                "targets": {"type": "array", "x-kubernetes-list-map-keys": ["name"], "items": {"type": "object", "properties": {
                    "name": {"type": "string"},
                    "path": {"type": "string"},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                }}},
            }},
        }),
    );
    backup["spec"]["scope"] = "Cluster".into();
    let draft = drafted(&[backup]);
    assert_eq!((draft.kinds, draft.left_out.len()), (1, 0));
    let expected = r#"type Backup implements Asset @asset(group: "example.com", version: "v1", resource: "backups", scope: CLUSTER) {
  "What is wanted."
  spec: BackupSpec
}
"What is wanted."
type BackupSpec {
  "How it runs. One of Full, Delta."
  mode: String
  every: Int
  size: IntOrString
  # Of no fixed shape, but within reach: object: {path: "spec.values"}
  kubernetesIoZone: String @path(json: "kubernetes\\.io/zone")
  targets: [BackupSpecTargets!]! @children(lists: ["targets"], key: "name")
}
type BackupSpecTargets {
  name: String
  path_: String @path(json: "path")
  labels: [KeyValue!]!
}
"#;
    assert_eq!(draft.sdl, expected);
}

#[test]
fn names_that_are_taken_are_left_to_those_who_have_them() {
    let spec = json!({
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "object": {"type": "string"},
        "a-b": {"type": "string"},
        "aB": {"type": "string"},
        "none": {"type": "array", "items": {"type": "object", "properties": {"all": {"type": "string"}}}},
    });
    let draft = drafted(&[
        definition("Pod", spec),
        definition("HTTPRouteFilter", json!({})),
        definition("scope", json!({})),
    ]);
    for expected in [
        "type ExamplePod implements Asset @asset(group: \"example.com\", version: \"v1\", resource: \"pods\", kind: \"Pod\")",
        "  labels_: [KeyValue!]! @path(json: \"labels\")",
        "  object_: String @path(json: \"object\")",
        "  aB: String @path(json: \"a-b\")\n  aB_: String @path(json: \"aB\")",
        "  none_: [ExamplePodNone!]! @children(lists: [\"none\"])",
        "  all_: String @path(json: \"all\")",
        "type ExampleHTTPRouteFilter implements Asset @asset(group: \"example.com\", version: \"v1\", resource: \"httproutefilters\", kind: \"HTTPRouteFilter\")",
        "type ExampleScope ",
    ] {
        assert!(draft.sdl.contains(expected), "{expected}\n{}", draft.sdl);
    }
}

#[test]
fn no_two_columns_differ_in_case_alone() {
    let spec = json!({
        "NAME": {"type": "string"},
        "URL": {"type": "string"},
        "url": {"type": "string"},
        "fooBar": {"type": "array", "items": {"type": "object", "properties": {"ID": {"type": "string"}}}},
        "foobar": {"type": "object", "properties": {"And": {"type": "string"}, "ID": {"type": "string"}}},
    });
    let draft = drafted(&[definition("Case", spec)]);
    for expected in [
        "  NAME_: String @path(json: \"NAME\")",
        "  URL: String\n  url_: String @path(json: \"url\")",
        "  fooBar: [CaseFooBar!]! @children(lists: [\"fooBar\"])\n  foobar_: CaseFoobar @path(json: \"foobar\")",
        "  ID_: String @path(json: \"ID\")",
        // A struct has no id of its own, and names are words of the language as they are written.
        "  And: String\n  ID: String\n",
    ] {
        assert!(draft.sdl.contains(expected), "{expected}\n{}", draft.sdl);
    }
}

#[test]
fn the_same_object_in_two_places_is_one_type() {
    let meta = json!({"type": "object", "properties": {"name": {"type": "string"}}});
    let draft =
        drafted(&[definition("Twice", json!({"a": meta, "b": meta, "c": {"type": "array", "items": meta}}))]);
    assert!(draft.sdl.contains("  a: TwiceA\n  b: TwiceA\n  c: [TwiceC!]!"), "{}", draft.sdl);
    assert_eq!(draft.sdl.matches("type ").count(), 3);
}

#[test]
fn what_is_not_drafted_is_said() {
    let mut certificate = definition("Certificate", json!({}));
    certificate["spec"]["group"] = "cert-manager.io".into();
    let mut built_in = definition("Thing", json!({}));
    built_in["spec"]["group"] = "apps".into();
    let mut idle = definition("Idle", json!({}));
    idle["spec"]["versions"][0]["served"] = false.into();
    let mut open = definition("Open", json!({}));
    open["spec"]["versions"][0]["schema"] = Value::Null;
    let mut hostile = definition("Bad", json!({}));
    hostile["spec"]["names"]["plural"] = "../bads\u{1b}[2J".into();
    let one = definition("One", json!({}));
    let mut other = definition("Other", json!({}));
    other["spec"]["names"]["plural"] = "ones".into();
    let draft = drafted(&[certificate, built_in, idle, open, hostile, one.clone(), one, other, json!(null)]);
    assert_eq!(draft.kinds, 1);
    assert_eq!(
        draft.left_out,
        [
            "of : it defines no kind in a group",
            "Bad of example.com: it defines no kind in a group",
            "Certificate of cert-manager.io: it has the type Certificate",
            "Idle of example.com: no version is served",
            "One of example.com: it is defined twice",
            "Open of example.com: version v1 has no schema",
            "Other of example.com: another kind is called ones, too",
            "Thing of apps: its group has types of assay's own",
        ]
    );
}

#[test]
fn the_stored_version_is_read_and_others_that_are_alike() {
    let mut many = definition("Many", json!({"a": {"type": "string"}}));
    let version = many["spec"]["versions"][0].clone();
    let other = |name: &str, served: bool, properties: Value| {
        let mut other = version.clone();
        other["name"] = name.into();
        other["storage"] = false.into();
        other["served"] = served.into();
        other["schema"]["openAPIV3Schema"]["properties"] = properties;
        other
    };
    let versions = [
        other("v1alpha1", true, json!({"b": {"type": "string"}})),
        other("v1beta1", true, json!({"a": {"type": "string"}})),
        other("v1beta2", false, json!({"a": {"type": "string"}})),
        version.clone(),
    ];
    many["spec"]["versions"] = json!(versions);
    let draft = drafted(&[many]);
    assert!(
        draft.sdl.contains("version: \"v1\", resource: \"manys\", formerly: [\"example.com/v1beta1\"])"),
        "{}",
        draft.sdl
    );
    let old = json!({"spec": {"group": "example.com", "version": "v1beta1", "names": {"kind": "Old", "plural": "olds"},
        "validation": {"openAPIV3Schema": {"properties": {"spec": {"properties": {"a": {"type": "string"}}}}}}}});
    assert!(drafted(&[old]).sdl.contains("version: \"v1beta1\", resource: \"olds\") {\n  spec: OldSpec\n}"));
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

const HOSTILE: &[&str] = &[
    "name",
    "id",
    "path",
    "index",
    "parentId",
    "AND",
    "NOT",
    "some",
    "count",
    "object",
    "labels",
    "kind",
    "__x",
    "2",
    "",
    "a.b",
    "a b",
    "a\"b",
    "a\nb",
    "}",
    "\"\"\"",
    "#",
    "ä",
    "\\",
    "\\u0000",
    "a|b",
    "a[b=c]",
    "$ref",
    "x-y",
    "xY",
    "x_y",
    "type",
    "true",
    "null",
    "assayFacts",
    "\u{202e}x",
    "Filter",
    "ListFilter",
    "s",
    "spec",
    "Spec",
    "query",
    "@path",
];

fn schema_of(numbers: &mut Numbers, depth: usize) -> Value {
    let text = HOSTILE[numbers.below(HOSTILE.len())];
    let mut schema = match numbers.below(if depth == 0 { 7 } else { 10 }) {
        0 => json!({"type": "string", "enum": HOSTILE}),
        1 => json!({"type": "string", "format": "date-time"}),
        2 => json!({"x-kubernetes-int-or-string": true}),
        3 => json!({"type": "array", "items": {"type": "boolean"}}),
        4 => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        5 => json!({"x-kubernetes-preserve-unknown-fields": true}),
        6 => json!({"type": ["integer"], "properties": 3, "items": []}),
        7 => {
            json!({"type": "array", "x-kubernetes-list-map-keys": [text], "items": object_of(numbers, depth - 1)})
        }
        _ => object_of(numbers, depth - 1),
    };
    schema["description"] = format!("{text}\u{0}\\\"\"\" }} type X {{ # {text}").into();
    schema
}

fn object_of(numbers: &mut Numbers, depth: usize) -> Value {
    let mut properties = Map::new();
    for _ in 0..numbers.below(7) {
        let name = HOSTILE[numbers.below(HOSTILE.len())].to_owned();
        properties.insert(name, schema_of(numbers, depth));
    }
    json!({"type": "object", "properties": properties})
}

#[test]
fn whatever_a_definition_says_the_draft_loads() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..20 {
        let definitions: Vec<Value> = (0..4)
            .map(|_| {
                let mut one = definition("Kind", json!({}));
                one["spec"]["names"]["plural"] = format!("kinds{}", numbers.below(50)).into();
                one["spec"]["names"]["kind"] = HOSTILE[numbers.below(HOSTILE.len())].into();
                one["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = object_of(&mut numbers, 4);
                one
            })
            .collect();
        drafted(&definitions);
    }
}

#[test]
fn lists_of_one_name_stay_apart() {
    let list = json!({"type": "object", "properties": {"items": {"type": "array", "items": {"type": "object", "properties": {
        "name": {"type": "string"}}}}}});
    let draft = drafted(&[definition("Two", json!({"a": list, "b": list}))]);
    let schema = Schema::with_files(&[("own.graphql".to_owned(), draft.sdl)]).unwrap();
    for table in ["twos.example.com.a-items", "twos.example.com.b-items"] {
        let table = schema.table(schema.table_named(table).unwrap());
        assert_eq!(table.last_part().len(), "a-items".len());
    }
    let table = schema.table_named("twos.example.com").unwrap();
    let mut extractor = crate::rows::Extractor::new(&schema, table);
    let json = json!({"apiVersion": "example.com/v1", "kind": "Two", "a": {"items": [{"name": "x"}]}, "b": {"items": [{"name": "y"}]}});
    extractor.push(&crate::rows::Object::stored("example.com/Two/n/o", "n", "o", json.into()));
    let rows: Vec<usize> = extractor.take().unwrap().iter().map(|(_, batch)| batch.num_rows()).collect();
    assert_eq!(rows, [1, 1, 1]);
}

#[test]
fn what_is_too_deep_for_a_table_is_left_out() {
    let mut deep = json!({"type": "object", "properties": {"end": {"type": "string"}}});
    for _ in 0..60 {
        deep = json!({"type": "object", "properties": {
            "here": {"type": "string"},
            "aRatherLongName": {"type": "array", "items": deep},
        }});
    }
    let draft = drafted(&[definition("Deep", deep["properties"].clone())]);
    assert!(draft.sdl.contains("# Of no fixed shape"), "{}", draft.sdl);
}
