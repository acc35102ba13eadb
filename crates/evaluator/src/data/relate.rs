//! The relations of the model, computed from rows. Each is a pure function of the tables it reads.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, StringArray};
use arrow::buffer::BooleanBuffer;
use assay_model::schema::{Relation, Source, TableId, Via};
use assay_model::selector::Selector;

use super::columns::{self, Spot, spot};
use super::edges::{Adjacency, Edges, index};
use super::refers::Reference;
use super::{Data, derive};
use crate::Error;
use crate::elsewhere::led;

impl Data<'_> {
    /// A relation of a table's rows, by the field's path; none if the field is no relation.
    pub fn edges(&self, table: TableId, path: &[String]) -> Result<Arc<Edges>, Error> {
        let Some(spot) = spot(self.schema, table, path) else {
            return Ok(Arc::new(self.no_edges(table)?));
        };
        self.edges.get((table, spot.dotted()), || {
            Ok(Arc::new(match &spot.field.source {
                Source::Relation(relation) => self.relate(table, &spot, relation)?,
                Source::Alias { .. } => match led(self.schema, table, path) {
                    Some((_, field, there)) => self.led_on(table, &[field], &there)?,
                    None => self.no_edges(table)?,
                },
                _ => self.no_edges(table)?,
            }))
        })
    }

    fn relate(&self, table: TableId, spot: &Spot<'_>, relation: &Relation) -> Result<Edges, Error> {
        match &relation.via {
            Via::Children { .. } => self.children(table, &spot.dotted()),
            Via::Parent => self.parent(table),
            Via::Members { kinds, cluster_scoped } => {
                self.members(table, &relation.to, kinds, *cluster_scoped)
            }
            Via::Refers { name, namespace, when, default } => {
                let reference = Reference {
                    name: spot.beside(name),
                    namespace: namespace.as_ref().map(|field| spot.beside(field)),
                    when: when.as_ref().map(|(field, values)| (spot.beside(field), values.as_slice())),
                    default: default.as_deref(),
                };
                self.refers(table, &relation.to, &reference)
            }
            Via::Inverse { of } => self.inverse(table, &relation.to, of),
            Via::Selects { selector } => self.selects(table, &relation.to, &spot.beside(selector)),
            Via::Owner => self.owner(table, &relation.to),
            Via::Derived { by, .. } => self.derived_edges(table, spot, by),
        }
    }

    /// A relation of the rows that another leads to.
    fn led_on(&self, table: TableId, path: &[String], there: &[String]) -> Result<Edges, Error> {
        let first = self.edges(table, path)?;
        let mut incomplete: Vec<bool> = first.incomplete.iter().collect();
        let mut pairs: BTreeMap<TableId, Vec<(u32, u32)>> = BTreeMap::new();
        for (middle, adjacency) in &first.to {
            let second = self.edges(*middle, there)?;
            for (from, via) in adjacency.pairs() {
                incomplete[from as usize] |= second.incomplete.value(via as usize);
                for (target, further) in &second.to {
                    let reached = further.of(via as usize).iter().map(|to| (from, *to));
                    pairs.entry(*target).or_default().extend(reached);
                }
            }
        }
        let rows = self.rows(table)?;
        let to = pairs.into_iter().map(|(target, pairs)| (target, Adjacency::from_pairs(rows, pairs)));
        Ok(Edges { to: to.collect(), incomplete: incomplete.into_iter().collect() })
    }

    fn no_edges(&self, table: TableId) -> Result<Edges, Error> {
        Ok(Edges { to: Vec::new(), incomplete: BooleanBuffer::new_unset(self.rows(table)?) })
    }

    /// The parent's row of each row of a list. Entries stand in the order of their parents.
    pub(super) fn parents(&self, list: TableId) -> Result<Arc<Vec<u32>>, Error> {
        self.parents.get(list, || {
            let Some(parent) = self.schema.table(list).parent else { return Ok(Arc::default()) };
            let ids = columns::texts(self.column_once(parent, &["id".to_owned()])?).into_plain()?;
            let mut parents = Parents { ids, row: 0, rows: Vec::new() };
            self.each_text(list, "parentId", &mut |ids| parents.add(ids))?;
            // They stand in the order of their parents: after one that has none, none has one.
            match parents.rows.last() {
                Some(row) if *row as usize >= parents.ids.len() => Err(Error::Entry {
                    list: self.schema.table(list).name.clone(),
                    parent: self.schema.table(parent).name.clone(),
                }),
                _ => Ok(Arc::new(parents.rows)),
            }
        })
    }

    /// The tables of the entries that a list field of a table's rows leads to, by the field's path.
    pub(super) fn lists(&self, table: TableId, path: &[String]) -> Vec<TableId> {
        let field = spot(self.schema, table, path).map(|spot| spot.dotted());
        field.map_or_else(Vec::new, |field| self.children_at(table, &field).collect())
    }

    fn children_at(&self, table: TableId, field: &str) -> impl Iterator<Item = TableId> {
        let children = self.schema.table(table).children.iter().copied();
        children.filter(move |child| self.schema.table(*child).field == field)
    }

    fn children(&self, table: TableId, field: &str) -> Result<Edges, Error> {
        let rows = self.rows(table)?;
        let mut to = Vec::new();
        for child in self.children_at(table, field) {
            to.push((child, Adjacency::of_children(rows, &self.parents(child)?)));
        }
        let mut edges = Edges { to, incomplete: self.unreadable(table)? };
        if field == "rules" && self.schema.table(table).name == "clusterroles" {
            derive::add_aggregated_rules(self, table, &mut edges)?;
        }
        Ok(edges)
    }

    fn parent(&self, table: TableId) -> Result<Edges, Error> {
        let rows = self.rows(table)?;
        let Some(parent) = self.schema.table(table).parent else { return self.no_edges(table) };
        let adjacency = Adjacency::to_parents(&self.parents(table)?);
        Ok(Edges { to: vec![(parent, adjacency)], incomplete: BooleanBuffer::new_unset(rows) })
    }

    /// Assets of a type in a namespace: a Namespace's own, any other asset's.
    fn members(
        &self,
        table: TableId,
        of: &str,
        kinds: &[String],
        cluster_scoped: bool,
    ) -> Result<Edges, Error> {
        let rows = self.rows(table)?;
        let own_names = self.schema.table(table).type_name == "Namespace";
        let (own, home) = (self.text(table, "name")?, self.namespaces(table)?);
        let names: Vec<Option<&str>> = if own_names {
            (0..rows).map(|row| Some(own.value(row))).collect()
        } else {
            home.iter().collect()
        };
        let mut to = Vec::new();
        let targets: Vec<TableId> =
            self.schema.tables_of(of).into_iter().filter(|target| self.may_be(*target, kinds)).collect();
        for target in &targets {
            let by_namespace = self.by_namespace(*target)?;
            let kept = self.of_kinds(*target, kinds)?;
            let mut pairs = Vec::new();
            for (row, name) in names.iter().enumerate() {
                let name = if cluster_scoped { "" } else { name.unwrap_or_default() };
                let found = by_namespace.get(name).map(Vec::as_slice).unwrap_or_default();
                pairs.extend(found.iter().filter(|t| kept.value(**t as usize)).map(|t| (index(row), *t)));
            }
            to.push((*target, Adjacency::from_pairs(rows, pairs)));
        }
        let lacks = |name: &Option<&str>| {
            // What has no namespace is asked for among what has none, which is never out of scope.
            let name = name.filter(|_| !cluster_scoped).unwrap_or_default();
            let kinds_of = |target| if self.is_generic_table(target) { kinds } else { &[] };
            targets.iter().any(|target| self.gaps.lacks(*target, kinds_of(*target), Some(name)))
        };
        Ok(Edges { to, incomplete: names.iter().map(lacks).collect() })
    }

    pub(super) fn is_generic_table(&self, table: TableId) -> bool {
        self.schema.generic().is_some_and(|generic| generic.name == self.schema.table(table).type_name)
    }

    /// Whether a table may have rows of these kinds (group/Kind); no kinds are all.
    fn may_be(&self, table: TableId, kinds: &[String]) -> bool {
        let def = self.schema.get(&self.schema.table(table).type_name);
        let own = def.and_then(|def| def.resource.as_ref());
        let is_one = || own.is_some_and(|own| kinds.contains(&format!("{}/{}", own.group, own.kind)));
        kinds.is_empty() || self.is_generic_table(table) || is_one()
    }

    pub(super) fn of_kinds(&self, table: TableId, kinds: &[String]) -> Result<BooleanBuffer, Error> {
        let rows = self.rows(table)?;
        if kinds.is_empty() || !self.is_generic_table(table) {
            return Ok(BooleanBuffer::new_set(rows));
        }
        let (groups, names) = (self.text(table, "group")?, self.text(table, "kind")?);
        let kept = |row: usize| {
            kinds.iter().any(|kind| *kind == format!("{}/{}", groups.value(row), names.value(row)))
        };
        Ok((0..rows).map(kept).collect())
    }

    /// Another type's relation read backwards. A row that could not be read may lead anywhere that the relation
    /// reaches.
    fn inverse(&self, table: TableId, of: &str, field: &[String]) -> Result<Edges, Error> {
        let rows = self.rows(table)?;
        let namespaces = self.namespaces(table)?;
        let mut to = Vec::new();
        let mut incomplete = BooleanBuffer::new_unset(rows);
        let is_entry = self.schema.table(table).is_list();
        let targets = if is_entry { self.entries_beside(table, of) } else { self.schema.tables_of(of) };
        for target in targets {
            let forward = self.edges(target, field)?;
            let pairs =
                forward.to.iter().filter(|(id, _)| *id == table).flat_map(|(_, adjacency)| adjacency.pairs());
            to.push((target, Adjacency::from_pairs(rows, pairs.map(|(from, into)| (into, from)).collect())));
            if is_entry {
                // What refers to an entry stands in the same object, so it was read with it.
                continue;
            }
            let spot = spot(self.schema, target, field);
            let everywhere = spot.as_ref().is_some_and(|spot| spot.leads_out());
            for source in self.sources(target) {
                let unread = self.unread_in(source)?;
                let lacks = |ns: Option<&str>| {
                    let from = ns.filter(|_| !everywhere);
                    from.map_or(!unread.is_empty(), |ns| unread.contains(ns) || unread.contains(""))
                        || self.gaps.lacks(source, &[], from)
                };
                incomplete = &incomplete | &namespaces.iter().map(lacks).collect::<BooleanBuffer>();
            }
            if let Some((Via::Selects { selector }, spot)) = spot.as_ref().and_then(|s| Some((s.via()?, s))) {
                let selecting = self.selecting(target, &spot.beside(selector))?;
                let unreadable = self.unreadable(table)?;
                let open = |row: usize| {
                    unreadable.value(row) && selecting.contains(namespaces.of(row).unwrap_or_default())
                };
                incomplete = &incomplete | &(0..rows).map(open).collect::<BooleanBuffer>();
            }
        }
        Ok(Edges { to, incomplete })
    }

    /// The namespaces of an asset table's rows that could not be read; the empty name for those in none.
    fn unread_in(&self, asset: TableId) -> Result<HashSet<String>, Error> {
        let (unreadable, namespaces) = (self.unreadable(asset)?, self.namespaces(asset)?);
        Ok(unreadable.set_indices().map(|row| namespaces.of(row).unwrap_or_default().to_owned()).collect())
    }

    /// The namespaces in which some row's selector asks for a label; the empty name for rows in none.
    fn selecting(&self, table: TableId, selector: &[String]) -> Result<HashSet<String>, Error> {
        let selectors = self.texts(table, selector)?;
        let namespaces = self.namespaces(table)?;
        let asks =
            |row: usize| !selectors.is_null(row) && !Selector::parse(selectors.value(row)).is_everything();
        let asking = namespaces.iter().enumerate().filter(|(row, _)| asks(*row));
        Ok(asking.map(|(_, namespace)| namespace.unwrap_or_default().to_owned()).collect())
    }

    fn selects(&self, table: TableId, of: &str, selector: &[String]) -> Result<Edges, Error> {
        let rows = self.rows(table)?;
        let selectors = self.texts(table, selector)?;
        let namespaces = self.namespaces(table)?;
        // A Service without a selector has its endpoints made by hand.
        let empty_selects = self.schema.table(self.schema.asset_table(table)).type_name != "Service";
        let labels_at: Vec<String> = match of {
            "Workload" => vec!["podTemplate".into(), "labels".into()],
            _ => vec!["labels".into()],
        };
        let mut parsed: HashMap<String, Selector> = HashMap::new();
        let mut to = Vec::new();
        let mut incomplete = self.unreadable(table)?;
        for target in self.schema.tables_of(of) {
            let by_namespace = self.by_namespace(target)?;
            let path = spot(self.schema, target, &labels_at).map(|spot| spot.column).unwrap_or_default();
            let labels = self.labels(target, &path)?;
            let (unreadable, unread) = (self.unreadable(target)?, self.unread_in(target)?);
            let mut open = vec![false; rows];
            let mut pairs = Vec::new();
            for row in (0..rows).filter(|row| !selectors.is_null(*row)) {
                let text = selectors.value(row);
                let selector = parsed.entry(text.to_owned()).or_insert_with(|| Selector::parse(text));
                if selector.is_everything() && !empty_selects {
                    continue;
                }
                let namespace = namespaces.of(row).unwrap_or_default();
                // What labels an unreadable object has is not known.
                open[row] = unread.contains(namespace) && !selector.is_everything();
                let candidates = by_namespace.get(namespace);
                for candidate in candidates.into_iter().flatten() {
                    let is_known = selector.is_everything() || !unreadable.value(*candidate as usize);
                    if is_known && selector.matches(|key| labels.get(*candidate as usize, key)) {
                        pairs.push((index(row), *candidate));
                    }
                }
            }
            to.push((target, Adjacency::from_pairs(rows, pairs)));
            let lacks = |ns: Option<&str>| self.gaps.lacks(target, &[], ns);
            incomplete = &incomplete | &namespaces.iter().map(lacks).collect::<BooleanBuffer>();
            incomplete = &incomplete | &open.into_iter().collect::<BooleanBuffer>();
        }
        Ok(Edges { to, incomplete })
    }
}

/// The rows of parents, found while their entries are read.
struct Parents {
    ids: StringArray,
    row: usize,
    rows: Vec<u32>,
}

impl Parents {
    /// Adds entries, by their parents' ids.
    fn add(&mut self, wanted: &StringArray) {
        for entry in 0..wanted.len() {
            while self.row < self.ids.len() && self.ids.value(self.row) != wanted.value(entry) {
                self.row += 1;
            }
            self.rows.push(index(self.row));
        }
    }
}
