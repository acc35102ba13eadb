//! Controls → typed checks, with every mistake of every check told at once.

use std::collections::BTreeSet;

use assay_controls::{Block, Check, Control};
use assay_model::schema::Schema;
use jiff::Timestamp;

use crate::error::CheckMistake;
use crate::query::{self, Diagnostic, Picked, Query, Selected, What};

/// A check that can be run.
pub(crate) struct Compiled<'c> {
    pub(crate) control: &'c Control,
    pub(crate) check: &'c Check,
    pub(crate) query: Query,
    pub(crate) population: Option<Query>,
    pub(crate) evidence: Option<Selected>,
}

/// Resolves all checks of controls.
pub(crate) fn compile<'c>(
    schema: &Schema,
    controls: &[&'c Control],
    as_of: Timestamp,
) -> Result<Vec<Compiled<'c>>, Vec<CheckMistake>> {
    let mut compiled = Vec::new();
    let mut mistakes = Vec::new();
    for control in controls {
        for check in &control.checks {
            match one(schema, control, check, as_of) {
                Ok(check) => compiled.push(check),
                Err(found) => mistakes.extend(found),
            }
        }
    }
    if mistakes.is_empty() { Ok(compiled) } else { Err(mistakes) }
}

/// All mistakes in the queries of controls.
pub fn check_controls(schema: &Schema, controls: &[&Control]) -> Vec<CheckMistake> {
    compile(schema, controls, Timestamp::UNIX_EPOCH).err().unwrap_or_default()
}

fn one<'c>(
    schema: &Schema,
    control: &'c Control,
    check: &'c Check,
    as_of: Timestamp,
) -> Result<Compiled<'c>, Vec<CheckMistake>> {
    let told = |block: &Block, found: Vec<Diagnostic>| -> Vec<CheckMistake> {
        let told = found.into_iter().map(|mistake| CheckMistake {
            control: control.id.to_string(),
            check: check.slug.to_string(),
            offset: block.offset,
            mistake,
        });
        told.collect()
    };
    let mut mistakes = Vec::new();
    let mut keep = |block: &Block, result: Result<Query, Vec<Diagnostic>>| match result {
        Ok(query) => Some(query),
        Err(found) => {
            mistakes.extend(told(block, found));
            None
        }
    };
    let query = keep(&check.query, query::query(schema, &check.query.text, as_of));
    let population =
        check.population.as_ref().map(|block| keep(block, query::query(schema, &block.text, as_of)));
    let evidence = match (&check.evidence, &query) {
        (Some(block), Some(query)) => {
            match query::selection(schema, &fragment_type(query), &block.text, as_of) {
                Ok(selected) => Some(selected),
                Err(found) => {
                    mistakes.extend(told(block, found));
                    None
                }
            }
        }
        _ => None,
    };
    match (query, population) {
        (Some(query), None) if mistakes.is_empty() => {
            Ok(Compiled { control, check, query, population: None, evidence })
        }
        (Some(query), Some(population)) if mistakes.is_empty() => {
            Ok(Compiled { control, check, query, population, evidence })
        }
        _ => Err(mistakes),
    }
}

/// The type of the rows a query yields; what all assets have in common, if it yields several.
fn fragment_type(query: &Query) -> String {
    let mut types = BTreeSet::new();
    for root in &query.roots {
        gather(&root.type_name, &root.selected, &mut types);
    }
    match (types.pop_first(), types.is_empty()) {
        (Some(only), true) => only,
        _ => "Asset".to_owned(),
    }
}

fn gather(type_name: &str, selected: &Selected, types: &mut BTreeSet<String>) {
    if selected.fragment {
        types.insert(type_name.to_owned());
    }
    gather_fields(&selected.fields, types);
}

fn gather_fields(fields: &[Picked], types: &mut BTreeSet<String>) {
    for picked in fields {
        match &picked.what {
            What::Struct(fields) => gather_fields(fields, types),
            What::Related { set, selected, .. } => gather(&set.to, selected, types),
            _ => {}
        }
    }
}
