//! Whether pods are what the templates say that they were made from.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, ArrayRef, AsArray as _, BooleanArray};
use arrow::row::{RowConverter, SortField};
use assay_model::cores::side_by_side;
use assay_model::schema::{Computed, Field, Read, Relation, ScalarField, Source, TableId, Via};

use super::Data;
use super::columns::{spot, strings, texts};
use crate::Error;
use crate::texts::Texts;

/// What a pod has otherwise than its template though nobody changed it, by type and field: where it runs, how it is
/// called, and what controllers, admission and the API server set on each pod, such as a LimitRange's limits.
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

/// The templates of the owners of a table's pods.
pub(super) struct Templates<'d, 's> {
    data: &'d Data<'s>,
    pods: TableId,
    /// What the template of each row comes to, by table; nothing where the row could not be read.
    known: BTreeMap<TableId, Vec<Option<u64>>>,
    /// Its keys are new each time: nobody can make a pod that comes to the same as a template.
    hasher: RandomState,
}

impl<'d, 's> Templates<'d, 's> {
    pub(super) fn of(data: &'d Data<'s>, pods: TableId) -> Self {
        Self { data, pods, known: BTreeMap::new(), hasher: RandomState::new() }
    }

    /// Whether a pod has other fields than its owner's template.
    pub(super) fn differ(&mut self, pod: usize, owners: TableId, owner: usize) -> Result<bool, Error> {
        let (of_pod, of_owner) = (self.sum(self.pods, pod)?, self.sum(owners, owner)?);
        Ok(of_pod.is_none() || of_pod != of_owner)
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

/// A table's rows under way. Fields are added side by side: it does not matter in which order.
struct Rows {
    table: TableId,
    sums: Vec<AtomicU64>,
}

/// Fields that no thread is worth being started for.
const FEW: usize = 4;

impl Sums<'_, '_> {
    fn of_templates(&self, table: TableId) -> Result<Vec<Option<u64>>, Error> {
        let rows = self.rows(table)?;
        self.add_fields("PodTemplate", &["podTemplate".to_owned()], &rows)?;
        let unreadable = self.data.unreadable(table)?;
        let sums = rows.sums.into_iter().map(AtomicU64::into_inner);
        Ok(sums.zip(&unreadable).map(|(sum, unread)| (!unread).then_some(sum)).collect())
    }

    fn rows(&self, table: TableId) -> Result<Rows, Error> {
        Ok(Rows { table, sums: (0..self.data.rows(table)?).map(|_| AtomicU64::default()).collect() })
    }

    /// Adds the fields of a type, which stand at a path.
    fn add_fields(&self, type_name: &str, path: &[String], rows: &Rows) -> Result<(), Error> {
        let Some(def) = self.data.schema.get(type_name) else { return Ok(()) };
        let is_compared = |field: &&Field| !SET_ON_PODS.contains(&(type_name, &*field.name));
        let fields: Vec<&Field> = def.fields.iter().filter(is_compared).collect();
        let added = side_by_side(&fields, FEW, |field| {
            self.add_field(type_name, field, &[path, std::slice::from_ref(&field.name)].concat(), rows)
        });
        added.into_iter().collect()
    }

    fn add_field(&self, within: &str, field: &Field, path: &[String], rows: &Rows) -> Result<(), Error> {
        match &field.source {
            Source::Struct { of, path: Some(_) } => self.add_fields(of, path, rows)?,
            Source::Map(_) => self.add_settings(&self.column(rows.table, path)?, rows),
            Source::Scalar(ScalarField {
                read: Read::Path(_) | Read::Computed(Computed::List | Computed::Key),
                ..
            }) => {
                let column = self.column(rows.table, path)?;
                let is_default = self.defaults(within, &field.name, rows.table, &column)?;
                self.add_values(&path.join("."), &column, &*is_default, rows)?;
            }
            Source::Relation(Relation { to, via: Via::Children { .. }, .. }) => {
                self.add_entries(to, path, rows)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn add_values(
        &self,
        name: &str,
        column: &ArrayRef,
        is_default: &dyn Fn(usize) -> bool,
        rows: &Rows,
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

    /// Adds the entries of lists.
    fn add_entries(&self, type_name: &str, path: &[String], rows: &Rows) -> Result<(), Error> {
        for (list, adjacency) in &self.data.edges(rows.table, path)?.to {
            let entries = self.rows(*list)?;
            self.add_fields(type_name, &[], &entries)?;
            let name = self.hasher.hash_one(path);
            let is_added = self.added(type_name, *list)?;
            for (row, entry) in adjacency.pairs().map(|(row, entry)| (row as usize, entry as usize)) {
                if !is_added(entry) {
                    rows.add(row, self.hasher.hash_one((name, entries.sums[entry].load(Ordering::Relaxed))));
                }
            }
        }
        Ok(())
    }

    /// Adds the annotations that are settings.
    fn add_settings(&self, column: &ArrayRef, rows: &Rows) {
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
        let column = spot(self.data.schema, table, path).map(|spot| spot.column);
        // Most of them are read for this alone.
        self.data.column_once(table, &column.unwrap_or_default())
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

impl Rows {
    fn add(&self, row: usize, digest: u64) {
        self.sums[row].fetch_add(digest, Ordering::Relaxed);
    }
}
