//! Evaluators written apart give the same answers to random queries over random snapshots: the columnar one, the
//! reference interpreter, and DuckDB with the SQL that queries are lowered to.
//!
//! `ASSAY_TESTS_LONG=1` compares on 2,000 snapshots instead of 50, best with `--profile long`; `ASSAY_TESTS_SEED=n`
//! starts with another seed. A disagreement is shrunk and printed with its seed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a panic is how a test fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use assay_evaluator::data::Data;
use assay_evaluator::query::{self, Bindings};
use assay_evaluator::sql::{Dialect, Needs, Sources, derive, lower_query};
use assay_model::cores::side_by_side;
use assay_model::schema::Schema;
use assay_snapshot::Snapshot;
use assay_tests::answers::{self, answered};
use assay_tests::generated::{self, Cluster, Literal, Query, Selection};
use assay_tests::random::Random;
use assay_tests::reference::{Answer, Truth, World, answer};
use assay_tests::skip::need;
use assay_tests::tools::duckdb;
use serde_json::Value;
use tempfile::TempDir;

const QUERIES: usize = 100;

/// How many disagreements are shrunk and told.
const SHOWN: usize = 3;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The seeds to compare on, which are printed.
fn seeds() -> std::ops::Range<u64> {
    let long = number("ASSAY_TESTS_LONG") == Some(1);
    let first = number("ASSAY_TESTS_SEED").unwrap_or(1);
    let seeds = first..first + if long { 2_000 } else { 50 };
    eprintln!("seeds {seeds:?}, {QUERIES} queries on each snapshot");
    seeds
}

static NO_VARIABLES: BTreeMap<String, Value> = BTreeMap::new();

/// What a query leaves open.
fn bindings(snapshot: &Snapshot) -> Bindings<'static> {
    let as_of = snapshot.manifest.started;
    Bindings { as_of, lists: generated::lists(), variables: &NO_VARIABLES }
}

/// What the evaluator answers; nothing if it refuses the query.
fn evaluated(data: &Data<'_>, text: &str) -> Option<Answer> {
    let query = query::query(data.schema, text, bindings(data.snapshot)).ok()?;
    Some(answers::evaluated(data, &query))
}

/// What differs between the two, if anything does.
fn difference(data: &Data<'_>, world: &World<'_>, query: &Query) -> Option<String> {
    let text = query.to_string();
    let found = evaluated(data, &text)?;
    let expected = answer(world, &text);
    if found != expected {
        let differing = |from: &Answer, other: &Answer| -> BTreeMap<String, Truth> {
            let assets = from.assets.iter().filter(|(id, truth)| other.assets.get(*id) != Some(*truth));
            assets.map(|(id, truth)| (id.clone(), *truth)).collect()
        };
        let open = |answer: &Answer| (answer.open.clone(), answer.incomplete);
        return Some(format!(
            "reference: {:?} {:?}\nevaluator: {:?} {:?}",
            differing(&expected, &found),
            open(&expected),
            differing(&found, &expected),
            open(&found),
        ));
    }
    no_complement(data, query)
}

/// Whether `NOT` of a root's filter is not the exact complement.
fn no_complement(data: &Data<'_>, query: &Query) -> Option<String> {
    let root = &query.roots[0];
    let filter = root.filter.clone()?;
    let ask = |filter: Literal| {
        let root = Selection { filter: Some(filter), fragment: true, below: Vec::new(), ..root.clone() };
        evaluated(data, &Query { roots: vec![root], braces: true }.to_string())
    };
    let (plain, negated) = (ask(filter.clone())?, ask(Literal::Object(vec![("NOT".to_owned(), filter)]))?);
    let complements = plain.assets.iter().all(|(id, truth)| negated.assets.get(id) == Some(&!*truth));
    (!complements).then(|| format!("{:?}\nis not the complement of\n{:?}", negated.assets, plain.assets))
}

/// A query as SQL, with what it needs derived.
fn lowered(data: &Data<'_>, folder: &Path, query: &Query, needs: &mut Needs) -> String {
    let query = query::query(data.schema, &query.to_string(), bindings(data.snapshot)).unwrap();
    let is_stored = |table| data.stores(table).unwrap();
    let folder = format!("{}/*/*", folder.display());
    let sources = Sources { folder: &folder, is_stored: &is_stored, as_of: None };
    let lowered = lower_query(data.schema, &query, Dialect::DuckDb, &sources).unwrap();
    needs.extend(lowered.needs);
    lowered.text
}

/// Seeds whose statements one process of DuckDB is asked at a time. Each core has one.
const AT_A_TIME: usize = 10;

#[test]
fn the_evaluator_agrees_with_its_sql() {
    let schema = Schema::built_in().unwrap();
    let seeds: Vec<u64> = seeds().collect();
    let some: Vec<&[u64]> = seeds.chunks(AT_A_TIME).collect();
    side_by_side(&some, 1, |some| agree_with_their_sql(&schema, some));
}

/// Asks some of the queries of each seed as SQL; of a long run all.
fn agree_with_their_sql(schema: &Schema, seeds: &[u64]) {
    const EACH: usize = 10;
    let long = number("ASSAY_TESTS_LONG") == Some(1);
    let mut asked = Vec::new();
    let mut folders = Vec::new();
    for seed in seeds {
        let mut random = Random::new(*seed);
        let cluster = Cluster::random(&mut random, schema);
        let (folder, snapshot) = snapshot(schema, &cluster);
        let data = Data::open(schema, &snapshot);
        let mut needs = Needs::default();
        for number in 0..QUERIES {
            let query = generated::query(&mut random, schema, &cluster);
            // Texts of several lines are few, and went wrong where they were moved to the right.
            if !long && number >= EACH && !query.to_string().contains("\\n") {
                continue;
            }
            let text = lowered(&data, folder.path(), &query, &mut needs);
            let expected = evaluated(&data, &query.to_string()).unwrap();
            asked.push((format!("seed {seed}, query {number}: {query}"), expected, text));
        }
        derive(&data, &needs).unwrap();
        folders.push(folder);
    }
    let texts: Vec<&str> = asked.iter().map(|(.., text)| text.as_str()).collect();
    let Some(results) = need("the_evaluator_agrees_with_its_sql", duckdb(&texts)) else { return };
    for ((query, expected, text), result) in asked.iter().zip(results) {
        let found = match result {
            Ok(rows) => answered(&rows),
            Err(error) => panic!("{query}\n{error}\n{text}"),
        };
        assert_eq!(found, *expected, "{query}\n{text}");
    }
    eprintln!("SQL: {} statements of seeds {seeds:?} agree", asked.len());
}

fn snapshot(schema: &Schema, cluster: &Cluster) -> (TempDir, Snapshot) {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = cluster.write(schema, folder.path());
    (folder, snapshot)
}

fn disagreement(schema: &Schema, cluster: &Cluster, query: &Query) -> Option<String> {
    let (_folder, snapshot) = snapshot(schema, cluster);
    let data = Data::open(schema, &snapshot);
    difference(&data, &World::read(&data, generated::lists()), query)
}

#[test]
fn the_evaluator_agrees_with_the_reference() {
    let schema = Schema::built_in().unwrap();
    let (mut asked, mut decided, mut unknown) = (0, BTreeSet::new(), 0);
    let mut wrong = Vec::new();
    for seed in seeds() {
        if wrong.len() == SHOWN {
            break;
        }
        if seed % 50 == 0 {
            eprintln!("reference: {asked} queries agree before seed {seed}");
        }
        let mut random = Random::new(seed);
        let cluster = Cluster::random(&mut random, &schema);
        let (_folder, snapshot) = snapshot(&schema, &cluster);
        let data = Data::open(&schema, &snapshot);
        let world = World::read(&data, generated::lists());
        for number in 0..QUERIES {
            let query = generated::query(&mut random, &schema, &cluster);
            let text = query.to_string();
            let found = query::query(&schema, &text, bindings(&snapshot));
            assert!(found.is_ok(), "seed {seed}, query {number}: {text}\n{:#?}", found.err());
            if difference(&data, &world, &query).is_some() {
                let fails =
                    |cluster: &Cluster, query: &Query| disagreement(&schema, cluster, query).is_some();
                let (cluster, query) = generated::shrink(&cluster, &query, &fails);
                let what = disagreement(&schema, &cluster, &query).unwrap_or_default();
                let objects = serde_json::to_string_pretty(&cluster.objects).unwrap();
                let told = format!(
                    "seed {seed}, query {number}: {query}\n{what}\n{objects}\nnot read: {:?}, but {:?}",
                    cluster.gaps, cluster.scope
                );
                eprintln!("{told}");
                wrong.push(told);
                break;
            }
            let answer = answer(&world, &text);
            asked += 1;
            decided.extend(answer.assets.values().map(|truth| (*truth, answer.open.is_empty())));
            unknown += usize::from(answer.assets.values().any(|truth| *truth == Truth::Unknown));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    eprintln!("{asked} queries, {unknown} with unknown assets");
    // A comparison of empty results would hold whatever the evaluators did.
    assert_eq!(decided.len(), 6, "{decided:?}");
}
