//! Inputs that would exhaust the stack, memory or patience.

use super::{HEAD, read_text};

fn error(text: &str) -> String {
    let outcome = read_text(text);
    assert_eq!(outcome.documents.len(), 0);
    outcome.errors.join("\n")
}

#[test]
fn nesting_is_bounded() {
    for unit in ["[", "{a: ", "{\"a\":", "[[],", "- ", "? ", "[{a: "] {
        for levels in [101, 10_000, 1_000_000] {
            let error = error(&unit.repeat(levels));
            let is_clear =
                error.contains("nested deeper than 100 levels") || error.contains("can't be a key");
            assert!(is_clear, "{unit} × {levels}: {error}");
        }
    }
}

#[test]
fn nesting_to_the_bound_is_read() {
    let lists = |levels| format!("{HEAD}v: {}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(read_text(&lists(99)).errors, Vec::<String>::new());
    assert!(error(&lists(100)).ends_with("nested deeper than 100 levels"));
}

#[test]
fn aliases_are_bounded() {
    let laughs: String = (1..30)
        .map(|level| format!("a{level}: &a{level} [{}]\n", format!("*a{},", level - 1).repeat(10)))
        .collect();
    let bomb = format!("{HEAD}a0: &a0 lol\n{laughs}");
    assert!(error(&bomb).ends_with("the aliases of this document expand to too much"));

    let chain: String =
        (1..100_000).map(|level| format!("b{level}: &b{level} [*b{}]\n", level - 1)).collect();
    assert!(error(&format!("{HEAD}b0: &b0 x\n{chain}")).ends_with("nested deeper than 100 levels"));

    let merges: String =
        (1..100_000).map(|level| format!("b{level}: &b{level} {{<<: *b{}}}\n", level - 1)).collect();
    assert!(error(&format!("{HEAD}b0: &b0 {{x: 1}}\n{merges}")).ends_with("nested deeper than 100 levels"));

    let text = "x".repeat(1_000_000);
    let copies = format!("{HEAD}a: &a {text}\nb: [{}]\n", "*a,".repeat(1000));
    assert!(error(&copies).ends_with("the aliases of this document expand to too much"));
}

#[test]
fn aliases_of_lists_are_bounded() {
    let lists = |levels: u32, first: &str, times: usize| {
        let nested = (1..levels).map(|level| {
            let items = format!("*a{},", level - 1).repeat(times);
            format!("- &a{level} {{kind: List, items: [{items}]}}\n")
        });
        let nested: String = nested.collect();
        format!("kind: List\napiVersion: v1\nx:\n- &a0 {first}\n{nested}items: [*a{}]\n", levels - 1)
    };
    let much = "the aliases of this document expand to too much";
    let empty = "{kind: List, items: []}";
    assert!(error(&lists(30, empty, 10)).contains(much));
    assert!(error(&lists(100_000, empty, 1)).ends_with("nested deeper than 100 levels"));
    // A node to which many aliases lead is looked at as often.
    let wide: String = (0..100_000).map(|key| format!("k{key}: 0, ")).collect();
    assert!(error(&lists(2, &format!("{{{wide}kind: List, items: []}}"), 100_000)).contains(much));
    // So are objects that stand within one.
    let objects = format!("{{kind: List, items: [{{kind: T, {wide}}}]}}");
    assert!(error(&lists(2, &objects, 100_000)).contains(much));
}

#[test]
fn an_object_has_a_bounded_number_of_fields() {
    let wide = format!("{HEAD}v:\n{}", "- a\n".repeat(1_000_001));
    assert!(error(&wide).ends_with("an object of more than 1000000 fields: no API server takes it"));
}

#[test]
fn errors_are_counted_where_there_are_millions() {
    let errors = error(&format!("{{kind: List, apiVersion: v1, items: [{}]}}", "1, ".repeat(1_000_000)));
    assert_eq!(errors.lines().count(), 21);
    assert!(errors.ends_with("and 999980 more"), "{errors}");
}

#[test]
fn equal_keys_are_bounded() {
    let text = format!("{HEAD}{}", "a: b\n".repeat(100_000));
    assert!(error(&text).ends_with("too many keys of this document are set twice"));
}

#[test]
fn long_text_is_read() {
    let text = format!("{HEAD}v: \"{}\"\nw: |\n{}", "x".repeat(5_000_000), "  y\n".repeat(1_000_000));
    let outcome = read_text(&text);
    assert_eq!(outcome.objects()[0]["v"].as_str().map(str::len), Some(5_000_000));
    assert_eq!(outcome.objects()[0]["w"].as_str().map(str::len), Some(2_000_000));
}
