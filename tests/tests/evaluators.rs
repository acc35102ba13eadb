//! Evaluators written apart give the same answers to random queries over random snapshots: the columnar one, the
//! reference interpreter, and DuckDB with the SQL that queries are lowered to.
//!
//! Each snapshot is asked 100 queries. The SQL is asked of ten snapshots at once, ten queries made for each: what one
//! statement mixes of two of them would not be found in one.
//!
//! `ASSAY_TESTS_LONG=1` compares on 2,000 snapshots instead of 50, best with `--profile long`; `ASSAY_TESTS_SEED=n`
//! starts with another seed, as a disagreement says. One of the first two is shrunk.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a panic is how a test fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use assay_evaluator::data::Data;
use assay_evaluator::query::{self, Bindings};
use assay_evaluator::sql::{Dialect, Needs, Sources, derive, lower_query};
use assay_model::cores::side_by_side;
use assay_model::schema::Schema;
use assay_snapshot::Snapshot;
use assay_tests::answers::{self, answered};
use assay_tests::generated::{self, Cluster, Kinds, Literal, Query, Selection};
use assay_tests::random::Random;
use assay_tests::reference::{Answer, Truth, World, answer};
use assay_tests::skip::need;
use assay_tests::tools::{Rows, duckdb};
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

/// Snapshots of one store, whose statements one process of DuckDB is asked. Each core has one.
const AT_A_TIME: usize = 10;

#[test]
fn the_evaluator_agrees_with_its_sql() {
    let schema = generated::schema();
    let seeds: Vec<u64> = seeds().collect();
    let stores: Vec<&[u64]> = seeds.chunks(AT_A_TIME).collect();
    side_by_side(&stores, 1, |seeds| agree_with_their_sql(&schema, seeds));
}

/// Asks some queries of each seed as SQL, of the snapshots of all these seeds at once.
fn agree_with_their_sql(schema: &Schema, seeds: &[u64]) {
    let (store, mut snapshots, mut queries) = (tempfile::tempdir().unwrap(), Vec::new(), Vec::new());
    // At all times two clusters have objects of the same kinds, and many of the same names. In every other store they
    // have all tables, which are read as they are; else what one of them lacks is derived of all.
    let kinds = Kinds::random(&mut Random::new(seeds[0]), schema);
    let has_all = (seeds[0] as usize / AT_A_TIME) % 2 == 1;
    for (hour, seed) in seeds.iter().enumerate() {
        let mut random = Random::new(*seed);
        let cluster = Cluster::of_kinds(&mut random, schema, &kinds);
        let (name, started) = (["a", "b"][hour % 2], format!("2026-02-01T{hour:02}:00:00Z").parse().unwrap());
        let write = if has_all { Cluster::write_whole } else { Cluster::write_at };
        snapshots.push(write(&cluster, schema, store.path(), name, started));
        let mut asked: Vec<(usize, String)> = Vec::new();
        for number in 0..QUERIES {
            asked.push((number, generated::query(&mut random, schema, &cluster).to_string()));
        }
        // Texts of several lines are few, and went wrong where they were moved to the right: they come first.
        let (lines, others): (Vec<_>, Vec<_>) =
            asked.into_iter().partition(|(_, query)| query.contains("\\n"));
        let some = lines.into_iter().take(QUERIES / AT_A_TIME / 2).chain(others).take(QUERIES / AT_A_TIME);
        queries.extend(some.map(|(number, query)| (format!("seed {seed}, query {number}"), query)));
    }
    let opened: Vec<Data<'_>> = snapshots.iter().map(|snapshot| Data::open(schema, snapshot)).collect();
    let is_stored = |table| opened.iter().all(|data| data.stores(table).unwrap());
    let stored = schema.assets().filter(|(def, _)| is_stored(schema.tables_of(&def.name)[0])).count();
    assert!(!has_all || stored > 50, "{stored} tables are read as they are");
    let folder = format!("{}/*/*", store.path().display());
    let sources = Sources { folder: &folder, is_stored: &is_stored, as_of: None };
    let mut needs = Needs::default();
    let texts = queries.iter().map(|(_, text)| {
        let query = query::query(schema, text, bindings(&snapshots[0])).unwrap();
        let lowered = lower_query(schema, &query, Dialect::DuckDb, &sources).unwrap();
        needs.extend(lowered.needs);
        lowered.text
    });
    let texts: Vec<String> = texts.collect();
    opened.iter().for_each(|data| derive(data, &needs).unwrap());
    let statements: Vec<&str> = texts.iter().map(String::as_str).collect();
    let Some(results) = need("the_evaluator_agrees_with_its_sql", duckdb(&statements)) else { return };
    for (((name, query), statement), result) in queries.iter().zip(&statements).zip(results) {
        let told = format!("ASSAY_TESTS_SEED={}, {name}: {query}\n{statement}", seeds[0]);
        let rows = result.unwrap_or_else(|error| panic!("{error}\n{told}"));
        let mut left = rows.len();
        for (seed, data) in seeds.iter().zip(&opened) {
            let snapshot = data.snapshot.manifest.snapshot.to_string();
            let own: Rows = rows.iter().filter(|row| row["snapshot"] == *snapshot).cloned().collect();
            left -= own.len();
            assert_eq!(
                answered(&own),
                evaluated(data, query).unwrap(),
                "the snapshot of seed {seed}, {told}"
            );
        }
        assert_eq!(left, 0, "rows of no snapshot, {told}");
    }
    eprintln!("SQL: {} statements over the {} snapshots of seeds {seeds:?} agree", texts.len(), opened.len());
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
    let schema = generated::schema();
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
