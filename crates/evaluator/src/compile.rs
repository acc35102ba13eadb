//! Controls → typed checks, with every mistake of every check told at once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assay_controls::{Block, Check, Control};
use assay_model::cores::side_by_side;
use assay_model::schema::Schema;
use jiff::Timestamp;

use crate::error::CheckMistake;
use crate::query::{self, Bindings, Diagnostic, Picked, Query, Selected, What};

/// Controls that no thread is worth being started for.
const FEW: usize = 4;

/// A check that can be run.
pub(crate) struct Compiled<'c> {
    pub(crate) control: &'c Control,
    pub(crate) check: &'c Check,
    pub(crate) query: Query,
    pub(crate) population: Option<Query>,
    pub(crate) evidence: Option<Selected>,
    /// The control's id and the check's slug, as all its findings have them.
    names: (Arc<str>, Arc<str>),
}

impl Compiled<'_> {
    /// The control's id and the check's slug.
    pub(crate) fn names(&self) -> (Arc<str>, Arc<str>) {
        self.names.clone()
    }

    /// Whether it depends on the instant that ages are counted from.
    fn counts_ages(&self) -> bool {
        self.query.counts_ages()
            || self.population.as_ref().is_some_and(Query::counts_ages)
            || self.evidence.as_ref().is_some_and(Selected::counts_ages)
    }

    /// Where its findings come among those of all checks: worst first.
    pub(crate) fn rank(&self) -> impl Ord + '_ {
        (Reverse(self.control.severity), self.control.id.as_str(), self.check.slug.as_str())
    }
}

/// Resolves all checks of controls. A control's own variables come before the queries' defaults, and those of
/// `bindings` before both.
pub(crate) fn compile<'c>(
    schema: &Schema,
    controls: &[&'c Control],
    bindings: &Bindings<'_>,
) -> Result<Vec<Compiled<'c>>, Vec<CheckMistake>> {
    let of_controls = side_by_side(controls, FEW, |control| {
        let mut variables = control.variables.clone();
        variables.extend(bindings.variables.iter().map(|(name, value)| (name.clone(), value.clone())));
        let bindings = Bindings { variables: &variables, ..*bindings };
        let (mut compiled, mut mistakes) = (Vec::new(), Vec::new());
        for check in &control.checks {
            let mut one = One { schema, control, check, bindings, mistakes: &mut mistakes };
            compiled.extend(one.compile());
        }
        (compiled, mistakes)
    });
    let (compiled, mistakes): (Vec<_>, Vec<_>) = of_controls.into_iter().unzip();
    let mistakes: Vec<_> = mistakes.into_iter().flatten().collect();
    if mistakes.is_empty() { Ok(compiled.into_iter().flatten().collect()) } else { Err(mistakes) }
}

/// Controls whose checks are resolved.
pub struct Checks<'c> {
    pub(crate) schema: &'c Schema,
    pub(crate) bindings: Bindings<'c>,
    /// By id, manual ones included.
    pub(crate) controls: Vec<&'c Control>,
    compiled: Vec<Compiled<'c>>,
}

impl<'c> Checks<'c> {
    /// Resolves all checks of controls.
    ///
    /// # Errors
    /// All mistakes in their queries.
    pub fn resolve(
        schema: &'c Schema,
        controls: &[&'c Control],
        bindings: impl Into<Bindings<'c>>,
    ) -> Result<Self, Vec<CheckMistake>> {
        let (mut controls, bindings) = (controls.to_vec(), bindings.into());
        controls.sort_by(|a, b| a.id.cmp(&b.id));
        let compiled = compile(schema, &controls, &bindings)?;
        Ok(Self { schema, bindings, controls, compiled })
    }

    /// Resolves the checks again that count ages, from another instant.
    pub(crate) fn anew(&self, as_of: Timestamp) -> Result<Vec<Compiled<'c>>, Vec<CheckMistake>> {
        if as_of == self.bindings.as_of {
            return Ok(Vec::new());
        }
        let mut dated: Vec<&Control> =
            self.compiled.iter().filter(|one| one.counts_ages()).map(|one| one.control).collect();
        dated.dedup_by_key(|control| &control.id);
        compile(self.schema, &dated, &Bindings { as_of, ..self.bindings })
    }

    /// All checks, by control, with these in place of their own.
    pub(crate) fn with<'a>(&'a self, anew: &'a [Compiled<'c>]) -> Vec<&'a Compiled<'c>> {
        let anew: BTreeMap<_, _> = anew.iter().map(|one| (&one.names, one)).collect();
        self.compiled.iter().map(|one| anew.get(&one.names).copied().unwrap_or(one)).collect()
    }
}

/// The type of the assets that a check's query yields; what all have in common, if they are of several types.
pub fn result_type<'b>(schema: &Schema, check: &Check, bindings: impl Into<Bindings<'b>>) -> Option<String> {
    query::query(schema, &check.query.text, bindings.into()).ok().map(|query| fragment_type(&query))
}

/// One check under way.
struct One<'o, 'c> {
    schema: &'o Schema,
    control: &'c Control,
    check: &'c Check,
    bindings: Bindings<'o>,
    mistakes: &'o mut Vec<CheckMistake>,
}

impl<'c> One<'_, 'c> {
    /// The check, unless one of its blocks is mistaken.
    fn compile(&mut self) -> Option<Compiled<'c>> {
        let Check { query, population, evidence, unknown, .. } = self.check;
        let (control, check) = (self.control, self.check);
        let names = (control.id.as_str().into(), check.slug.as_str().into());
        if unknown.is_some() {
            let query = Query { roots: Vec::new() };
            return Some(Compiled { control, check, query, population: None, evidence: None, names });
        }
        let resolved = match &self.check.return_path {
            Some(path) => query::query_at(self.schema, &query.text, path, self.bindings),
            None => query::query(self.schema, &query.text, self.bindings),
        };
        let resolved = self.keep(query, resolved).map(query::plan);
        let population = population.as_ref().map(|block| {
            self.keep(block, query::query(self.schema, &block.text, self.bindings)).map(query::plan)
        });
        let resolved = resolved?;
        let evidence = evidence.as_ref().map(|block| {
            let of = fragment_type(&resolved);
            self.keep(block, query::selection(self.schema, &of, &block.text, self.bindings))
        });
        let (population, evidence) = (all(population)?, all(evidence)?);
        Some(Compiled { control, check, query: resolved, population, evidence, names })
    }

    /// What a block resolves to; its mistakes go to those of the control.
    fn keep<T>(&mut self, block: &Block, resolved: Result<T, Vec<Diagnostic>>) -> Option<T> {
        let found = match resolved {
            Ok(resolved) => return Some(resolved),
            Err(found) => found,
        };
        self.mistakes.extend(found.into_iter().map(|mistake| CheckMistake {
            control: self.control.id.to_string(),
            check: self.check.slug.to_string(),
            offset: block.offset,
            mistake,
        }));
        None
    }
}

/// A block that is not there is right; one that is mistaken is not.
fn all<T>(block: Option<Option<T>>) -> Option<Option<T>> {
    match block {
        Some(None) => None,
        Some(Some(resolved)) => Some(Some(resolved)),
        None => Some(None),
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
