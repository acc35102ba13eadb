//! Failures, gathered by the asset a person would change.

use std::collections::{BTreeMap, BTreeSet};

use assay_audit::Finding;
use assay_audit::finding::{Evidence, Place};
use assay_model::id::AssetId;
use assay_model::schema::TableId;
use assay_snapshot::Snapshot;

use crate::compile::Compiled;
use crate::data::Data;
use crate::describe::{self, SortKey};
use crate::evidence::Positions;
use crate::judge::Judged;
use crate::{Error, describe::cluster};

/// Findings under way, by id.
#[derive(Default)]
pub(crate) struct Findings {
    drafts: BTreeMap<String, Draft>,
    positions: Positions,
}

/// A finding whose places have no position in a file yet.
struct Draft {
    finding: Finding,
    order: SortKey,
    /// For each place, the field whose position it gets.
    fields: Vec<String>,
}

impl Findings {
    /// Adds the failure of a row.
    pub(crate) fn add(
        &mut self,
        data: &Data<'_>,
        check: &Compiled<'_>,
        judged: &Judged,
        (table, row): (TableId, usize),
    ) -> Result<(), Error> {
        let (owner, container) = data.finding_asset(table, row)?;
        let evidence = describe::evidence(data, check, judged, table, row)?;
        let asset = data.asset_ref(table, row)?;
        let field = pointed(&evidence, &data.row_path(table, row)?);
        self.positions.want(&asset.id, &field);
        let content_hash = data.content_hash(table, row)?;
        let place = Place { asset, content_hash, evidence, source: None };
        let built_in = data.is_built_in(table, row)?;
        let mut finding = describe::finding(check, owner, container, built_in, place);
        if let Some(known) = self.drafts.get_mut(&finding.id) {
            known.finding.places.append(&mut finding.places);
            known.fields.push(field);
            return Ok(());
        }
        if let Some(selected) = &check.evidence {
            finding.facts = data.project(table, row, &selected.fields)?;
        }
        let order = describe::sort_key(check, &finding);
        self.drafts.insert(finding.id.clone(), Draft { finding, order, fields: vec![field] });
        Ok(())
    }

    /// Adds a failure that belongs to no other asset than the cluster.
    pub(crate) fn add_cluster(&mut self, check: &Compiled<'_>, snapshot: &Snapshot) {
        let asset = cluster(snapshot);
        let place = Place { asset: asset.clone(), content_hash: None, evidence: Vec::new(), source: None };
        let finding = describe::finding(check, asset, None, false, place);
        let draft = Draft { order: SortKey::default(), fields: vec![String::new()], finding };
        self.drafts.insert(draft.finding.id.clone(), draft);
    }

    /// All findings with their positions, worst first.
    pub(crate) fn finish(mut self, snapshot: &Snapshot) -> Result<Vec<Finding>, Error> {
        self.positions.read(snapshot)?;
        let mut drafts: Vec<Draft> = self.drafts.into_values().collect();
        for Draft { finding, fields, .. } in &mut drafts {
            for (place, field) in finding.places.iter_mut().zip(&*fields) {
                place.source = self.positions.of(&place.asset.id, field);
            }
            finding.places.sort_by(|a, b| a.asset.cmp(&b.asset));
        }
        drafts.sort_by(|a, b| a.rank().cmp(&b.rank()));
        Ok(drafts.into_iter().map(|draft| draft.finding).collect())
    }
}

impl Draft {
    fn rank(&self) -> impl Ord + '_ {
        let Finding { severity, control, check, asset, container, .. } = &self.finding;
        (std::cmp::Reverse(*severity), control, check, &self.order, asset, container)
    }
}

/// The first field that stands below the row itself; else the row.
fn pointed(evidence: &[Evidence], below: &str) -> String {
    let own = |evidence: &&Evidence| evidence.field.contains('.') && evidence.field.starts_with(below);
    evidence.iter().find(own).map_or(below, |evidence| evidence.field.as_str()).to_owned()
}

/// The assets that findings are about, and those they were seen on.
pub(crate) fn assets(findings: &[Finding]) -> BTreeSet<AssetId> {
    let places =
        findings.iter().flat_map(|finding| finding.places.iter().map(|place| place.asset.id.object()));
    findings.iter().map(|finding| finding.asset.id.object()).chain(places).collect()
}
