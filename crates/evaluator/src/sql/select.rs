//! Walks a query from its roots to where the result stands.

use std::collections::BTreeSet;

use assay_model::schema::{Scalar, TableId, TypeDef, root_field};

use super::Unlowered;
use super::statement::Statement;
use crate::data::sources;
use crate::query::{Filter, Literal, Picked, Query, Selected, Test, What};

/// What a query yields, as `SELECT`s.
#[derive(Default)]
pub(super) struct Answers {
    /// Of assets that were examined: cluster, snapshot, id, holds.
    pub(super) sites: Vec<String>,
    /// Of assets below which there may be more: cluster, snapshot, id.
    pub(super) open: Vec<String>,
    /// Of snapshots in which rows that are no assets may lead to more: cluster, snapshot.
    pub(super) elsewhere: Vec<String>,
    /// The tables whose rows the query begins with.
    pub(super) roots: BTreeSet<TableId>,
}

impl Statement<'_> {
    /// Lowers a query.
    pub(super) fn query(&mut self, query: &Query) -> Result<Answers, Unlowered> {
        let mut answers = Answers::default();
        for root in &query.roots {
            let tables = self.schema.tables_of(&root.type_name);
            answers.roots.extend(tables.iter().flat_map(|table| sources(self.schema, *table)));
            let top_level = root.top_level.then(|| Filter::Test {
                path: vec!["topLevel".to_owned()],
                scalar: Scalar::Boolean,
                test: Test::In(vec![Literal::Boolean(true)]),
            });
            let hint = root_field(&root.type_name);
            let known = self.examined(&hint, &tables, &root.filter, top_level.as_ref())?;
            self.descend(&hint, &tables, &known, &root.selected, &mut answers)?;
        }
        Ok(answers)
    }

    /// The rows a root begins with. Whether a workload stands for its pods is known of unreadable ones, too.
    fn examined(
        &mut self,
        hint: &str,
        tables: &[TableId],
        filter: &Filter,
        top_level: Option<&Filter>,
    ) -> Result<String, Unlowered> {
        let known = self.known(hint, tables, filter, None, None)?;
        if top_level.is_none() {
            return Ok(known);
        }
        let mut columns = super::statement::Columns::default();
        let fact = super::needs::Filtered::Field(vec!["topLevel".to_owned()]);
        let value = columns.fact_value(self, "topLevel", fact);
        let rows = self.rows(&format!("{hint}_standing"), tables, &columns);
        let body = format!(
            "SELECT k.*\nFROM {known} k\nJOIN {rows} r ON r.cluster = k.cluster AND r.snapshot = k.snapshot AND r.id = k.id\nWHERE {value}"
        );
        Ok(self.part(&format!("top_level_{hint}"), body))
    }

    fn descend(
        &mut self,
        hint: &str,
        tables: &[TableId],
        known: &str,
        selected: &Selected,
        answers: &mut Answers,
    ) -> Result<(), Unlowered> {
        if selected.fragment {
            answers.sites.push(format!("SELECT cluster, snapshot, id, holds FROM {known}"));
        }
        self.descend_fields(hint, tables, known, &selected.fields, answers)
    }

    fn descend_fields(
        &mut self,
        hint: &str,
        tables: &[TableId],
        known: &str,
        fields: &[Picked],
        answers: &mut Answers,
    ) -> Result<(), Unlowered> {
        for picked in fields {
            match &picked.what {
                What::Struct(fields) => self.descend_fields(hint, tables, known, fields, answers)?,
                What::Related { set, filter, selected, .. } if selected.yields() => {
                    let field = set.path.last().map_or("related", String::as_str);
                    let name = format!("{hint}_{field}");
                    let (edges, targets) = self.edges(&name, tables, &set.path, &set.to);
                    self.note_open(tables, known, &edges, answers);
                    let there = self.known(&name, &targets, filter, set.narrow.as_deref(), None)?;
                    let reached = self.reached(&name, known, &edges, &there, set.narrow.is_some());
                    self.descend(&name, &targets, &reached, selected, answers)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Rows that others lead to: in the result if one that leads there is, and the filter holds.
    fn reached(&mut self, name: &str, from: &str, edges: &str, there: &str, narrowed: bool) -> String {
        let to = self.dialect.name("to");
        let (member, kept) =
            if narrowed { ("t.member AND ", "\nWHERE coalesce(t.member, true)") } else { ("", "") };
        let body = format!(
            "SELECT t.cluster, t.snapshot, t.id, {member}t.holds AND f.holds AS holds
FROM {there} t
JOIN (
  SELECT e.cluster, e.snapshot, e.{to} AS id,
    CASE WHEN count(CASE WHEN k.holds THEN 1 END) > 0 THEN true WHEN count(CASE WHEN k.holds IS NULL THEN 1 END) > 0 THEN NULL ELSE false END AS holds
  FROM {edges} e
  JOIN {from} k ON k.cluster = e.cluster AND k.snapshot = e.snapshot AND k.id = e.id
  WHERE e.{to} IS NOT NULL
  GROUP BY e.cluster, e.snapshot, e.{to}
) f ON f.cluster = t.cluster AND f.snapshot = t.snapshot AND f.id = t.id{kept}"
        );
        self.part(&format!("{name}_reached"), body)
    }

    /// Assets whose relation may lead to more than could be read, as far as the query gets to them.
    fn note_open(&mut self, tables: &[TableId], known: &str, edges: &str, answers: &mut Answers) {
        let to = self.dialect.name("to");
        let of_assets = tables.iter().all(|table| {
            let asset = self.schema.table(self.schema.asset_table(*table));
            self.schema.get(&asset.type_name).is_some_and(TypeDef::is_asset)
        });
        let hash = self.dialect.text("#");
        let from = format!(
            "FROM {known} k\nJOIN {edges} e ON e.cluster = k.cluster AND e.snapshot = k.snapshot AND e.id = k.id\nWHERE e.{to} IS NULL AND coalesce(k.holds, true)"
        );
        if of_assets {
            let asset = format!("split_part(k.id, {hash}, 1)");
            answers.open.push(format!("SELECT k.cluster, k.snapshot, {asset} AS id {from}"));
        } else {
            answers.elsewhere.push(format!("SELECT k.cluster, k.snapshot {from}"));
        }
    }
}
