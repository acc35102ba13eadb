//! All that decides about pods' traffic, read from tables.

use arrow::buffer::BooleanBuffer;
use assay_model::network::{Classes, Doubt, Namespaces, Pod, Policy};
use assay_model::schema::TableId;

use super::others::Others;
use super::policies::{self, Policies};
use super::workloads::{self, Workloads};
use crate::Error;
use crate::data::Data;
use crate::data::lookup::Labels;
use crate::texts::Texts;

/// What was read; [`Network`] borrows from it.
pub(super) struct Input {
    pub(super) policies: Policies,
    pub(super) workloads: Vec<Workloads>,
    pub(super) others: Others,
    namespaces: NamespaceRows,
    /// For each workload, by table and row: what leaves its policies in doubt, and those of other kinds.
    beside: Vec<Vec<(Doubt, Vec<u32>)>>,
}

struct NamespaceRows {
    names: Texts,
    labels: Labels,
    unreadable: BooleanBuffer,
    lacking: bool,
}

impl Input {
    pub(super) fn read(data: &Data<'_>) -> Result<Self, Error> {
        let policies = policies::read(data)?;
        let others = Others::read(data)?;
        let namespaces = NamespaceRows::read(data)?;
        let labels = namespaces.labels();
        let mut all = Vec::new();
        let mut beside = Vec::new();
        for table in data.schema.tables_of("Workload") {
            let workloads = workloads::read(data, table)?;
            let of = |row: usize| {
                let namespace = workloads.namespace(row);
                let others_of = others.of(&workloads, row, &labels);
                let other_kinds = !others_of.is_empty() || others.lacks(data, namespace);
                (Doubt { unread: policies.lacks(data, namespace), other_kinds }, others_of)
            };
            beside.push((0..workloads.rows).map(of).collect());
            all.push(workloads);
        }
        drop(labels);
        Ok(Self { policies, workloads: all, others, namespaces, beside })
    }

    /// The labels of namespaces.
    pub(super) fn namespaces(&self) -> Namespaces<'_> {
        self.namespaces.labels()
    }

    /// Every workload that could be read, as the pods it makes, with its table and row.
    pub(super) fn pods(&self) -> (Vec<Pod<'_>>, Vec<(usize, usize)>) {
        let mut pods = Vec::new();
        let mut at = Vec::new();
        for (index, workloads) in self.workloads.iter().enumerate() {
            for row in (0..workloads.rows).filter(|row| !workloads.unreadable.value(*row)) {
                let (doubt, others) = self.beside[index][row].clone();
                pods.push(Pod { doubt, others, ..workloads.pod(row) });
                at.push((index, row));
            }
        }
        (pods, at)
    }

    /// Whether there may be workloads, anywhere, that could not be read.
    pub(super) fn lacks_workloads(&self, data: &Data<'_>) -> bool {
        self.workloads.iter().any(|workloads| {
            workloads.unreadable.count_set_bits() > 0 || data.gaps.lacks(workloads.table, &[], None)
        })
    }
}

impl NamespaceRows {
    fn read(data: &Data<'_>) -> Result<Self, Error> {
        let table = table_of(data, "Namespace")?;
        Ok(Self {
            names: data.text(table, "name")?,
            labels: data.labels(table, &["labels".to_owned()])?,
            unreadable: data.unreadable(table)?,
            lacking: data.gaps.lacks(table, &[], None),
        })
    }

    fn labels(&self) -> Namespaces<'_> {
        let labels = |row: usize| (!self.unreadable.value(row)).then(|| self.labels.of(row).collect());
        let known = (0..self.names.rows()).map(|row| (self.names.value(row), labels(row)));
        Namespaces::new(known, self.lacking)
    }
}

/// The one table of an asset type.
pub(super) fn table_of(data: &Data<'_>, type_name: &str) -> Result<TableId, Error> {
    let table = data.schema.tables_of(type_name).first().copied();
    table.ok_or_else(|| Error::Derivation(format!("the model has no type {type_name}")))
}

/// Every workload in its class.
pub(super) struct Network<'i> {
    pub(super) classes: Classes<'i>,
    /// For each workload, by table and row: its class; none for one that could not be read.
    pub(super) class_of: Vec<Vec<Option<usize>>>,
}

impl<'i> Network<'i> {
    pub(super) fn new(input: &'i Input, namespaces: &'i Namespaces<'i>) -> Self {
        let (pods, at) = input.pods();
        let policies: &[Policy] = &input.policies.list;
        let classes = Classes::new(policies, &pods, namespaces);
        let mut class_of: Vec<Vec<Option<usize>>> =
            input.workloads.iter().map(|workloads| vec![None; workloads.rows]).collect();
        for ((table, row), class) in at.into_iter().zip(&classes.of_pod) {
            class_of[table][row] = Some(*class);
        }
        Self { classes, class_of }
    }
}
