//! One check over a snapshot: which assets fail, pass or stay unknown.

use std::collections::{BTreeMap, BTreeSet};

use arrow::buffer::BooleanBuffer;
use assay_model::schema::{Source, TableId, TypeDef, Via};

use crate::Error;
use crate::data::Data;
use crate::mask::Mask;
use crate::query::{FieldPath, Filter, Picked, Query, Root, Selected, What};

/// What a query yields: the rows at its fragments, with what is known of each.
#[derive(Debug, Default)]
pub struct Yield {
    /// By table: which rows are in the result, and which were examined.
    pub sites: Vec<Site>,
    /// Rows of assets below which there may be more than could be read, by table.
    pub open: BTreeMap<TableId, BooleanBuffer>,
    /// Whether rows that are no assets of their own may lead to more than could be read.
    pub open_elsewhere: bool,
    /// Gaps that leave it unknown which assets there are.
    pub gaps: BTreeSet<usize>,
    /// Every asset table that was read.
    pub reads: BTreeSet<TableId>,
    /// Whether containers' flags were asked about.
    pub flags: bool,
    /// Whether values were asked for by their paths in objects.
    pub paths: bool,
}

/// What is known of the rows of one table.
#[derive(Debug)]
pub struct Found {
    /// Whether each row is in the result: never one that was not examined.
    pub result: Mask,
    /// Whether each row was examined.
    pub examined: BooleanBuffer,
}

/// The rows of one table at a fragment.
#[derive(Debug)]
pub struct Site {
    /// The table.
    pub table: TableId,
    /// Whether each row is in the result.
    pub result: Mask,
    /// Whether each row was examined.
    pub examined: BooleanBuffer,
    /// The path of selections to the fragment, for evidence.
    pub selected: Selected,
}

impl Data<'_> {
    /// Runs a query.
    pub fn run(&self, query: &Query) -> Result<Yield, Error> {
        let mut found = Yield::default();
        for root in &query.roots {
            self.run_root(root, &mut found)?;
        }
        Ok(found)
    }

    /// The asset tables that the filters of its roots read.
    pub(crate) fn reads(&self, query: &Query) -> BTreeSet<TableId> {
        let mut found = Yield::default();
        for root in &query.roots {
            self.note_reads(&root.filter, &self.schema.tables_of(&root.type_name), &mut found);
        }
        found.reads
    }

    fn run_root(&self, root: &Root, found: &mut Yield) -> Result<(), Error> {
        let tables = self.schema.tables_of(&root.type_name);
        self.note_reads(&root.filter, &tables, found);
        for table in tables {
            for source in self.sources(table) {
                found.reads.insert(source);
                found.gaps.extend(self.gaps.of_table(source, &[]));
            }
            let mut examined = BooleanBuffer::new_set(self.rows(table)?);
            if root.top_level {
                examined = &examined & &self.top_level(table)?;
            }
            let result = Mask::known(examined.clone()).and(&self.eval(table, &root.filter)?);
            self.descend(table, &result, &examined, &root.selected, found)?;
        }
        Ok(())
    }

    fn descend(
        &self,
        table: TableId,
        result: &Mask,
        examined: &BooleanBuffer,
        selected: &Selected,
        found: &mut Yield,
    ) -> Result<(), Error> {
        if selected.fragment {
            let selected = selected.clone();
            found.sites.push(Site { table, result: result.clone(), examined: examined.clone(), selected });
        }
        self.descend_fields(table, result, examined, &selected.fields, found)
    }

    fn descend_fields(
        &self,
        table: TableId,
        result: &Mask,
        examined: &BooleanBuffer,
        fields: &[Picked],
        found: &mut Yield,
    ) -> Result<(), Error> {
        for picked in fields {
            match &picked.what {
                What::Struct(fields) => self.descend_fields(table, result, examined, fields, found)?,
                What::Related { set, filter, selected, .. } if selected.yields() => {
                    let edges = self.edges(table, &set.path)?;
                    found.reads.extend(self.field_sources(table, &set.path));
                    self.note_open(table, result, &edges.incomplete, found)?;
                    for (target, adjacency) in &edges.to {
                        found.reads.extend(self.sources(*target));
                        self.note_reads(filter, &[*target], found);
                        let rows = self.rows(*target)?;
                        let reached = |from: &BooleanBuffer| adjacency.reached(from, rows);
                        let mut narrowed = (result.map(reached), reached(examined));
                        if let Some(narrow) = &set.narrow {
                            let narrow = self.eval(*target, narrow)?;
                            narrowed = (narrowed.0.and(&narrow), &narrowed.1 & &narrow.maybe);
                        }
                        let result = narrowed.0.and(&self.eval(*target, filter)?);
                        self.descend(*target, &result, &narrowed.1, selected, found)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Assets whose relation may lead to more than could be read, as far as the query gets to them.
    fn note_open(
        &self,
        table: TableId,
        result: &Mask,
        incomplete: &BooleanBuffer,
        found: &mut Yield,
    ) -> Result<(), Error> {
        let open = &result.maybe & incomplete;
        if open.count_set_bits() == 0 {
            return Ok(());
        }
        let assets = self.asset_rows(table)?;
        let asset = self.schema.asset_table(table);
        if !self.schema.get(&self.schema.table(asset).type_name).is_some_and(TypeDef::is_asset) {
            found.open_elsewhere = true;
            return Ok(());
        }
        let mut rows = vec![false; self.rows(asset)?];
        open.set_indices().for_each(|row| rows[assets[row] as usize] = true);
        let rows: BooleanBuffer = rows.into_iter().collect();
        found.open.entry(asset).and_modify(|known| *known = &*known | &rows).or_insert(rows);
        Ok(())
    }

    /// Records the asset tables that a filter on rows of some tables reads through relations. Where a relation leads
    /// does not depend on the table, so each level is looked at once: interfaces have more than a hundred.
    fn note_reads(&self, filter: &Filter, tables: &[TableId], found: &mut Yield) {
        let mut note_fields = |paths: &[&FieldPath]| {
            for table in tables {
                found.reads.extend(paths.iter().flat_map(|path| self.field_sources(*table, path)));
            }
        };
        match filter {
            Filter::And(filters) | Filter::Or(filters) => {
                filters.iter().for_each(|filter| self.note_reads(filter, tables, found));
            }
            Filter::Not(filter) => self.note_reads(filter, tables, found),
            Filter::Related { set, filter, .. } => {
                note_fields(&[&set.path]);
                found.flags |= set.to == "CommandFlag";
                let targets = self.schema.tables_of(&set.to);
                if tables.iter().any(|table| !self.is_child(*table, &set.path)) {
                    found.reads.extend(targets.iter().flat_map(|target| self.sources(*target)));
                }
                self.note_reads(filter, &targets, found);
            }
            Filter::Test { path, .. } => note_fields(&[path]),
            Filter::Fields { path, other, .. } => note_fields(&[path, other]),
            Filter::Duplicated { of, path, .. } => {
                note_fields(&[path]);
                let tables = self.schema.tables_of(of).into_iter();
                found.reads.extend(tables.flat_map(|table| self.sources(table)));
            }
            Filter::Object { .. } => found.paths = true,
            Filter::Present(_) | Filter::Given(_) => {}
        }
    }

    fn is_child(&self, table: TableId, path: &[String]) -> bool {
        let field = crate::data::spot(self.schema, table, path).map(|spot| &spot.field.source);
        matches!(
            field,
            Some(Source::Relation(relation)) if matches!(relation.via, Via::Children { .. } | Via::Parent)
        )
    }
}

impl Yield {
    /// What is known of the rows of each table. A row at two fragments is in the result if it is at either.
    pub fn tables(&self) -> BTreeMap<TableId, Found> {
        let mut tables: BTreeMap<TableId, Found> = BTreeMap::new();
        for site in &self.sites {
            let here = Found { result: site.result.clone(), examined: site.examined.clone() };
            tables
                .entry(site.table)
                .and_modify(|known| {
                    known.result = known.result.or(&here.result);
                    known.examined = &known.examined | &here.examined;
                })
                .or_insert(here);
        }
        tables
    }
}
