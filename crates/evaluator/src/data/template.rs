//! Whether pods are what the templates say that they were made from.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray, StructArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use assay_model::schema::TableId;

use super::columns::spot;
use super::{Data, Edges};
use crate::Error;
use crate::project::value_at;

/// The fields of a pod or template, besides its containers', that decide how secure it is.
const OWN: [&str; 5] = ["hostNetwork", "hostPID", "hostIPC", "hostUsers", "securityContext"];

/// The templates of the owners of a table's pods.
pub(super) struct Templates<'d, 's> {
    data: &'d Data<'s>,
    pods: TableId,
    known: BTreeMap<TableId, Security>,
}

/// What decides how secure the pods or templates of a table are.
struct Security {
    unreadable: BooleanBuffer,
    own: Vec<Leaf>,
    containers: Arc<Edges>,
    /// Those that the edges lead to, in their order.
    lists: Vec<Containers>,
}

struct Containers {
    names: StringArray,
    fields: Vec<Leaf>,
}

/// A field that holds no others. Where what it is in is missing, so is it: objects that hold nothing say nothing.
struct Leaf {
    name: String,
    values: ArrayRef,
    nulls: Option<NullBuffer>,
}

impl<'d, 's> Templates<'d, 's> {
    pub(super) fn of(data: &'d Data<'s>, pods: TableId) -> Self {
        Self { data, pods, known: BTreeMap::new() }
    }

    /// Whether a pod has a container that its owner's template lacks, or other security fields.
    pub(super) fn differ(&mut self, pod: usize, owners: TableId, owner: usize) -> Result<bool, Error> {
        for table in [self.pods, owners] {
            if !self.known.contains_key(&table) {
                self.known.insert(table, Security::of(self.data, table)?);
            }
        }
        let (Some(pods), Some(owners)) = (self.known.get(&self.pods), self.known.get(&owners)) else {
            return Ok(true);
        };
        Ok(pods.unreadable.value(pod)
            || owners.unreadable.value(owner)
            || !are_equal((&pods.own, pod), (&owners.own, owner))
            || pods.has_others((pod, owner), owners))
    }
}

impl Security {
    fn of(data: &Data<'_>, table: TableId) -> Result<Self, Error> {
        let leaves = |table: TableId, path: &[&str]| -> Result<Vec<Leaf>, Error> {
            let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
            let column = spot(data.schema, table, &path).map(|spot| spot.column).unwrap_or_default();
            let mut leaves = Vec::new();
            flatten(path.join("."), &data.column(table, &column)?, None, &mut leaves);
            Ok(leaves)
        };
        let own = OWN.iter().map(|field| leaves(table, &["podTemplate", field]));
        let own = own.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        let containers = data.edges(table, &["podTemplate".to_owned(), "containers".to_owned()])?;
        let lists = containers.to.iter().map(|(list, _)| {
            Ok(Containers { names: data.text(*list, "name")?, fields: leaves(*list, &["securityContext"])? })
        });
        let lists = lists.collect::<Result<_, Error>>()?;
        Ok(Self { unreadable: data.unreadable(table)?, own, containers, lists })
    }

    /// The containers of a row.
    fn containers(&self, row: usize) -> impl DoubleEndedIterator<Item = (&Containers, usize)> {
        let lists = self.lists.iter().zip(&self.containers.to);
        lists.flat_map(move |(list, (_, rows))| rows.of(row).iter().map(move |at| (list, *at as usize)))
    }

    /// The container of a name; the last, if there are several.
    fn named(&self, row: usize, name: &str) -> Option<(&Containers, usize)> {
        self.containers(row).rfind(|(list, at)| list.names.value(*at) == name)
    }

    /// Whether a row has a container that the other row lacks, or that is another one there.
    fn has_others(&self, (row, other): (usize, usize), others: &Self) -> bool {
        self.containers(row).any(|(list, at)| {
            let name = list.names.value(at);
            let last = self.named(row, name).unwrap_or((list, at));
            let is_same =
                |(there, to): (&Containers, usize)| are_equal((&last.0.fields, last.1), (&there.fields, to));
            !others.named(other, name).is_some_and(is_same)
        })
    }
}

/// The fields within a column.
fn flatten(name: String, column: &ArrayRef, around: Option<&NullBuffer>, into: &mut Vec<Leaf>) {
    let nulls = NullBuffer::union(column.logical_nulls().as_ref(), around);
    match column.as_any().downcast_ref::<StructArray>() {
        Some(within) => {
            for (field, column) in within.fields().iter().zip(within.columns()) {
                flatten(format!("{name}.{}", field.name()), column, nulls.as_ref(), into);
            }
        }
        None => into.push(Leaf { name, values: column.clone(), nulls }),
    }
}

/// Whether two rows have the same fields, which stand in the model's order in both.
fn are_equal((left, at): (&[Leaf], usize), (right, to): (&[Leaf], usize)) -> bool {
    let mut left = left.iter().filter(|leaf| !leaf.is_missing(at));
    let mut right = right.iter().filter(|leaf| !leaf.is_missing(to));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one.name == other.name => {
                if value_at(&one.values, at) != value_at(&other.values, to) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

impl Leaf {
    fn is_missing(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }
}
