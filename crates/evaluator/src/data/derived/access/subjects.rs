//! What leads from subjects, service accounts and workloads to what they may do.

use std::collections::{BTreeSet, HashMap};

use arrow::buffer::BooleanBuffer;
use assay_model::rbac::{ESCALATIONS, Grant, Subject};
use assay_model::schema::TableId;
use jiff::Timestamp;

use super::bindings::Bindings;
use super::tables::{bypass_row, everyone};
use super::{Tables, read};
use crate::Error;
use crate::data::derived::Rows;
use crate::data::{Data, Edges, index};
use crate::mask::Mask;
use crate::query::filter_of;

/// Adds what leads from everyone to their grants and escalations.
pub(super) fn relate(
    data: &Data<'_>,
    bindings: &Bindings,
    tables: &Tables,
    rows: &mut Rows,
) -> Result<(), Error> {
    let everyone = everyone(data, bindings)?;
    let mut known = Known { bindings, by_subject: HashMap::new() };
    let mut relation = Relation::default();
    everyone.iter().for_each(|subject| relation.push(Some(known.of(subject))));
    relate_grants(data, bindings, &relation.grants, tables, rows);
    relation.add(tables, tables.subjects, "grants", rows);
    relate_accounts(data, &everyone, &mut known, tables, rows)?;
    for table in data.schema.tables_of("Workload") {
        relate_workloads(data, table, &mut known, tables, rows)?;
    }
    Ok(())
}

/// Who has each grant. Where not all service accounts are known, others may have it through a group of accounts.
fn relate_grants(
    data: &Data<'_>,
    bindings: &Bindings,
    of_subjects: &[(u32, u32)],
    tables: &Tables,
    rows: &mut Rows,
) {
    let accounts = data.schema.tables_of("ServiceAccount");
    let unread = accounts.iter().any(|table| data.gaps.lacks(*table, &[], None));
    let to_group = |grant: &Grant| grant.subjects.iter().any(|subject| matches!(subject, Subject::Group(_)));
    let incomplete = bindings
        .iter()
        .flat_map(|(bound, grant)| bound.grants(grant).map(move |_| unread && to_group(grant)))
        .chain([false]);
    let incomplete: BooleanBuffer = incomplete.collect();
    let pairs = of_subjects.iter().map(|(subject, grant)| (*grant, *subject)).collect();
    let subjects = Edges::to_table(incomplete.len(), tables.subjects, pairs, incomplete.clone());
    rows.add_edges(tables.grants, "subjects", subjects);
}

fn relate_accounts(
    data: &Data<'_>,
    everyone: &BTreeSet<Subject>,
    known: &mut Known<'_>,
    tables: &Tables,
    rows: &mut Rows,
) -> Result<(), Error> {
    let places: HashMap<&Subject, u32> =
        everyone.iter().enumerate().map(|(row, subject)| (subject, index(row))).collect();
    for table in data.schema.tables_of("ServiceAccount") {
        let (namespaces, names) = (data.text(table, "namespace")?, data.text(table, "name")?);
        let mut relation = Relation::default();
        let mut accounts = Vec::new();
        for row in 0..data.rows(table)? {
            let account = namespaces.get(row).zip(names.get(row));
            let account = account.map(|(namespace, name)| Subject::service_account(namespace, name));
            accounts.extend(account.as_ref().and_then(|it| Some((*places.get(it)?, index(row)))));
            relation.push(account.as_ref().map(|account| known.of(account)));
        }
        relation.add(tables, table, "grants", rows);
        let unread = data.gaps.lacks(table, &[], None);
        let found: BTreeSet<u32> = accounts.iter().map(|(subject, _)| *subject).collect();
        let lacks = |(row, subject): (usize, &Subject)| {
            unread && subject.namespace().is_some() && !found.contains(&index(row))
        };
        let incomplete: BooleanBuffer = everyone.iter().enumerate().map(lacks).collect();
        let relation = Edges::to_table(everyone.len(), table, accounts, incomplete.clone());
        rows.add_edges(tables.subjects, "serviceAccount", relation);
    }
    Ok(())
}

/// A pod has what its account may do, if it mounts a token.
fn relate_workloads(
    data: &Data<'_>,
    table: TableId,
    known: &mut Known<'_>,
    tables: &Tables,
    rows: &mut Rows,
) -> Result<(), Error> {
    let mounts = mounts_token(data, table)?;
    let names = read::text(data, table, &["podTemplate", "serviceAccountName"])?;
    let mut relation = Relation::default();
    for (row, namespace) in data.namespaces(table)?.iter().enumerate() {
        if !mounts.maybe.value(row) {
            relation.push(Some(&Has::default()));
            continue;
        }
        let name = names.get(row).filter(|name| !name.is_empty()).unwrap_or("default");
        let account = Subject::service_account(namespace.unwrap_or_default(), name);
        relation.push(mounts.is_sure(row).then(|| known.of(&account)));
    }
    relation.add(tables, table, "tokenGrants", rows);
    Ok(())
}

fn mounts_token(data: &Data<'_>, table: TableId) -> Result<Mask, Error> {
    const MOUNTS: &str = "{podTemplate: {mountsServiceAccountToken: true}}";
    let type_name = &data.schema.table(table).type_name;
    let filter = filter_of(data.schema, type_name, MOUNTS, Timestamp::UNIX_EPOCH);
    let filter = filter.map_err(|found| {
        let message = found.first().map(|mistake| mistake.message.clone()).unwrap_or_default();
        Error::Derivation(format!("whether {type_name} mounts a token: {message}"))
    })?;
    data.eval(table, &filter)
}

/// What someone has.
#[derive(Debug, Clone, Default)]
struct Has {
    grants: Vec<u32>,
    escalations: Vec<u32>,
    incomplete: bool,
}

/// What those asked for so far have.
struct Known<'b> {
    bindings: &'b Bindings,
    by_subject: HashMap<Subject, Has>,
}

impl Known<'_> {
    fn of(&mut self, subject: &Subject) -> &Has {
        let bindings = self.bindings;
        self.by_subject.entry(subject.clone()).or_insert_with(|| has(bindings, subject))
    }
}

fn has(bindings: &Bindings, subject: &Subject) -> Has {
    let identity = subject.as_identity();
    let mut has = Has { incomplete: bindings.incomplete, ..Has::default() };
    let mut escalations = BTreeSet::new();
    for at in bindings.policy.grants_of(&identity) {
        let (bound, grant) = (&bindings.bound[at], &bindings.policy.grants()[at]);
        has.incomplete |= bound.incomplete;
        has.grants.extend(bound.grants(grant));
        escalations.extend(bindings.opened.by_rules(&grant.rules, grant.namespace.is_some()));
    }
    if identity.is_master() {
        has.grants.push(bypass_row(bindings));
        escalations.extend((0..ESCALATIONS.len()).map(index));
    }
    has.escalations = escalations.into_iter().collect();
    has
}

/// What each row of a table has.
#[derive(Default)]
struct Relation {
    rows: u32,
    grants: Vec<(u32, u32)>,
    escalations: Vec<(u32, u32)>,
    incomplete: Vec<bool>,
}

impl Relation {
    /// Adds the next row; none is one of which nothing is known.
    fn push(&mut self, has: Option<&Has>) {
        let row = self.rows;
        self.rows += 1;
        self.incomplete.push(has.is_none_or(|has| has.incomplete));
        if let Some(has) = has {
            self.grants.extend(has.grants.iter().map(|to| (row, *to)));
            self.escalations.extend(has.escalations.iter().map(|to| (row, *to)));
        }
    }

    fn add(self, tables: &Tables, from: TableId, grants: &str, rows: &mut Rows) {
        let incomplete: BooleanBuffer = self.incomplete.iter().copied().collect();
        let count = self.rows as usize;
        rows.add_edges(from, grants, Edges::to_table(count, tables.grants, self.grants, incomplete.clone()));
        let escalations = Edges::to_table(count, tables.escalations, self.escalations, incomplete.clone());
        rows.add_edges(from, "escalations", escalations);
    }
}
