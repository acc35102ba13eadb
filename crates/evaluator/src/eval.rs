//! A filter → what is known of it on each row of a table.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, MapArray, new_null_array};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use assay_model::rows::is_identity;
use assay_model::schema::{Schema, Source, TableId};

use crate::Error;
use crate::compare::compare;
use crate::data::{Data, Edges, spot};
use crate::elsewhere::elsewhere;
use crate::mask::Mask;
use crate::object::reads_objects;
use crate::query::{Filter, Quantifier, Set};
use crate::test::passes;

impl Data<'_> {
    /// Evaluates a filter on every row of a table, once, however many checks ask it.
    pub fn eval(&self, table: TableId, filter: &Filter) -> Result<Mask, Error> {
        let is_junction = matches!(filter, Filter::And(_) | Filter::Or(_) | Filter::Not(_));
        // What is joined is known by then, and joined again sooner than found.
        if is_junction && !reads_objects(filter) {
            return self.compute(table, filter);
        }
        let of_table = self.masks.get(table, || Ok::<_, Error>(Arc::default()))?;
        of_table.get_of(filter, || self.compute(table, filter))
    }

    fn compute(&self, table: TableId, filter: &Filter) -> Result<Mask, Error> {
        let rows = self.rows(table)?;
        if let Some(there) = elsewhere(self.schema, table, filter) {
            return self.compute(table, &there);
        }
        match filter {
            Filter::And(all) => self.eval_all(table, all),
            Filter::Or(any) => any.iter().try_fold(Mask::constant(rows, false), |mask, filter| {
                Ok(mask.or(&self.eval(table, filter)?))
            }),
            Filter::Not(filter) => Ok(self.eval(table, filter)?.not()),
            Filter::Present(path) => self.present(table, path),
            Filter::Test { path, scalar, test } => {
                let holds = Mask::known(passes(&self.values(table, path)?, *scalar, test));
                self.unless_unknown(table, path, holds)
            }
            Filter::Fields { path, scalar, order, other } => {
                self.compare_fields(table, *scalar, *order, [path, other])
            }
            Filter::Duplicated { of, path, scalar, scope } => {
                let mask = self.duplicated(table, of, path, *scalar, *scope)?;
                self.unless_unknown(table, path, mask)
            }
            Filter::Given(path) => {
                let given = self.given(table, path)?;
                self.unless_unreadable(table, path, Mask::known(given))
            }
            Filter::Object { .. } => self.eval_on(table, filter, &BooleanBuffer::new_set(rows)),
            Filter::Related { set, quantifier, filter } => self.related(table, set, *quantifier, filter),
        }
    }

    /// The values of a field, derived ones and other rows' included.
    pub(crate) fn values(&self, table: TableId, path: &[String]) -> Result<ArrayRef, Error> {
        if let Some(there) = self.values_elsewhere(table, path)? {
            return Ok(there);
        }
        let missing = || Ok(new_null_array(&DataType::Null, self.rows(table)?));
        let Some(spot) = spot(self.schema, table, path) else { return missing() };
        match self.fact(table, path)? {
            Some(fact) => Ok(fact.values),
            None => self.column_as_read(table, &spot.column),
        }
    }

    fn present(&self, table: TableId, path: &[String]) -> Result<Mask, Error> {
        let rows = self.rows(table)?;
        let there = match spot(self.schema, table, path) {
            // A struct that is the row itself is always there.
            Some(spot) if matches!(spot.field.source, Source::Struct { path: None, .. }) => {
                BooleanBuffer::new_set(rows)
            }
            // Where structs are stays known; what is in them is asked for field by field.
            Some(spot) => match self.presence(table, &spot.column)?.logical_nulls() {
                Some(nulls) => nulls.inner().clone(),
                None => BooleanBuffer::new_set(rows),
            },
            None => BooleanBuffer::new_unset(rows),
        };
        self.unless_unreadable(table, path, Mask::known(there))
    }

    /// A mask on a field's values, unknown where they are.
    fn unless_unknown(&self, table: TableId, path: &[String], mask: Mask) -> Result<Mask, Error> {
        if let Some(unknown) = self.unknown_elsewhere(table, path)? {
            return Ok(mask.unknown_on(&unknown));
        }
        let mask = self.unless_unreadable(table, path, mask)?;
        Ok(match self.fact(table, path)? {
            Some(fact) => mask.unknown_on(&fact.unknown),
            None => mask,
        })
    }

    /// The rows whose value in a field is unknown.
    pub(crate) fn unknown(&self, table: TableId, path: &[String]) -> Result<BooleanBuffer, Error> {
        let nothing = Mask::constant(self.rows(table)?, false);
        Ok(self.unless_unknown(table, path, nothing)?.maybe)
    }

    fn unless_unreadable(&self, table: TableId, path: &[String], mask: Mask) -> Result<Mask, Error> {
        Ok(if is_known(self.schema, table, path) { mask } else { mask.unknown_on(&self.unreadable(table)?) })
    }

    fn related(
        &self,
        table: TableId,
        set: &Set,
        quantifier: Quantifier,
        filter: &Filter,
    ) -> Result<Mask, Error> {
        let rows = self.rows(table)?;
        if set.to == "KeyValue" {
            let tally = self.tally_entries(table, set, filter)?;
            return Ok(tally.mask(rows, quantifier, &self.unreadable(table)?));
        }
        let edges = self.edges(table, &set.path)?;
        if quantifier == Quantifier::Some && set.narrow.is_none() {
            return self.some(rows, &edges, filter);
        }
        let mut tally = Tally::new(rows);
        for (target, adjacency) in &edges.to {
            let within = set.narrow.as_deref().map(|narrow| self.eval(*target, narrow)).transpose()?;
            let mask = self.eval(*target, filter)?;
            for row in 0..rows {
                for to in adjacency.of(row) {
                    let to = *to as usize;
                    let member =
                        within.as_ref().map_or((true, true), |w| (w.sure.value(to), w.maybe.value(to)));
                    tally.add(row, member, (mask.sure.value(to), mask.maybe.value(to)));
                }
            }
        }
        Ok(tally.mask(rows, quantifier, &edges.incomplete))
    }

    /// Whether a relation leads to a row that satisfies a filter. Most conditions on relations are of this kind, and need
    /// no counts.
    fn some(&self, rows: usize, edges: &Edges, filter: &Filter) -> Result<Mask, Error> {
        let mut some = Mask::constant(rows, false);
        for (target, adjacency) in &edges.to {
            let mask = self.eval(*target, filter)?;
            some = some.or(&mask.map(|holds| {
                let reaches = |row| adjacency.of(row).iter().any(|to| holds.value(*to as usize));
                BooleanBuffer::collect_bool(rows, reaches)
            }));
        }
        // More rows than are known only ever raise what may be.
        Ok(Mask::new(some.sure, &some.maybe | &edges.incomplete))
    }

    /// Counts a map's entries, which are rows with `key` and `value`.
    fn tally_entries(&self, table: TableId, set: &Set, filter: &Filter) -> Result<Tally, Error> {
        let rows = self.rows(table)?;
        let mut tally = Tally::new(rows);
        let path = spot(self.schema, table, &set.path).map(|spot| spot.column).unwrap_or_default();
        let column = self.column(table, &path)?;
        let Some(map) = column.as_any().downcast_ref::<MapArray>() else { return Ok(tally) };
        let holds = entries_mask(map, filter);
        let members = set.narrow.as_deref().map(|narrow| entries_mask(map, narrow));
        let offsets = map.value_offsets();
        for row in (0..rows).filter(|row| !map.is_null(*row)) {
            let at = |offset: i32| usize::try_from(offset).unwrap_or_default();
            for entry in at(offsets[row])..at(offsets[row + 1]) {
                let is_member = members.as_ref().is_none_or(|members| members.value(entry));
                let holds = holds.value(entry);
                tally.add(row, (is_member, is_member), (holds, holds));
            }
        }
        Ok(tally)
    }
}

/// Whether a field of a table's rows is known where their objects could not be read.
pub(crate) fn is_known(schema: &Schema, table: TableId, path: &[String]) -> bool {
    let def = schema.get(&schema.table(table).type_name);
    path.first().and_then(|name| def?.field(name)).is_some_and(is_identity)
}

/// A filter on a map's entries: nothing in them can be unknown.
pub(crate) fn entries_mask(map: &MapArray, filter: &Filter) -> BooleanBuffer {
    let entries = map.keys().len();
    let part = |path: &[String]| {
        if path.first().is_some_and(|name| name == "key") { map.keys() } else { map.values() }
    };
    match filter {
        Filter::And(all) => all
            .iter()
            .fold(BooleanBuffer::new_set(entries), |mask, filter| &mask & &entries_mask(map, filter)),
        Filter::Or(any) => any
            .iter()
            .fold(BooleanBuffer::new_unset(entries), |mask, filter| &mask | &entries_mask(map, filter)),
        Filter::Not(filter) => !&entries_mask(map, filter),
        Filter::Test { path, scalar, test } => passes(part(path), *scalar, test),
        Filter::Fields { path, scalar, order, other } => compare(part(path), part(other), *scalar, *order),
        // Entries have a key and a value, and no more.
        _ => BooleanBuffer::new_unset(entries),
    }
}

/// For each row, how many related rows there are and how many satisfy a filter: at least and at most.
struct Tally {
    members: Vec<(u32, u32)>,
    holding: Vec<(u32, u32)>,
    /// Related rows that surely are, and surely fail.
    failing: Vec<u32>,
    /// Related rows that may be, and may fail.
    doubtful: Vec<u32>,
}

impl Tally {
    fn new(rows: usize) -> Self {
        let (pairs, counts) = (vec![(0, 0); rows], vec![0; rows]);
        Self { members: pairs.clone(), holding: pairs, failing: counts.clone(), doubtful: counts }
    }

    fn add(&mut self, row: usize, member: (bool, bool), holds: (bool, bool)) {
        let count = |(sure, maybe): (bool, bool)| (u32::from(sure), u32::from(maybe));
        let (least, most) = count(member);
        self.members[row].0 += least;
        self.members[row].1 += most;
        let (least, most) = count((member.0 && holds.0, member.1 && holds.1));
        self.holding[row].0 += least;
        self.holding[row].1 += most;
        self.failing[row] += u32::from(member.0 && !holds.1);
        self.doubtful[row] += u32::from(member.1 && !holds.0);
    }

    fn mask(&self, rows: usize, quantifier: Quantifier, incomplete: &BooleanBuffer) -> Mask {
        let (mut sure, mut maybe) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        for row in 0..rows {
            let (s, m) = self.verdict(row, quantifier, incomplete.value(row));
            sure.push(s);
            maybe.push(m);
        }
        Mask::new(sure.into_iter().collect(), maybe.into_iter().collect())
    }

    /// Whether the quantifier surely holds on a row, and whether it may. More rows than are known only ever
    /// raise the upper bounds.
    fn verdict(&self, row: usize, quantifier: Quantifier, more: bool) -> (bool, bool) {
        let (members, holding) = (self.members[row], self.holding[row]);
        match quantifier {
            Quantifier::Some => (holding.0 > 0, holding.1 > 0 || more),
            Quantifier::All => {
                // Each sure member that surely fails refutes it; an unsure one may be no member at all.
                let surely = members.0 > 0 && self.doubtful[row] == 0 && !more;
                (surely, self.failing[row] == 0 && (members.1 > 0 || more))
            }
            Quantifier::Single => {
                let surely = holding == (1, 1) && !more;
                (surely, holding.0 <= 1 && (holding.1 >= 1 || more))
            }
            Quantifier::Count(order, wanted) => {
                let holds = |n: i64| order.holds(n.cmp(&wanted));
                let (least, most) = (i64::from(holding.0), i64::from(holding.1));
                let most = if more { i64::MAX } else { most };
                let between = least <= wanted && wanted <= most;
                match order {
                    crate::query::Order::Eq => (least == most && holds(least), between),
                    _ => (holds(least) && holds(most), holds(least) || holds(most)),
                }
            }
        }
    }
}
