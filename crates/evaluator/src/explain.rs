//! Why an asset passes or fails a check: the tree of its conditions, each with the value that decided it.

use std::sync::Arc;

use assay_audit::audit::Gap;
use assay_audit::finding::AssetRef;
use assay_model::schema::{Schema, TableId};
use serde_json::Value;

use crate::Error;
use crate::data::Data;
use crate::project::value_at;
use crate::query::{Filter, Query, Selected, Set, What, say};
use crate::unread::Unread;

/// Related rows beyond these are counted.
const SHOWN: usize = 10;

/// A condition, and what is known of it for one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What it says.
    pub text: String,
    /// Whether it holds; `None` where that is unknown, or where no row was asked about.
    pub holds: Option<bool>,
    /// Whether a row was asked about.
    pub asked: bool,
    /// The values that decided: one, or those of two fields that are compared.
    pub values: Vec<Value>,
    /// What it is made of.
    pub below: Vec<Condition>,
}

impl Condition {
    fn heading(text: impl Into<String>, below: Vec<Self>) -> Self {
        Self { text: text.into(), holds: None, asked: false, values: Vec::new(), below }
    }
}

/// One level of a query: rows of a type, and the condition on them.
struct Level<'q> {
    type_name: &'q str,
    set: Option<&'q Set>,
    filter: &'q Filter,
}

/// The ways from a root of the query to where its result stands.
fn ways(query: &Query) -> Vec<Vec<Level<'_>>> {
    let mut ways = Vec::new();
    for root in &query.roots {
        let level = Level { type_name: &root.type_name, set: None, filter: &root.filter };
        descend(vec![level], &root.selected, &mut ways);
    }
    ways
}

fn descend<'q>(way: Vec<Level<'q>>, selected: &'q Selected, ways: &mut Vec<Vec<Level<'q>>>) {
    let copy = |way: &[Level<'q>]| -> Vec<Level<'q>> {
        way.iter().map(|l| Level { type_name: l.type_name, set: l.set, filter: l.filter }).collect()
    };
    if selected.fragment {
        ways.push(copy(&way));
    }
    let mut open: Vec<&What> = selected.fields.iter().map(|picked| &picked.what).collect();
    while let Some(what) = open.pop() {
        match what {
            What::Struct(fields) => open.extend(fields.iter().map(|picked| &picked.what)),
            What::Related { set, filter, selected, .. } if selected.yields() => {
                let mut next = copy(&way);
                next.push(Level { type_name: &set.to, set: Some(set), filter });
                descend(next, selected, ways);
            }
            _ => {}
        }
    }
}

/// A query in English: for each place of its result, what its assets have to be.
pub fn explain_query(query: &Query) -> Vec<Condition> {
    let explained = ways(query).into_iter().map(|way| {
        let levels = way.iter().map(|level| level_of(level, vec![plain(level.filter)]));
        Condition::heading("an asset is in the result if", levels.collect())
    });
    explained.collect()
}

fn level_of(level: &Level<'_>, below: Vec<Condition>) -> Condition {
    let text = match level.set {
        None => format!("it starts from a {} for which", level.type_name),
        Some(set) => {
            let narrow = set.narrow.as_ref().map(|filter| format!(", {}", say(filter))).unwrap_or_default();
            format!("it is a {} in `{}` of that{narrow}, for which", level.type_name, set.path.join("."))
        }
    };
    Condition::heading(text, below)
}

fn plain(filter: &Filter) -> Condition {
    let below = match filter {
        Filter::And(filters) | Filter::Or(filters) => filters.iter().map(plain).collect(),
        Filter::Not(filter) => vec![plain(filter)],
        Filter::Related { filter, .. } if !is_everything(filter) => vec![plain(filter)],
        _ => Vec::new(),
    };
    Condition::heading(say(filter), below)
}

fn is_everything(filter: &Filter) -> bool {
    matches!(filter, Filter::And(filters) if filters.is_empty())
}

/// What a query says of one asset.
#[derive(Debug)]
pub struct Explained {
    /// The asset.
    pub asset: Arc<AssetRef>,
    /// Whether it is in the result; `None` where that is unknown.
    pub found: Option<bool>,
    /// The levels that lead to it, the asset's own last.
    pub levels: Vec<Condition>,
    /// Where it is unknown, what may be why.
    pub gaps: Vec<Gap>,
}

impl Data<'_> {
    /// What a query says of each examined asset that a predicate on ids picks.
    pub fn explain(&self, query: &Query, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Explained>, Error> {
        let mut explained = Vec::new();
        let run = self.run(query)?;
        let mut unread = Unread::of(self)?;
        let of_check = unread.of_check(self, &run);
        for (table, known) in run.tables() {
            let ids = self.ids(table)?;
            for row in known.examined.set_indices().filter(|row| wanted(ids.value(*row))) {
                let found = (!known.result.is_unknown(row)).then(|| known.result.is_sure(row));
                let mut levels = Vec::new();
                for way in ways(query) {
                    levels.extend(self.explain_way(&way, table, row)?);
                }
                let gaps = match found {
                    Some(_) => Vec::new(),
                    None => unread.gaps_of_row(self, &of_check, (table, row))?,
                };
                explained.push(Explained { asset: self.asset_ref(table, row)?, found, levels, gaps });
            }
        }
        Ok(explained)
    }

    /// The levels of a way that lead to a row, outermost first; none if the way does not lead there.
    fn explain_way(&self, way: &[Level<'_>], table: TableId, row: usize) -> Result<Vec<Condition>, Error> {
        let Some((level, before)) = way.split_last() else { return Ok(Vec::new()) };
        if !self.schema.tables_of(level.type_name).contains(&table) {
            return Ok(Vec::new());
        }
        let own = level_of(level, vec![self.condition(table, row, level.filter)?]);
        let (Some(set), Some(outer)) = (level.set, before.last()) else { return Ok(vec![own]) };
        let mut levels = Vec::new();
        for from in self.schema.tables_of(outer.type_name) {
            let edges = self.edges(from, &set.path)?;
            let adjacent = edges.to.iter().filter(|(to, _)| *to == table);
            let above: Vec<usize> = adjacent
                .flat_map(|(_, adjacency)| adjacency.pairs())
                .filter(|(_, to)| *to as usize == row)
                .map(|(from, _)| from as usize)
                .collect();
            for above in above.into_iter().take(SHOWN) {
                levels.extend(self.explain_way(before, from, above)?);
            }
        }
        if levels.is_empty() {
            return Ok(levels);
        }
        levels.push(own);
        Ok(levels)
    }

    fn condition(&self, table: TableId, row: usize, filter: &Filter) -> Result<Condition, Error> {
        let mask = self.eval(table, filter)?;
        let holds = (!mask.is_unknown(row)).then(|| mask.is_sure(row));
        let below = match filter {
            Filter::And(filters) | Filter::Or(filters) => {
                filters.iter().map(|filter| self.condition(table, row, filter)).collect::<Result<_, _>>()?
            }
            Filter::Not(filter) => vec![self.condition(table, row, filter)?],
            Filter::Related { set, filter, .. } if set.to != "KeyValue" => {
                self.related_conditions(table, row, set, filter)?
            }
            _ => Vec::new(),
        };
        Ok(Condition {
            text: say(filter),
            holds,
            asked: true,
            values: self.deciding(table, row, filter)?,
            below,
        })
    }

    /// The related rows of a row, each with what the condition says of it.
    fn related_conditions(
        &self,
        table: TableId,
        row: usize,
        set: &Set,
        filter: &Filter,
    ) -> Result<Vec<Condition>, Error> {
        let mut below = Vec::new();
        let mut more = 0;
        for (target, adjacency) in &self.edges(table, &set.path)?.to {
            let narrow = set.narrow.as_ref().map(|narrow| self.eval(*target, narrow)).transpose()?;
            let is_member = |to: &usize| narrow.as_ref().is_none_or(|mask| mask.maybe.value(*to));
            for to in adjacency.of(row).iter().map(|to| *to as usize).filter(is_member) {
                if below.len() == SHOWN {
                    more += 1;
                    continue;
                }
                let mask = self.eval(*target, filter)?;
                let holds = (!mask.is_unknown(to)).then(|| mask.is_sure(to));
                let of =
                    if is_everything(filter) { vec![] } else { vec![self.condition(*target, to, filter)?] };
                let text = name(self.schema, *target, self.ids(*target)?.value(to));
                below.push(Condition { text, holds, asked: true, values: Vec::new(), below: of });
            }
        }
        if more > 0 {
            below.push(Condition::heading(format!("and {more} more"), Vec::new()));
        }
        Ok(below)
    }

    /// The values that a condition on the row itself hangs on.
    fn deciding(&self, table: TableId, row: usize, filter: &Filter) -> Result<Vec<Value>, Error> {
        Ok(match filter {
            Filter::Test { path, .. } | Filter::Duplicated { path, .. } => {
                vec![value_at(&self.values(table, path)?, row)]
            }
            Filter::Fields { path, other, .. } => {
                vec![value_at(&self.values(table, path)?, row), value_at(&self.values(table, other)?, row)]
            }
            Filter::Object { path, .. } => vec![self.object_value(table, row, path)?],
            Filter::Related { set, .. } if set.to == "KeyValue" => {
                vec![value_at(&self.values(table, &set.path)?, row)]
            }
            _ => Vec::new(),
        })
    }
}

/// A row in words: its kind, and the end of its id.
fn name(schema: &Schema, table: TableId, id: &str) -> String {
    let short = id.rsplit_once('#').map_or(id, |(_, entry)| entry);
    format!("{} {short}", schema.table(table).type_name)
}
