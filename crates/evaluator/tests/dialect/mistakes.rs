//! What wrong queries are told: all mistakes at once, each with its place, what was expected, the nearest known name
//! and what there is; and that it is told soon, whatever the text.

use std::time::{Duration, Instant};

use assay_evaluator::query;
use assay_model::schema::Schema;
use jiff::Timestamp;

/// Each mistake with the text it points at. A long list of names is left out: it is the model's, and grows.
fn told(schema: &Schema, text: &str) -> String {
    let mistakes = query::query(schema, text, Timestamp::UNIX_EPOCH).expect_err(text);
    let lines = mistakes.iter().map(|mistake| {
        let help = mistake.help.as_deref().map(|help| match help.split_once("here are: ") {
            Some((before, names)) if names.split(", ").count() > 16 => format!("{before}here are: …"),
            _ => help.to_owned(),
        });
        let help = help.map(|help| format!("\n    help: {help}"));
        let place = text[mistake.span.clone()].trim();
        format!("  {}: {}{}", shortened(place), mistake.message, help.unwrap_or_default())
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn shortened(text: &str) -> String {
    let kept: String = text.chars().take(60).collect();
    if kept.len() < text.len() { format!("{kept}…") } else { kept }
}

/// A filter on pods, or a whole query if it says so.
fn query_of(case: &str) -> String {
    match case.strip_prefix("query: ") {
        Some(query) => query.to_owned(),
        None => format!("{{ pods(where: {case}) {{ ...AssetFragment }} }}"),
    }
}

const WRONG: [&str; 84] = [
    // Names.
    "{hostNetwrk: true}",
    "{nothingLikeIt: true}",
    "{hostNetwork_NOPE: true}",
    "{securityContext: {runAsUsr: 0}}",
    "{containers_SOME: {imag: \"x\"}}",
    "{podTemplate: {containers: {all: {securityContext: {privilegd: true}}}}}",
    "query: { pod { ...AssetFragment } }",
    "query: { kubernetesNode { ...AssetFragment } }",
    "query: { pods { nam ...AssetFragment } }",
    "query: { pods { containers { imge ...AssetFragment } } }",
    "{node: {nme: \"x\"}}",
    "{labels: {some: {kee: \"x\"}}}",
    // Operators.
    "{name: {near: \"x\"}}",
    "{name: {startswith: \"x\"}}",
    "{hostNetwork: {contains: true}}",
    "{hostNetwork_CONTAINS: \"x\"}",
    "{hostNetwork_IN: [true]}",
    "{createdAt_STARTS_WITH: \"2026\"}",
    "{securityContext: {supplementalGroups_CONTAINS: 1}}",
    "{securityContext: {supplementalGroups: {lt: 1}}}",
    "{containers_MATCHES: \"x\"}",
    "{containers: {any: {}}}",
    "{node_ALL: {name: \"x\"}}",
    "{name_SOME: \"x\"}",
    "{containers: {count: {near: 1}}}",
    "{isSomething: true}",
    // Values.
    "{name: 3}",
    "{name: true}",
    "{hostNetwork: \"yes\"}",
    "{securityContext: {runAsUser: \"root\"}}",
    "{securityContext: {runAsUser: 99999999999999999999}}",
    "{securityContext: {runAsUser_GT: 1.5}}",
    "{createdAt: {lt: \"soon\"}}",
    "{createdAt_LT: \"90 days\"}",
    "{createdAt_LT: \"2026-01-31T18:00:00\"}",
    "{containers_SOME: {resources: {limits: {memory: {gt: \"much\"}}}}}",
    "{name: {in: [\"a\", 3, true]}}",
    "{name: {in: [null]}}",
    "{name: {gt: null}}",
    "{name: {contains: null}}",
    "{name_MATCHES: \"(\"}",
    "{name_MATCHES: \"(?=x)\"}",
    "{name_MATCHES: \"a)|(b\"}",
    "{name_MATCHES: \"((x{1000}){1000}){1000}\"}",
    "{containers: 3}",
    "{containers: {count: 3}}",
    "{containers: {count: {gt: \"3\"}}}",
    "{securityContext: true}",
    "{NOT: true}",
    "{OR: [true]}",
    "\"x\"",
    // What catalogues lack.
    "{containers_SOME: {resources: {limits: {memory: {lt: {field: \"requests.memry\"}}}}}}",
    "{name: {lt: {field: \"createdAt\"}}}",
    "{name: {contains: {field: \"namespace\"}}}",
    "{name: {in: {list: \"trusted-registry\"}}}",
    "{name: {in: {list: 3}}}",
    "{name: {duplicatedIn: \"galaxy\"}}",
    "{node: {dangling: \"yes\"}}",
    "query: { subjects(where: {grants: {some: {role: {dangling: true}}}}) { ...AssetFragment } }",
    "{network_GIVEN: true}",
    "{object: {path: \"spec.nodeName\"}}",
    "{object: {path: \"spec..x\", eq: 1}}",
    "{object: {path: \"spec.x\", near: 1}}",
    "{labels: {some: {value: {duplicatedIn: \"cluster\"}}}}",
    "query: { replicaSets(where: {deploymentName: {eq: {field: \"name\"}}}) { ...AssetFragment } }",
    "query: { subjects(where: {object: {path: \"spec\", eq: 1}}) { ...AssetFragment } }",
    // What would change nothing, or be one of two.
    "{name: {caseInsensitive: true}}",
    "{name: {lt: \"B\", caseInsensitive: true}}",
    "{name: {eq: {field: \"namespace\"}, caseInsensitive: true}}",
    "{containers_SOME: {securityContext: {capabilities: {add: {includes: \"raw\", caseInsensitive: true}}}}}",
    "{object: {path: \"spec.x\", caseInsensitive: true}}",
    "{object: {path: \"spec.x\", path: \"spec.y\", eq: 1}}",
    "query: { pods { ...AssetFragment at: name at: namespace } }",
    "query: { pods { containers { image } containers(where: {image: \"a\"}) { name ...AssetFragment } } }",
    "query: query ($v: Int = 1, $v: Int = 2) { pods { ...AssetFragment } }",
    "query: { pods { ...A } } fragment A on Pod { name } fragment A on Pod { ...AssetFragment }",
    "query: { services(where: {ports: {some: {targetPort: {lt: \"http\"}}}}) { ...AssetFragment } }",
    // Documents.
    "query: { pods { name } }",
    "query: { pods { containers { env { ...AssetFragment } } } }",
    "query: { pods { ...Othr } } fragment Other on Pod { ...AssetFragment }",
    "query: { pods { ...A } } fragment A on Asset { ...B } fragment B on Asset { ...A }",
    "query: { workloads { ... on Deployment { ...AssetFragment } } }",
    "query: { pods(where: {name: $name}, limit: 3, where: {}) @skip(if: true) { ...AssetFragment } }",
    "query: { pods(where: {name: \"x\") { ...AssetFragment } }",
];

#[test]
fn each_mistake_is_told_with_its_place() {
    let schema = Schema::built_in().unwrap();
    let all = WRONG.map(|case| {
        let text = query_of(case);
        format!("{text}\n{}", told(&schema, &text))
    });
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn every_mistake_of_a_text_is_told_at_once() {
    let schema = Schema::built_in().unwrap();
    let text = "{ pods(where: {hostNetwrk: true, name: 3, containers_SOME: {image: {near: \"x\"}}}) { nam ...Missing } }";
    let mistakes = query::query(&schema, text, Timestamp::UNIX_EPOCH).unwrap_err();
    assert_eq!(mistakes.len(), 5, "{mistakes:?}");
    assert!(mistakes[0].help.as_deref().unwrap().starts_with("did you mean `hostNetwork`? There are: "));
}

/// Texts made to take long, or to overflow a stack.
fn hostile() -> Vec<(&'static str, String)> {
    let nested = |levels: usize| {
        let (open, close) = ("{NOT: ".repeat(levels), "}".repeat(levels));
        format!("{{ pods(where: {open}{{hostNetwork: true}}{close}) {{ ...AssetFragment }} }}")
    };
    let selections = format!("{{ {}x{} }}", "namespaces { pods { ".repeat(5_000), " } }".repeat(5_000));
    let fragments: String =
        (0..60).map(|n| format!("fragment F{n} on Pod {{ ...F{} ...F{} }} ", n + 1, n + 1)).collect();
    let chain = |open: &str, close: &str| {
        let each = (0..2_000).map(|n| format!("fragment F{n} on Asset {{ {open} ...F{} {close} }} ", n + 1));
        format!("{{ assets {{ ...F0 }} }} {} fragment F2000 on Asset {{ nam }}", each.collect::<String>())
    };
    let unknown: String = (0..8_000).map(|n| format!("hostNetwrk{n}: true ")).collect();
    let list = (0..9_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let uses = "{name_IN: $v}, ".repeat(1_000);
    let types: String = (0..4_000).map(|n| format!("$v{n}: Itn{n} = 1 ")).collect();
    let patterns = |pattern: &str| {
        let each: String = (0..4_500).map(|n| format!("{{name_MATCHES: \"{n}{pattern}\"}},")).collect();
        format!("{{ pods(where: {{AND: [{each}]}}) {{ ...AssetFragment }} }}")
    };
    vec![
        ("an unknown field", "{ pods(where: {hostNetwrk: true}) { ...AssetFragment } }".to_owned()),
        ("a wrong type", "{ pods(where: {hostNetwork: \"yes\"}) { ...AssetFragment } }".to_owned()),
        ("a missing fragment", "{ pods { ...Other } }".to_owned()),
        ("a bad pattern", "{ pods(where: {name_MATCHES: \"(\"}) { ...AssetFragment } }".to_owned()),
        (
            "a long pattern",
            format!("{{ pods(where: {{name_MATCHES: \"{}\"}}) {{ nam }} }}", "(a|b)*".repeat(30_000)),
        ),
        ("many large patterns", patterns("(x{90}){90}")),
        ("many patterns that are too large", patterns("\\\\w{90}")),
        ("200 levels", nested(200)),
        ("50,000 levels", nested(50_000)),
        ("selections", selections),
        ("1 MB", format!("{{ pods(where: {{name: \"{}\"}}) {{ nam }} }}", "x".repeat(1 << 20))),
        ("1 MB of braces", "{".repeat(1 << 20)),
        ("1 MB of quotes", "\"".repeat(1 << 20)),
        ("a long name", format!("{{ pods(where: {{{}: true}}) {{ nam }} }}", "x".repeat(190_000))),
        ("fragments within fragments", chain("", "")),
        ("fragments within fields", chain("owningAsset {", "}")),
        ("doubling fragments", format!("{{ pods {{ ...F0 }} }} {fragments} fragment F60 on Pod {{ nam }}")),
        ("many mistakes", format!("{{ pods(where: {{{unknown}}}) {{ ...AssetFragment }} }}")),
        (
            "a large variable",
            format!("query ($v: [Int] = [{list}]) {{ pods(where: {{OR: [{uses}]}}) {{ nam }} }}"),
        ),
        ("many types", format!("query ({types}) {{ pods {{ ...AssetFragment }} }}")),
        (
            "endless fragments",
            "{ pods { ...A } } fragment A on Pod { ...B } fragment B on Pod { ...A }".to_owned(),
        ),
    ]
}

#[test]
fn hostile_texts_are_mistakes_told_soon_on_a_small_stack() {
    let check = || {
        let schema = Schema::built_in().unwrap();
        for (name, text) in hostile() {
            let started = Instant::now();
            let mistakes = query::query(&schema, &text, Timestamp::UNIX_EPOCH).expect_err(name);
            let took = started.elapsed();
            assert!(!mistakes.is_empty() && mistakes.len() <= 100, "{name}: {}", mistakes.len());
            assert!(mistakes.iter().all(|mistake| mistake.span.end <= text.len()), "{name}");
            assert!(
                mistakes.iter().all(|mistake| mistake.message.len() < 1_000),
                "{name}: too long a message"
            );
            // Without optimisation and on a busy machine; a release takes a twentieth of it.
            assert!(took < Duration::from_secs(4), "{name}: {took:?}");
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(check).unwrap().join().unwrap();
}
