//! The rows of subjects, grants and escalations.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, ListBuilder, StringArray, StringBuilder};
use assay_model::id::AssetId;
use assay_model::rbac::{ESCALATIONS, Grant, MASTERS, Rule, Subject};

use super::Tables;
use super::bindings::{Bindings, Place};
use crate::Error;
use crate::data::derived::Rows;
use crate::data::{Data, index};

const RBAC: &str = "rbac.authorization.k8s.io";

impl Tables {
    /// Adds the derived tables, and what leads from grants to what they are made of.
    pub(super) fn add(data: &Data<'_>, bindings: &Bindings, rows: &mut Rows) -> Result<Self, Error> {
        let tables = Self {
            escalations: rows.add_table(data.schema, "Escalation", escalations())?,
            subjects: rows.add_table(data.schema, "Subject", subjects(&everyone(data, bindings)?))?,
            grants: rows.add_table(data.schema, "Grant", grants(data, bindings)?)?,
        };
        tables.relate_grants(data, bindings, rows);
        Ok(tables)
    }

    fn relate_grants(&self, data: &Data<'_>, bindings: &Bindings, rows: &mut Rows) {
        let bypass = bypass_row(bindings);
        let count = bypass as usize + 1;
        let each = |place: fn(&super::bindings::Bound) -> Option<Place>,
                    type_name: &str,
                    field: &str,
                    rows: &mut Rows| {
            for table in data.schema.tables_of(type_name) {
                let from = bindings.iter().filter_map(|(bound, grant)| {
                    let (of, to) = place(bound)?;
                    (of == table).then(|| bound.grants(grant).map(move |row| (row, to)))
                });
                rows.add_known_edges(self.grants, count, field, table, from.flatten().collect());
            }
        };
        each(|bound| Some(bound.binding), "RoleBinding", "roleBinding", rows);
        each(|bound| Some(bound.binding), "ClusterRoleBinding", "clusterRoleBinding", rows);
        each(|bound| bound.role, "Role", "role", rows);
        each(|bound| bound.role, "ClusterRole", "clusterRole", rows);
        let mut opened = Vec::new();
        for (bound, grant) in bindings.iter() {
            for (row, rule) in bound.grants(grant).zip(&grant.rules) {
                let by_rule = bindings.opened.by_rule(rule, grant.namespace.is_some());
                opened.extend(by_rule.iter().map(|to| (row, *to)));
            }
        }
        opened.extend((0..ESCALATIONS.len()).map(|to| (bypass, index(to))));
        rows.add_known_edges(self.grants, count, "escalations", self.escalations, opened);
    }
}

/// The row of what `system:masters` may do, which comes after those of all bindings.
pub(super) fn bypass_row(bindings: &Bindings) -> u32 {
    index(bindings.policy.grants().iter().map(|grant| grant.rules.len()).sum())
}

/// Everyone that bindings name, and every service account.
pub(super) fn everyone(data: &Data<'_>, bindings: &Bindings) -> Result<BTreeSet<Subject>, Error> {
    let mut everyone: BTreeSet<Subject> = bindings.policy.subjects().into_iter().cloned().collect();
    for table in data.schema.tables_of("ServiceAccount") {
        let (namespaces, names) = (data.text(table, "namespace")?, data.text(table, "name")?);
        everyone.extend(
            (0..names.rows())
                .filter_map(|row| Some(Subject::service_account(namespaces.get(row)?, names.get(row)?))),
        );
    }
    Ok(everyone)
}

fn subjects(everyone: &BTreeSet<Subject>) -> Vec<(&'static str, ArrayRef)> {
    let texts = |value: &dyn Fn(&Subject) -> Option<String>| -> ArrayRef {
        Arc::new(everyone.iter().map(value).collect::<StringArray>())
    };
    let group = |subject: &Subject| if subject.namespace().is_some() { "" } else { RBAC };
    let id = |subject: &Subject| {
        let namespace = subject.namespace().unwrap_or_default();
        AssetId::new(group(subject), subject.kind(), namespace, subject.name()).as_str().to_owned()
    };
    let api_version = |subject: &Subject| match group(subject) {
        "" => "v1".to_owned(),
        group => format!("{group}/v1"),
    };
    vec![
        ("id", texts(&|subject| Some(id(subject)))),
        ("kind", texts(&|subject| Some(subject.kind().to_owned()))),
        ("apiVersion", texts(&|subject| Some(api_version(subject)))),
        ("namespace", texts(&|subject| subject.namespace().map(str::to_owned))),
        ("name", texts(&|subject| Some(subject.name().to_owned()))),
    ]
}

fn escalations() -> Vec<(&'static str, ArrayRef)> {
    let names: ArrayRef = Arc::new(ESCALATIONS.iter().map(|it| Some(it.name)).collect::<StringArray>());
    let descriptions = ESCALATIONS.iter().map(|it| Some(it.description)).collect::<StringArray>();
    let wide = ESCALATIONS.iter().map(|it| Some(it.is_cluster_wide())).collect::<BooleanArray>();
    vec![
        ("id", names.clone()),
        ("name", names),
        ("description", Arc::new(descriptions)),
        ("clusterWide", Arc::new(wide)),
    ]
}

fn grants(data: &Data<'_>, bindings: &Bindings) -> Result<Vec<(&'static str, ArrayRef)>, Error> {
    let mut columns = GrantColumns::default();
    for (bound, grant) in bindings.iter() {
        let ids = data.ids(bound.binding.0)?;
        columns.push(ids.value(bound.binding.1 as usize), grant);
    }
    let everything = vec!["*".to_owned()];
    let bypass = Rule {
        verbs: everything.clone(),
        api_groups: everything.clone(),
        resources: everything.clone(),
        resource_names: Vec::new(),
        non_resource_urls: everything,
    };
    let masters = AssetId::new(RBAC, "Group", "", MASTERS);
    columns.push(masters.as_str(), &Grant { namespace: None, subjects: Vec::new(), rules: vec![bypass] });
    Ok(columns.finish())
}

#[derive(Default)]
struct GrantColumns {
    ids: StringBuilder,
    namespaces: StringBuilder,
    verbs: ListBuilder<StringBuilder>,
    api_groups: ListBuilder<StringBuilder>,
    resources: ListBuilder<StringBuilder>,
    resource_names: ListBuilder<StringBuilder>,
    urls: ListBuilder<StringBuilder>,
}

impl GrantColumns {
    fn push(&mut self, binding: &str, grant: &Grant) {
        for (number, rule) in grant.rules.iter().enumerate() {
            self.ids.append_value(format!("{binding}#grants/{number}"));
            self.namespaces.append_option(grant.namespace.as_deref());
            append(&mut self.verbs, &rule.verbs);
            append(&mut self.api_groups, &rule.api_groups);
            append(&mut self.resources, &rule.resources);
            append(&mut self.resource_names, &rule.resource_names);
            append(&mut self.urls, &rule.non_resource_urls);
        }
    }

    fn finish(mut self) -> Vec<(&'static str, ArrayRef)> {
        let ids = self.ids.finish();
        let rows = ids.len();
        let is_bypass: BooleanArray = (1..=rows).map(|row| Some(row == rows)).collect();
        vec![
            ("id", Arc::new(ids)),
            ("namespace", Arc::new(self.namespaces.finish())),
            ("verbs", Arc::new(self.verbs.finish())),
            ("apiGroups", Arc::new(self.api_groups.finish())),
            ("resources", Arc::new(self.resources.finish())),
            ("resourceNames", Arc::new(self.resource_names.finish())),
            ("nonResourceURLs", Arc::new(self.urls.finish())),
            ("isBypass", Arc::new(is_bypass)),
        ]
    }
}

/// A list that the rule doesn't have is missing.
fn append(lists: &mut ListBuilder<StringBuilder>, values: &[String]) {
    values.iter().for_each(|value| lists.values().append_value(value));
    lists.append(!values.is_empty());
}
