//! Relations → parts with an edge for each related row, and with how many related rows satisfy a filter.
//!
//! An edge to NULL says that a row may lead to more than could be read.

use assay_model::schema::{Source, TableId, Via};

use super::Unlowered;
use super::needs::relation_file;
use super::statement::{Columns, Statement};
use super::value::sign;
use crate::data::spot;
use crate::elsewhere::led;
use crate::query::{Filter, Order, Quantifier, Set};

impl Statement<'_> {
    /// A part with what is known of rows: `holds`, and `member` where they may be narrowed. `only` keeps the rows
    /// of which it is true.
    pub(super) fn known(
        &mut self,
        hint: &str,
        tables: &[TableId],
        filter: &Filter,
        narrow: Option<&Filter>,
        only: Option<&Filter>,
    ) -> Result<String, Unlowered> {
        let mut columns = Columns::default();
        let holds = self.condition(hint, tables, filter, &mut columns)?;
        let member = narrow.map(|narrow| self.condition(hint, tables, narrow, &mut columns)).transpose()?;
        let only = only.map(|only| self.condition(hint, tables, only, &mut columns)).transpose()?;
        let rows = self.rows(hint, tables, &columns);
        let member = member.map(|member| format!(",\n  {member} AS member")).unwrap_or_default();
        let joins: String = columns.joins.iter().map(|join| format!("\n{join}")).collect();
        let only = only.map(|only| format!("\nWHERE coalesce({only}, false)")).unwrap_or_default();
        let body = format!(
            "SELECT r.cluster, r.snapshot, r.id,\n  {holds} AS holds{member}\nFROM {rows} r{joins}{only}"
        );
        Ok(self.part(&format!("{hint}_known"), body))
    }

    /// A quantifier over related rows, as a condition on a joined part that counts them.
    pub(super) fn related(
        &mut self,
        hint: &str,
        tables: &[TableId],
        set: &Set,
        quantifier: Quantifier,
        filter: &Filter,
        columns: &mut Columns,
    ) -> Result<String, Unlowered> {
        let field = set.path.last().map_or("related", String::as_str);
        let name = format!("{hint}_{field}");
        let counts = if set.to == "KeyValue" {
            self.entries(&name, tables, set, filter)?
        } else {
            let (edges, targets) = self.edges(&name, tables, &set.path, &set.to);
            let known = self.known(&name, &targets, filter, set.narrow.as_deref(), None)?;
            let text = counted(&edges, &known, self.dialect.name("to"), set.narrow.is_some());
            self.part(&format!("{name}_counted"), text)
        };
        let has_doubt = set.narrow.is_some() && set.to != "KeyValue";
        let number = columns.joins.len();
        let alias = format!("q{number}");
        columns.joins.push(format!(
            "LEFT JOIN {counts} {alias} ON {alias}.cluster = r.cluster AND {alias}.snapshot = r.snapshot AND {alias}.id = r.id"
        ));
        Ok(quantified(quantifier, &alias, has_doubt))
    }

    /// A part that counts a map's entries, which are rows with a key and a value.
    fn entries(
        &mut self,
        name: &str,
        tables: &[TableId],
        set: &Set,
        filter: &Filter,
    ) -> Result<String, Unlowered> {
        let mut selects = Vec::new();
        for table in tables {
            let source = self.source(*table);
            if let Some((column, _)) = self.column_of(*table, &set.path) {
                let entries = self.dialect.entries(&self.dialect.column("t", &column));
                selects
                    .push(format!("SELECT t.cluster, t.snapshot, t.id, {entries} AS entry FROM {source} t"));
            }
        }
        let mut counts = Vec::new();
        if !selects.is_empty() {
            let entries = self.part(&format!("{name}_entries"), selects.join("\nUNION ALL\n"));
            let holds = self.entry_condition(filter)?;
            let member = set.narrow.as_deref().map(|narrow| self.entry_condition(narrow)).transpose()?;
            let member = member.map(|member| format!(" WHERE {member}")).unwrap_or_default();
            counts.push(format!(
                "SELECT cluster, snapshot, id, {holds} AS holds, true AS there FROM {entries} e{member}"
            ));
        }
        for table in tables.iter().filter(|table| !self.schema.table(**table).is_list()) {
            if self.schema.table(*table).derived.is_none() {
                let source = self.source(*table);
                counts.push(format!(
                    "SELECT t.cluster, t.snapshot, t.id, NULL AS holds, false AS there FROM {source} t WHERE t.unreadable IS NOT NULL"
                ));
            }
        }
        if counts.is_empty() {
            let text = self.dialect.text("");
            counts.push(format!(
                "SELECT {text} AS cluster, {text} AS snapshot, {text} AS id, false AS holds, true AS there WHERE false"
            ));
        }
        let body = format!(
            "SELECT cluster, snapshot, id,\n  count(CASE WHEN there AND holds THEN 1 END) AS sure,\n  0 AS open,\n  count(CASE WHEN there AND NOT holds THEN 1 END) AS failing,\n  count(CASE WHEN NOT there THEN 1 END) AS more\nFROM (\n  {}\n) e\nGROUP BY cluster, snapshot, id",
            counts.join("\nUNION ALL\n").replace('\n', "\n  ")
        );
        Ok(self.part(&format!("{name}_counted"), body))
    }

    fn entry_condition(&self, filter: &Filter) -> Result<String, Unlowered> {
        let all = |filters: &[Filter], word: &str, none: &str| -> Result<String, Unlowered> {
            let all: Vec<String> =
                filters.iter().map(|filter| self.entry_condition(filter)).collect::<Result<_, _>>()?;
            Ok(if all.is_empty() { none.to_owned() } else { format!("({})", all.join(word)) })
        };
        let part = |path: &[String]| match path.first().is_some_and(|name| name == "key") {
            true => "e.entry.key",
            false => "e.entry.value",
        };
        match filter {
            Filter::And(filters) => all(filters, " AND ", "true"),
            Filter::Or(filters) => all(filters, " OR ", "false"),
            Filter::Not(inner) => Ok(format!("NOT ({})", self.entry_condition(inner)?)),
            Filter::Test { path, scalar, test } => {
                super::value::passes(self.dialect, part(path), *scalar, false, test)
            }
            Filter::Fields { path, order, other, .. } => {
                Ok(format!("coalesce({} {} {}, false)", part(path), sign(*order), part(other)))
            }
            // Entries have a key and a value, and no more.
            _ => Ok("false".to_owned()),
        }
    }

    /// A part with a relation's edges, and the tables it leads to.
    pub(super) fn edges(
        &mut self,
        name: &str,
        tables: &[TableId],
        path: &[String],
        to: &str,
    ) -> (String, Vec<TableId>) {
        let mut selects = Vec::new();
        let mut targets = Vec::new();
        for table in tables {
            self.edges_of(*table, path, to, &mut selects, &mut targets);
        }
        targets.sort_unstable();
        targets.dedup();
        if selects.is_empty() {
            let text = self.dialect.text("");
            selects.push(format!(
                "SELECT {text} AS cluster, {text} AS snapshot, {text} AS id, {text} AS {} WHERE false",
                self.dialect.name("to")
            ));
        }
        (self.part(&format!("{name}_edges"), selects.join("\nUNION ALL\n")), targets)
    }

    fn edges_of(
        &mut self,
        table: TableId,
        path: &[String],
        to: &str,
        selects: &mut Vec<String>,
        targets: &mut Vec<TableId>,
    ) {
        let Some(spot) = spot(self.schema, table, path) else { return };
        if led(self.schema, table, path).is_some() {
            return self.derived_edges(table, path, to, selects, targets);
        }
        let Source::Relation(relation) = &spot.field.source else { return };
        let (own, quoted) = (self.schema.table(table), self.dialect.name("to"));
        // Aggregated roles have rules of others, too.
        let is_gathered = own.name == "clusterroles" && spot.dotted() == "rules";
        match relation.via {
            Via::Children { .. } if !is_gathered => {
                let field = spot.dotted();
                let children: Vec<TableId> =
                    own.children.iter().copied().filter(|c| self.schema.table(*c).field == field).collect();
                for child in children {
                    let source = self.source(child);
                    let parent = self.dialect.name("parentId");
                    selects.push(format!(
                        "SELECT t.cluster, t.snapshot, t.{parent} AS id, t.id AS {quoted} FROM {source} t"
                    ));
                    targets.push(child);
                }
                if !own.is_list() && own.derived.is_none() {
                    let source = self.source(table);
                    selects.push(format!(
                        "SELECT t.cluster, t.snapshot, t.id, NULL AS {quoted} FROM {source} t WHERE t.unreadable IS NOT NULL"
                    ));
                }
            }
            Via::Parent => {
                let source = self.source(table);
                let parent = self.dialect.name("parentId");
                selects.push(format!(
                    "SELECT t.cluster, t.snapshot, t.id, t.{parent} AS {quoted} FROM {source} t"
                ));
                targets.extend(own.parent);
            }
            _ => self.derived_edges(table, path, to, selects, targets),
        }
    }

    fn derived_edges(
        &mut self,
        table: TableId,
        path: &[String],
        to: &str,
        selects: &mut Vec<String>,
        targets: &mut Vec<TableId>,
    ) {
        self.needs.relations.insert((table, path.to_vec()));
        let source = self.derived(&relation_file(self.schema, table, path));
        let quoted = self.dialect.name("to");
        selects.push(format!("SELECT t.cluster, t.snapshot, t.id, t.{quoted} FROM {source} t"));
        targets.extend(self.schema.tables_of(to));
    }
}

/// Counts the related rows of each row: that surely satisfy the filter (`sure`), that may (`open`), that surely
/// fail it (`failing`), and whether there may be more. Where they are narrowed, also those that may be related and may
/// fail (`doubtful`): else that are the open ones.
fn counted(edges: &str, known: &str, to: String, is_narrowed: bool) -> String {
    let (both, fails) = match is_narrowed {
        false => ("t.holds", "NOT t.holds"),
        true => ("t.member AND t.holds", "t.member AND NOT t.holds"),
    };
    let unknown =
        |condition: &str| format!("count(CASE WHEN e.{to} IS NOT NULL AND ({condition}) IS NULL THEN 1 END)");
    let doubtful = if is_narrowed { format!("  {} AS doubtful,\n", unknown(fails)) } else { String::new() };
    format!(
        "SELECT e.cluster, e.snapshot, e.id,
  count(CASE WHEN {both} THEN 1 END) AS sure,
  {open} AS open,
  count(CASE WHEN {fails} THEN 1 END) AS failing,
{doubtful}  count(CASE WHEN e.{to} IS NULL THEN 1 END) AS more
FROM {edges} e
LEFT JOIN {known} t ON t.cluster = e.cluster AND t.snapshot = e.snapshot AND t.id = e.{to}
GROUP BY e.cluster, e.snapshot, e.id",
        open = unknown(both)
    )
}

/// A quantifier over what a part counted; no row there is no related row.
fn quantified(quantifier: Quantifier, q: &str, has_doubt: bool) -> String {
    let open = format!("{q}.open > 0 OR {q}.more > 0");
    match quantifier {
        Quantifier::Some => {
            format!("CASE WHEN {q}.sure > 0 THEN true WHEN {open} THEN NULL ELSE false END")
        }
        Quantifier::All if has_doubt => format!(
            "CASE WHEN {q}.failing > 0 THEN false WHEN {q}.doubtful > 0 OR {q}.more > 0 THEN NULL WHEN {q}.sure > 0 THEN true WHEN {q}.open > 0 THEN NULL ELSE false END"
        ),
        Quantifier::All => format!(
            "CASE WHEN {q}.failing > 0 THEN false WHEN {open} THEN NULL ELSE coalesce({q}.sure > 0, false) END"
        ),
        Quantifier::Single => format!(
            "CASE WHEN {q}.sure > 1 THEN false WHEN {open} THEN NULL ELSE coalesce({q}.sure = 1, false) END"
        ),
        Quantifier::Count(order, number) => compared(
            order,
            number,
            &format!("coalesce({q}.sure, 0)"),
            &format!("coalesce({q}.sure + {q}.open, 0)"),
            &format!("coalesce({q}.more > 0, false)"),
        ),
    }
}

/// Whether a number that lies between two others, or beyond, compares so.
pub(super) fn compared(order: Order, number: i64, least: &str, most: &str, more: &str) -> String {
    let sign = sign(order);
    match order {
        Order::Eq => format!(
            "CASE WHEN {least} = {most} AND NOT {more} THEN {least} = {number} WHEN {least} > {number} OR ({most} < {number} AND NOT {more}) THEN false END"
        ),
        Order::Gt | Order::Gte => format!(
            "CASE WHEN {least} {sign} {number} THEN true WHEN {more} OR {most} {sign} {number} THEN NULL ELSE false END"
        ),
        Order::Lt | Order::Lte => format!(
            "CASE WHEN NOT {least} {sign} {number} THEN false WHEN {more} OR NOT {most} {sign} {number} THEN NULL ELSE true END"
        ),
    }
}
