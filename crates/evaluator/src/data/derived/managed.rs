//! What keeps an object as it is, by the marks that it leaves.

use std::sync::Arc;

use arrow::array::StringArray;
use assay_model::schema::{TableId, split_api_version};

use super::Fact;
use crate::Error;
use crate::data::Data;
use crate::texts::Texts;

/// Labels and annotations by which a tool knows its objects: what it is called, the mark with the namespace, the mark
/// with the name. The first that is there counts: Argo CD and Flux also apply what they rendered with Helm.
const MARKS: &[(&str, Option<&str>, &str)] = &[
    ("Flux Kustomization", Some("kustomize.toolkit.fluxcd.io/namespace"), "kustomize.toolkit.fluxcd.io/name"),
    ("Flux HelmRelease", Some("helm.toolkit.fluxcd.io/namespace"), "helm.toolkit.fluxcd.io/name"),
    ("Argo CD application", None, "argocd.argoproj.io/instance"),
    ("Argo CD application", None, "argocd.argoproj.io/tracking-id"),
    ("Helm release", Some("meta.helm.sh/release-namespace"), "meta.helm.sh/release-name"),
];

/// `Helm release shop/web`, `Argo CD application web`, `Prometheus monitoring/main`: of each row.
pub(in crate::data) fn managed_by(data: &Data<'_>, table: TableId) -> Result<Fact, Error> {
    let marks =
        [data.labels(table, &["labels".to_owned()])?, data.labels(table, &["annotations".to_owned()])?];
    let controller = |name: &str| data.texts(table, &["controller".to_owned(), name.to_owned()]);
    let (versions, kinds, names) = (controller("apiVersion")?, controller("kind")?, controller("name")?);
    let namespaces = data.namespaces(table)?;
    let mark = |row: usize, key: &str| marks.iter().find_map(|marks| marks.get(row, key));
    let by_tool = |row: usize| {
        MARKS.iter().find_map(|(tool, namespace, name)| {
            // A tracking id goes on with the object that it is for.
            let name = mark(row, name)?.split(':').next().unwrap_or_default();
            Some(match namespace.and_then(|namespace| mark(row, namespace)) {
                Some(namespace) => format!("{tool} {namespace}/{name}"),
                None => format!("{tool} {name}"),
            })
        })
    };
    let by_owner = |row: usize| {
        let text = |column: &Texts| column.get(row).map(str::to_owned);
        let (version, kind, name) = (text(&versions)?, text(&kinds)?, text(&names)?);
        let is_custom = data
            .schema
            .typed(split_api_version(&version).0, &kind)
            .is_none_or(|def| def.resource.as_ref().is_some_and(|own| !own.is_built_in()));
        let namespace = namespaces.of(row).map(|namespace| format!("{namespace}/")).unwrap_or_default();
        is_custom.then(|| format!("{kind} {namespace}{name}"))
    };
    let managed = (0..data.rows(table)?).map(|row| by_tool(row).or_else(|| by_owner(row)));
    Ok(Fact::known(Arc::new(managed.collect::<StringArray>())))
}
