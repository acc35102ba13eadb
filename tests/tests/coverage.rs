//! `docs/coverage.csv`: what each check that other tools have would read of the model. Every path in it is asked for as a
//! query; `docs/coverage.md` is made from it.
//!
//! `UPDATE_DOCS=1 cargo test -p assay-tests --test coverage` writes the page again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use assay_evaluator::query;
use assay_model::schema::{Schema, Source, TypeDef, root_field};
use assay_tests::skip::{Skip, want};
use assay_tests::tools::root;
use jiff::Timestamp;

/// How many checks there are whose data an API server has, by what they need.
const CHECKS: [(&str, usize, &str); 3] = [
    ("field", 275, "fields of one object"),
    ("relation", 94, "objects that are related"),
    ("selector", 22, "objects that a selector takes"),
];

const HEAD: &str = "\
# What checks can read

Eighteen tools that check Kubernetes have 391 different checks, as we count them, whose data an API server has. For each,
`coverage.csv` tells which fields and relations of [the model](model.md) a query of it reads. A test asks for every path
in it. In a path, `[name]` is the entry that is meant, and `object(…)` a place in the object's own JSON.

Generated from `coverage.csv`; `UPDATE_DOCS=1 cargo test -p assay-tests --test coverage` writes it again.
";

/// A check, and what it reads.
struct Check {
    id: String,
    needs: String,
    reads: Vec<String>,
    covered: String,
    reason: String,
}

fn checks() -> Vec<Check> {
    let text = fs::read_to_string(root().join("docs/coverage.csv")).unwrap();
    let check = |line: &str| {
        let [id, needs, reads, covered, reason] = line.splitn(5, ',').collect::<Vec<_>>()[..] else {
            panic!("five columns: {line}")
        };
        Check {
            id: id.to_owned(),
            needs: needs.to_owned(),
            reads: reads.split_whitespace().map(str::to_owned).collect(),
            covered: covered.to_owned(),
            reason: reason.trim_matches('"').replace("\"\"", "\""),
        }
    };
    text.lines().skip(1).map(check).collect()
}

/// The names of a path, without the entries that are meant; a place in the object's JSON stays one.
fn names(path: &str) -> Vec<String> {
    let (mut names, mut name, mut within) = (Vec::new(), String::new(), false);
    for c in path.chars() {
        match c {
            '[' => within = true,
            ']' => within = false,
            _ if within => {}
            '.' if !name.starts_with("object(") => names.push(std::mem::take(&mut name)),
            c => name.push(c),
        }
    }
    names.push(name);
    names
}

/// What a path reads: the type and the name of each field on the way.
fn steps(schema: &Schema, path: &str) -> Result<Vec<(String, String)>, String> {
    let names = names(path);
    let (first, fields) = names.split_first().ok_or("it is empty")?;
    let is_root = |name: &&String| root_field(name) == *first;
    let types: Vec<&String> = schema.types().filter(|def| def.is_asset()).map(|def| &def.name).collect();
    let mut at = types.into_iter().find(is_root).ok_or(format!("`{first}` is no root field"))?.clone();
    let mut steps = Vec::new();
    for (index, name) in fields.iter().enumerate() {
        let last = index + 1 == fields.len();
        let place = name.strip_prefix("object(").and_then(|place| place.strip_suffix(')'));
        if last && place.is_some() && schema.get(&at).is_some_and(TypeDef::is_asset) {
            steps.push((at, "object".to_owned()));
            break;
        }
        let field = schema.get(&at).and_then(|def| def.field(name));
        let field = field.ok_or(format!("`{at}` has no field `{name}`"))?;
        if let Some(instead) = &field.deprecated {
            return Err(format!("`{name}` is for existing checks: {instead}"));
        }
        steps.push((at.clone(), name.clone()));
        at = match &field.source {
            Source::Struct { of, .. } => of.clone(),
            Source::Relation(relation) => relation.to.clone(),
            Source::Map(_) => "KeyValue".to_owned(),
            _ if last => break,
            _ => return Err(format!("`{at}.{name}` has no fields of its own")),
        };
    }
    Ok(steps)
}

/// A query that asks for what stands at the end of a path.
fn asked(schema: &Schema, path: &str, steps: &[(String, String)]) -> String {
    let names = names(path);
    let mut filter = "null".to_owned();
    for (index, (of, name)) in steps.iter().enumerate().rev() {
        let source = schema.get(of).and_then(|def| def.field(name)).map(|field| &field.source);
        let is_many = match source {
            Some(Source::Relation(relation)) => relation.many,
            Some(Source::Map(_)) => true,
            _ => false,
        };
        filter = match names.last().and_then(|last| last.strip_prefix("object(")) {
            Some(place) if index + 1 == steps.len() => {
                format!("{{object: {{path: {:?}, eq: null}}}}", place.trim_end_matches(')'))
            }
            _ if is_many && filter != "null" => format!("{{{name}: {{some: {filter}}}}}"),
            _ => format!("{{{name}: {filter}}}"),
        };
    }
    format!("{{ {}(where: {filter}) {{ ...AssetFragment }} }}", names[0])
}

#[test]
fn every_path_can_be_asked_for() {
    let schema = Schema::built_in().unwrap();
    let mut wrong = Vec::new();
    let paths: BTreeSet<String> = checks().into_iter().flat_map(|check| check.reads).collect();
    assert!(paths.len() > 300, "{}", paths.len());
    for path in &paths {
        match steps(&schema, path) {
            Err(mistake) => wrong.push(format!("{path}: {mistake}")),
            Ok(steps) => {
                let text = asked(&schema, path, &steps);
                if let Err(mistakes) = query::query(&schema, &text, Timestamp::UNIX_EPOCH) {
                    wrong.push(format!("{path}: {text}: {mistakes:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_path_that_leads_nowhere_is_found() {
    let schema = Schema::built_in().unwrap();
    for path in [
        "pod.name",
        "pods.nam",
        "pods.podTemplate.containers.imag",
        "pods.name.x",
        "pods.tags.key",
        "pods.podTemplate.object(spec)",
        "pods.object(spec)x",
    ] {
        assert!(steps(&schema, path).is_err(), "{path}");
    }
}

#[test]
fn every_check_reads_something_or_has_a_reason() {
    let checks = checks();
    for (needs, number, _) in CHECKS {
        assert_eq!(checks.iter().filter(|check| check.needs == needs).count(), number, "{needs}");
    }
    assert_eq!(checks.len(), 391);
    assert_eq!(checks.iter().map(|check| &check.id).collect::<BTreeSet<_>>().len(), 391);
    for check in &checks {
        let (reads, reason) = (!check.reads.is_empty(), !check.reason.is_empty());
        let holds = match check.covered.as_str() {
            "yes" => reads && !reason,
            "partly" => reads && reason,
            "not" => !reads && reason,
            _ => false,
        };
        assert!(holds, "{}: {} {:?} {}", check.id, check.covered, check.reads, check.reason);
    }
}

#[test]
fn the_checks_are_those_of_the_catalogue() {
    let path = root().join("../shared/catalogue/peer-checks.csv");
    let why = |_| Skip("the catalogue is not beside the checkout".to_owned());
    let text = want("the_checks_are_those_of_the_catalogue", fs::read_to_string(&path).map_err(why));
    let Some(text) = text else { return };
    let needs = [
        ("plain object field", "field"),
        ("cross-object relationship", "relation"),
        ("selector matching", "selector"),
    ];
    let own: BTreeMap<String, String> = checks().into_iter().map(|check| (check.id, check.needs)).collect();
    let mut seen = 0;
    for line in text.lines().skip(1) {
        let id = line.split(',').next().unwrap();
        let data = needs.iter().find(|(data, _)| line.contains(&format!(",{data},")));
        assert_eq!(own.get(id).map(String::as_str), data.map(|(_, needs)| *needs), "{id}");
        seen += usize::from(data.is_some());
    }
    assert_eq!(seen, own.len());
}

#[test]
fn the_page_is_current() {
    let page = page(&Schema::built_in().unwrap(), &checks());
    let path = root().join("docs/coverage.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "docs/coverage.md is not of docs/coverage.csv: see the head of this test");
}

fn page(schema: &Schema, checks: &[Check]) -> String {
    let mut page = HEAD.to_owned();
    let count = |needs: &str, covered: &str| {
        checks.iter().filter(|check| check.needs == needs && check.covered == covered).count()
    };
    page.push_str("\n| what a check needs | checks | covered | in part | not |\n|---|---|---|---|---|\n");
    for (needs, number, meaning) in CHECKS {
        let [yes, partly, not] = ["yes", "partly", "not"].map(|covered| count(needs, covered));
        writeln!(page, "| {meaning} | {number} | {yes} | {partly} | {not} |").unwrap();
    }
    let mut read: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in checks.iter().flat_map(|check| &check.reads) {
        for (of, field) in steps(schema, path).unwrap_or_default() {
            read.entry(of).or_default().insert(field);
        }
    }
    let fields: usize = read.values().map(BTreeSet::len).sum();
    writeln!(page, "\nTogether they read {fields} fields and relations of {} types.", read.len()).unwrap();
    page.push_str("\n## In part, or not\n\n| check | covered | reason |\n|---|---|---|\n");
    for check in checks.iter().filter(|check| check.covered != "yes") {
        writeln!(page, "| {} | {} | {} |", check.id, check.covered, check.reason).unwrap();
    }
    page.push_str("\n## What is read\n\n| type | fields |\n|---|---|\n");
    for (of, fields) in &read {
        let fields: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
        writeln!(page, "| [{of}](model.md#{}) | {} |", of.to_lowercase(), fields.join(", ")).unwrap();
    }
    page
}
