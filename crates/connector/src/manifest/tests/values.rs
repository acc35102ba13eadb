//! What scalars, keys, anchors and merge keys mean. The right-hand sides are what sigs.k8s.io/yaml 1.6 gives.

use serde_json::Value;

use super::{HEAD, read_text, value};

/// YAML of the field `v`, and its JSON.
const VALUES: &[(&str, &str)] = &[
    // Booleans of YAML 1.1, in their three spellings only.
    ("v: yes", "true"),
    ("v: No", "false"),
    ("v: ON", "true"),
    ("v: off", "false"),
    ("v: y", "true"),
    ("v: N", "false"),
    ("v: True", "true"),
    ("v: tRue", r#""tRue""#),
    ("v: 'yes'", r#""yes""#),
    ("v: \"on\"", r#""on""#),
    ("v: |-\n  yes", r#""yes""#),
    ("v: ! yes", r#""yes""#),
    // Null.
    ("v:", "null"),
    ("v: ~", "null"),
    ("v: NULL", "null"),
    ("v: nUll", r#""nUll""#),
    ("v: ''", r#""""#),
    // Integers.
    ("v: 010", "8"),
    ("v: 08", "8"),
    ("v: 0o10", "8"),
    ("v: 0x1F", "31"),
    ("v: -0x1f", "-31"),
    ("v: 0b101", "5"),
    ("v: 0b-1", "-1"),
    ("v: 1_000", "1000"),
    ("v: +5", "5"),
    ("v: _1", r#""_1""#),
    ("v: 0x", r#""0x""#),
    ("v: 1:30", r#""1:30""#),
    ("v: 9223372036854775807", "9223372036854775807"),
    ("v: 18446744073709551615", "18446744073709551615"),
    ("v: 18446744073709551616", "1.8446744073709552e19"),
    // Floats; JSON keeps no difference between 3 and 3.0.
    ("v: 3.0", "3"),
    ("v: 1e3", "1000"),
    ("v: -0.0", "0"),
    ("v: .5", "0.5"),
    ("v: .5_0", "0.5"),
    ("v: 1.", "1"),
    ("v: 1e-7", "1e-7"),
    ("v: 1e400", r#""1e400""#),
    ("v: 1.2.3", r#""1.2.3""#),
    ("v: 100m", r#""100m""#),
    // Dates stay text.
    ("v: 2001-01-01", r#""2001-01-01""#),
    ("v: 2001-12-14t21:59:43.10-05:00", r#""2001-12-14t21:59:43.10-05:00""#),
    // Tags.
    ("v: !!str 5", r#""5""#),
    ("v: !!str", r#""""#),
    ("v: !!int \"5\"", "5"),
    ("v: !!float 5", "5"),
    ("v: !!bool yes", "true"),
    ("v: !!null ''", "null"),
    ("v: !!binary aGVsbG8=", r#""hello""#),
    ("v: !custom 5", r#""5""#),
    ("v: !<tag:yaml.org,2002:int> '7'", "7"),
    ("v: !!set {a, b}", r#"{"a":null,"b":null}"#),
    // Keys.
    ("v: {1: a, yes: b, 1.5: c, 0x10: d}", r#"{"1":"a","true":"b","1.5":"c","16":"d"}"#),
    ("v: {1e10: a, .inf: b}", r#"{"1e+10":"a",".inf":"b"}"#),
    ("v: {'': a}", r#"{"":"a"}"#),
    ("v: {'<<': a}", r#"{"<<":"a"}"#),
    ("v:\n  ? a\n  : b", r#"{"a":"b"}"#),
    // The last of equal keys, in the place of the first.
    ("v: {a: 1, b: 2, a: 3}", r#"{"a":3,"b":2}"#),
    ("v: {1: a, '1': b}", r#"{"1":"b"}"#),
    // Sets of managed fields are left out, and nothing else.
    (
        "v: {managedFields: [{manager: m, fieldsV1: {a: b}, c: {fieldsV1: d}}], fieldsV1: e}",
        r#"{"managedFields":[{"manager":"m","c":{"fieldsV1":"d"}}],"fieldsV1":"e"}"#,
    ),
    // Anchors and aliases.
    ("x: &a [1, {b: c}]\nv: [*a, *a]", r#"[[1,{"b":"c"}],[1,{"b":"c"}]]"#),
    ("x: &a 1\ny: &a 2\nv: *a", "2"),
    ("x: &a k\nv: {*a : 1}", r#"{"k":1}"#),
    ("x: &a yes\nv: *a", "true"),
    // Merge keys go by their order; of a list of mappings the first counts most.
    ("x: &a {k: 1, l: 2}\nv: {<<: *a, k: 3}", r#"{"k":3,"l":2}"#),
    ("x: &a {k: 1, l: 2}\nv: {k: 3, <<: *a}", r#"{"k":1,"l":2}"#),
    ("x: &a {k: 1}\ny: &b {k: 2, l: 3}\nv: {<<: [*a, *b]}", r#"{"k":1,"l":3}"#),
    ("v: {<<: {k: 1}, l: 2}", r#"{"k":1,"l":2}"#),
    // Text.
    ("v: \"\\x41\\u00e9\\n\\/\"", r#""Aé\n/""#),
    ("v: 'it''s'", r#""it's""#),
    ("v: a # b", r#""a""#),
    ("v: a#b", r#""a#b""#),
    ("v: http://x:80/y", r#""http://x:80/y""#),
    ("v: >\n  a\n  b\n\n  c", r#""a b\nc\n""#),
    ("v: |+\n  a\n\n", r#""a\n\n\n""#),
    ("v: \"a\\\n  b\"", r#""ab""#),
    ("v: [\n  a,\n]", r#"["a"]"#),
    ("v:\r\n- a\r\n- |\r\n  b\r\n  c\r", r#"["a","b\nc\n"]"#),
];

#[test]
fn values() {
    for (yaml, json) in VALUES {
        let expected: Value = serde_json::from_str(json).unwrap();
        assert_eq!(value(yaml), Ok(expected), "{yaml}");
    }
}

#[test]
fn the_last_of_equal_keys_counts_among_few_and_among_many() {
    for many in [2, 31, 32, 33, 500] {
        let entries: String = (0..many).map(|key| format!("  k{key:03}: {key}\n")).collect();
        for repeated in [0, many / 2, many - 1] {
            let outcome = read_text(&format!("{HEAD}v:\n{entries}  k{repeated:03}: last\n"));
            let v = outcome.objects()[0]["v"].clone();
            let expected: serde_json::Map<String, Value> = (0..many)
                .map(|key| (format!("k{key:03}"), if key == repeated { "last".into() } else { key.into() }))
                .collect();
            assert_eq!(v, Value::Object(expected), "{repeated} of {many}");
            let line = 5 + many;
            let note =
                format!(":{line}:3: the key \"k{repeated:03}\" is set twice here: the last one counts");
            assert!(
                outcome.notes().len() == 1 && outcome.notes()[0].ends_with(&note),
                "{:?}",
                outcome.notes()
            );
        }
    }
}

/// YAML of the field `v`, which stands in line 4, and the error.
const REFUSED: &[(&str, &str)] = &[
    ("v: .inf", "f:4:1: JSON has no infinity and no NaN"),
    ("v: {~: a}", "f:4:5: this key is null: quote it, or remove the entry"),
    ("v: {[a]: b}", "f:4:5: a list or a mapping can't be a key: quote the key if it is text"),
    ("v: !!int abc", "f:4:4: this value is not of the type that its tag says"),
    ("v: !!binary '?'", "f:4:4: this value is tagged !!binary but is not base64"),
    ("v: &a [*a]", "f:4:8: this alias is inside of what its anchor names: it would never end"),
    ("v: *a", "f:4:4: not valid YAML: while parsing node, found unknown anchor"),
    ("v: {<<: a}", "f:4:5: the merge key << takes a mapping or a list of mappings"),
    ("x: &a [{}]\nv: {<<: *a}", "f:5:5: the merge key << takes a mapping or a list of mappings"),
    ("v: a: b", "f:4:5: not valid YAML: mapping values are not allowed in this context"),
    ("v: \"\\q\"", "f:4:4: not valid YAML: while parsing a quoted scalar, found unknown escape character"),
    ("v:\n\t- a", "f:5:2: not valid YAML: tabs disallowed within this context (block indentation)"),
    ("v: a\u{1}b", "f:4:5: a control character: a manifest is text; in quotes, write it as an escape"),
];

#[test]
fn what_has_no_meaning_is_an_error_with_its_place() {
    for (yaml, error) in REFUSED {
        assert_eq!(value(yaml), Err((*error).to_owned()), "{yaml}");
    }
}

#[test]
fn messages_never_quote_values() {
    for yaml in
        ["v: s3cret: s3cret", "v: !!int s3cret", "v: !!binary '?s3cret'", "v: {<<: s3cret}", "v: 's3cret"]
    {
        let error = value(yaml).unwrap_err();
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn json() {
    let head = r#"{"apiVersion":"v1","kind":"T","metadata":{"name":"t"},"v":"#;
    for (written, expected) in [
        (r#""\/\ud83d\ude00\u00e9\b\f""#, r#""/😀é\b\f""#),
        (r#""\ud83d x""#, r#""\ufffd x""#),
        ("\t[ ]", "[]"),
        ("[1, -2.5e3, 3.0, 18446744073709551615]", "[1,-2500,3,18446744073709551615]"),
        (r#""yes""#, r#""yes""#),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        (r#"{"<<":{"a":1}}"#, r#"{"<<":{"a":1}}"#),
        ("null", "null"),
        // Not JSON, but YAML: kubectl takes that, too.
        ("[1,]", "[1]"),
        ("yes", "true"),
    ] {
        let outcome = read_text(&format!("{head}{written}}}"));
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(outcome.errors, Vec::<String>::new(), "{written}");
        assert_eq!(outcome.objects()[0]["v"], expected, "{written}");
    }
}

#[test]
fn json_errors_have_their_places() {
    for (written, error) in [
        ("{\"a\": \"b\" \"c\"}", "f:1:11: not valid JSON: expected a comma or }"),
        ("{\n \"ä\" 1}", "f:2:6: not valid JSON: expected a colon"),
        ("{\"a\": [{} {}]}", "f:1:11: not valid JSON: expected a comma or ]"),
        ("{\"a\": \"\\q\"}", "f:1:8: not valid JSON: not an escape that JSON knows"),
        ("{\"a\":", "f:1:6: not valid JSON: the text ends too early"),
    ] {
        assert_eq!(read_text(written).errors, [error], "{written}");
    }
}
