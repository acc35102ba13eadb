//! Whether pods, and what makes them, are what the templates say that they were made from.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, ArrayRef, AsArray as _, BooleanArray, new_null_array};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};
use assay_model::cores::side_by_side;
use assay_model::schema::{Computed, Field, Read, Relation, ScalarField, Source, TableId, Via};

use super::Data;
use super::columns::{spot, strings, texts};
use crate::Error;
use crate::query::FieldPath;
use crate::texts::Texts;

/// What a pod has otherwise than its template though nobody changed it, by type and field: where it runs, how it is
/// called, and what controllers, admission and the API server set on each pod, such as a LimitRange's limits. Pods are held
/// against the templates of ReplicaSets and Jobs, and those against the templates of what makes them, by the same rules.
const SET_ON_PODS: [(&str, &str); 12] = [
    ("PodTemplate", "labels"),
    ("PodTemplate", "nodeName"),
    ("PodTemplate", "nodeSelector"),
    ("PodTemplate", "nodeAffinity"),
    ("PodTemplate", "tolerations"),
    ("PodTemplate", "priority"),
    ("PodTemplate", "priorityClassName"),
    ("PodTemplate", "hostname"),
    ("PodTemplate", "subdomain"),
    ("PodTemplate", "imagePullSecrets"),
    ("PodTemplate", "deprecatedServiceAccount"),
    ("Container", "resources"),
];

/// Annotations that are settings of containers; others are notes.
const SETTINGS: [&str; 2] =
    ["container.apparmor.security.beta.kubernetes.io/", "seccomp.security.alpha.kubernetes.io/"];

/// Where the ServiceAccount admission mounts the token, and what its volume's name begins with.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN_VOLUME: &str = "kube-api-access-";

/// The templates of what made the rows of a table, and their own.
pub(super) struct Templates<'d, 's> {
    data: &'d Data<'s>,
    made: TableId,
    /// What the template of each row comes to, by table; nothing where the row could not be read.
    known: BTreeMap<TableId, Vec<Option<u64>>>,
    /// Its keys are new each time: nobody can make a pod that comes to the same as a template.
    hasher: RandomState,
}

impl<'d, 's> Templates<'d, 's> {
    pub(super) fn of(data: &'d Data<'s>, made: TableId) -> Self {
        Self { data, made, known: BTreeMap::new(), hasher: RandomState::new() }
    }

    /// Whether a row has other fields than the template of what made it.
    pub(super) fn differ(&mut self, row: usize, makers: TableId, maker: usize) -> Result<bool, Error> {
        let (of_row, of_maker) = (self.sum(self.made, row)?, self.sum(makers, maker)?);
        Ok(of_row.is_none() || of_row != of_maker)
    }

    fn sum(&mut self, table: TableId, row: usize) -> Result<Option<u64>, Error> {
        if !self.known.contains_key(&table) {
            let sums = Sums { data: self.data, hasher: &self.hasher }.of_templates(table)?;
            self.known.insert(table, sums);
        }
        Ok(self.known.get(&table).and_then(|sums| *sums.get(row)?))
    }
}

/// Sums over rows, of a digest of each of their fields and entries that is there. So what is missing counts as an
/// object that holds nothing, and lists as sets.
struct Sums<'t, 's> {
    data: &'t Data<'s>,
    hasher: &'t RandomState,
}

/// A table's rows under way. What is added to them is added side by side: it does not matter in which order.
struct Rows<'s> {
    table: TableId,
    sums: Vec<AtomicU64>,
    fields: Vec<Compared<'s>>,
    lists: Vec<List<'s>>,
}

/// A field that is compared: of a type, at a path of the rows.
struct Compared<'s> {
    within: &'s str,
    field: &'s Field,
    path: FieldPath,
}

/// Entries of rows, at a path of theirs.
struct List<'s> {
    path: FieldPath,
    type_name: &'s str,
    entries: Rows<'s>,
}

/// What is to be done for rows before their entries are added.
enum Part<'r, 's> {
    Field(&'r Rows<'s>, &'r Compared<'s>),
    /// The relation of rows to their entries.
    Entries(TableId, &'r FieldPath),
}

/// Parts that no thread is worth being started for.
const FEW: usize = 4;

impl<'s> Sums<'_, 's> {
    fn of_templates(&self, table: TableId) -> Result<Vec<Option<u64>>, Error> {
        let rows = self.rows(table, "PodTemplate", &["podTemplate".to_owned()])?;
        let parts = rows.parts();
        side_by_side(&parts, FEW, |part| self.add_part(part)).into_iter().collect::<Result<(), _>>()?;
        self.add_lists(&rows)?;
        let unreadable = self.data.unreadable(table)?;
        let sums = rows.sums.into_iter().map(AtomicU64::into_inner);
        Ok(sums.zip(&unreadable).map(|(sum, unread)| (!unread).then_some(sum)).collect())
    }

    /// Rows of which the fields of a type are compared, which stand at a path.
    fn rows(&self, table: TableId, type_name: &'s str, path: &[String]) -> Result<Rows<'s>, Error> {
        let sums = (0..self.data.rows(table)?).map(|_| AtomicU64::default()).collect();
        let mut rows = Rows { table, sums, fields: Vec::new(), lists: Vec::new() };
        self.find_fields(type_name, path, &mut rows)?;
        Ok(rows)
    }

    fn find_fields(&self, within: &'s str, path: &[String], rows: &mut Rows<'s>) -> Result<(), Error> {
        let Some(def) = self.data.schema.get(within) else { return Ok(()) };
        for field in def.fields.iter().filter(|field| !SET_ON_PODS.contains(&(within, &*field.name))) {
            let path = [path, std::slice::from_ref(&field.name)].concat();
            match &field.source {
                Source::Struct { of, path: Some(_) } => self.find_fields(of, &path, rows)?,
                Source::Map(_)
                | Source::Scalar(ScalarField {
                    read: Read::Path(_) | Read::Computed(Computed::List | Computed::Key),
                    ..
                }) => rows.fields.push(Compared { within, field, path }),
                Source::Relation(Relation { to, via: Via::Children { .. }, .. }) => {
                    for list in self.data.lists(rows.table, &path) {
                        let entries = self.rows(list, to, &[])?;
                        rows.lists.push(List { path: path.clone(), type_name: to, entries });
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn add_part(&self, part: &Part<'_, 's>) -> Result<(), Error> {
        match part {
            Part::Field(rows, compared) => self.add_field(compared, rows),
            Part::Entries(table, path) => self.data.edges(*table, path).map(drop),
        }
    }

    fn add_field(&self, compared: &Compared<'s>, rows: &Rows<'s>) -> Result<(), Error> {
        let Compared { within, field, path } = compared;
        let column = self.column(rows.table, path)?;
        if let Source::Map(_) = field.source {
            self.add_settings(&column, rows);
            return Ok(());
        }
        let is_default = self.defaults(within, &field.name, rows.table, &column)?;
        self.add_values(&path.join("."), &column, &*is_default, rows)
    }

    /// Adds the entries of lists, once all of theirs are added.
    fn add_lists(&self, rows: &Rows<'s>) -> Result<(), Error> {
        for List { path, type_name, entries } in &rows.lists {
            self.add_lists(entries)?;
            let name = self.hasher.hash_one(path);
            let is_added = self.added(type_name, entries.table)?;
            let edges = self.data.edges(rows.table, path)?;
            let pairs = edges.to.iter().filter(|(list, _)| *list == entries.table);
            for (row, entry) in pairs.flat_map(|(_, adjacency)| adjacency.pairs()) {
                let (row, entry) = (row as usize, entry as usize);
                if !is_added(entry) {
                    rows.add(row, self.hasher.hash_one((name, entries.sums[entry].load(Ordering::Relaxed))));
                }
            }
        }
        Ok(())
    }

    fn add_values(
        &self,
        name: &str,
        column: &ArrayRef,
        is_default: &dyn Fn(usize) -> bool,
        rows: &Rows<'s>,
    ) -> Result<(), Error> {
        if column.logical_null_count() == column.len() {
            return Ok(());
        }
        let name = self.hasher.hash_one(name);
        if let Some(texts) = Texts::of(column) {
            let digests = texts.map(|text| self.hasher.hash_one((name, text)));
            let there = digests.into_iter().enumerate().filter(|(row, _)| !is_default(*row));
            there.for_each(|(row, digest)| digest.into_iter().for_each(|digest| rows.add(row, digest)));
            return Ok(());
        }
        let there = (0..column.len()).filter(|row| column.is_valid(*row) && !is_default(*row));
        let converter = RowConverter::new(vec![SortField::new(column.data_type().clone())])?;
        let values = converter.convert_columns(std::slice::from_ref(column))?;
        let is_empty =
            |row: usize| column.as_list_opt::<i32>().is_some_and(|list| list.value_length(row) == 0);
        for row in there.filter(|row| !is_empty(*row)) {
            rows.add(row, self.hasher.hash_one((name, values.row(row).as_ref())));
        }
        Ok(())
    }

    /// Adds the annotations that are settings.
    fn add_settings(&self, column: &ArrayRef, rows: &Rows<'s>) {
        let Some(maps) = column.as_map_opt() else { return };
        let (keys, values) = (strings(maps.keys()), strings(maps.values()));
        for (row, bounds) in maps.offsets().windows(2).enumerate().filter(|(row, _)| maps.is_valid(*row)) {
            let entries = (bounds[0] as usize..bounds[1] as usize).map(|at| (keys.value(at), at));
            for (key, at) in
                entries.filter(|(key, _)| SETTINGS.iter().any(|setting| key.starts_with(setting)))
            {
                rows.add(row, self.hasher.hash_one((key, values.value(at))));
            }
        }
    }

    /// The rows whose value is what the API server gives a pod that has none.
    fn defaults(&self, within: &str, field: &str, table: TableId, column: &ArrayRef) -> Result<Test, Error> {
        Ok(match (within, field) {
            ("PodTemplate", "serviceAccountName") => {
                let accounts = texts(column.clone());
                Box::new(move |row| accounts.value(row) == "default")
            }
            ("PodTemplate", "enableServiceLinks") => is_set(column.as_boolean_opt().cloned(), true),
            // In the node's network each port is one of the node.
            ("ContainerPort", "hostPort") => self.pods_say(table, "hostNetwork", true)?,
            _ => Box::new(|_| false),
        })
    }

    /// The entries that are added to each pod.
    fn added(&self, type_name: &str, list: TableId) -> Result<Test, Error> {
        let text = |path: &[&str]| Ok::<_, Error>(texts(self.column(list, &owned(path))?));
        Ok(match type_name {
            // Also the claims that a StatefulSet makes for each pod.
            "Volume" => {
                let (types, names) = (text(&["type"])?, text(&["name"])?);
                let wants_none = self.pods_say(list, "automountServiceAccountToken", false)?;
                Box::new(move |row| match types.value(row) {
                    "persistentVolumeClaim" => true,
                    "projected" => names.value(row).starts_with(TOKEN_VOLUME) && !wants_none(row),
                    _ => false,
                })
            }
            "VolumeMount" => {
                let paths = text(&["mountPath"])?;
                Box::new(move |row| paths.value(row) == TOKEN_PATH)
            }
            // A Job's index; what is read from the pod itself gives away nothing.
            "EnvVar" => {
                let fields = text(&["valueFrom", "fieldRef", "fieldPath"])?;
                Box::new(move |row| fields.get(row).is_some())
            }
            _ => Box::new(|_| false),
        })
    }

    /// The entries of pods or templates in which a field says this.
    fn pods_say(&self, list: TableId, field: &str, what: bool) -> Result<Test, Error> {
        let rows = self.data.asset_rows(list)?;
        let column = self.column(self.data.schema.asset_table(list), &owned(&["podTemplate", field]))?;
        let says = is_set(column.as_boolean_opt().cloned(), what);
        Ok(Box::new(move |row| says(rows[row] as usize)))
    }

    fn column(&self, table: TableId, path: &[String]) -> Result<ArrayRef, Error> {
        let column = spot(self.data.schema, table, path).map(|spot| spot.column).unwrap_or_default();
        if self.data.has_no_values(table, &column)? {
            return Ok(new_null_array(&DataType::Null, self.data.rows(table)?));
        }
        // Most of them are read for this alone.
        self.data.column_once(table, &column)
    }
}

/// Whether something holds for a row.
type Test = Box<dyn Fn(usize) -> bool>;

fn is_set(values: Option<BooleanArray>, to: bool) -> Test {
    Box::new(move |row| values.as_ref().is_some_and(|values| values.is_valid(row) && values.value(row) == to))
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|name| (*name).to_owned()).collect()
}

impl<'s> Rows<'s> {
    /// All that is to be done for them and their entries, apart from each other.
    fn parts(&self) -> Vec<Part<'_, 's>> {
        let own = self.fields.iter().map(|field| Part::Field(self, field));
        let lists = self.lists.iter().flat_map(|list| {
            let relation = Part::Entries(self.table, &list.path);
            list.entries.parts().into_iter().chain([relation])
        });
        own.chain(lists).collect()
    }

    fn add(&self, row: usize, digest: u64) {
        self.sums[row].fetch_add(digest, Ordering::Relaxed);
    }
}
