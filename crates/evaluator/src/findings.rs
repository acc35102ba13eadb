//! Failures, gathered by the asset a person would change.

use std::collections::{BTreeSet, HashMap};
use std::mem;
use std::sync::Arc;

use arrow::buffer::BooleanBuffer;
use assay_audit::finding::{AssetRef, Evidence, Place};
use assay_audit::{Finding, Outcome};
use assay_model::id::AssetId;
use assay_model::schema::TableId;
use assay_snapshot::Snapshot;

use crate::Error;
use crate::check::Site;
use crate::compile::Compiled;
use crate::data::{Data, Identity};
use crate::describe::{self, SortKey};
use crate::judge::Judged;
use crate::positions::Positions;
use crate::project::{Gatherer, Projection};

/// A finding whose places have no position in a file yet.
pub(crate) struct Draft {
    finding: Finding,
    order: SortKey,
    /// By place, the field whose position it gets.
    pointed: Vec<String>,
}

impl Draft {
    fn rank(&self) -> impl Ord + '_ {
        (&self.order, &self.finding.asset, &self.finding.container)
    }

    /// Each place, with the field whose position it gets.
    fn pointed(&mut self) -> impl Iterator<Item = (&mut Place, &String)> {
        self.finding.places.iter_mut().zip(&self.pointed)
    }
}

/// The findings of a check, in their order.
pub(crate) fn of_check(data: &Data<'_>, check: &Compiled<'_>, judged: &Judged) -> Result<Vec<Draft>, Error> {
    let mut drafts = Drafts { check, by_id: HashMap::new(), list: Vec::new() };
    for (table, verdicts) in judged.rows.iter().filter(|(_, verdicts)| verdicts.fail.count_set_bits() > 0) {
        let rows = Rows::new(data, check, judged, *table)?;
        for row in verdicts.fail.set_indices() {
            drafts.add(&rows, row)?;
        }
    }
    if judged.cluster == Some(Outcome::Fail) {
        drafts.add_cluster(data.snapshot);
    }
    let mut list: Vec<Draft> = drafts.list.into_iter().map(Gathered::in_order).collect();
    list.sort_by(|a, b| a.rank().cmp(&b.rank()));
    Ok(list)
}

/// Findings with their positions.
pub(crate) fn finish(mut drafts: Vec<Draft>, snapshot: &Snapshot) -> Result<Vec<Finding>, Error> {
    if Positions::are_in(snapshot) {
        let mut positions = Positions::default();
        for (place, field) in drafts.iter_mut().flat_map(Draft::pointed) {
            positions.want(&place.asset.id, field);
        }
        positions.read(snapshot)?;
        for (place, field) in drafts.iter_mut().flat_map(Draft::pointed) {
            place.source = positions.of(&place.asset.id, field);
        }
    }
    Ok(drafts.into_iter().map(|draft| draft.finding).collect())
}

/// The findings of a check under way.
struct Drafts<'c> {
    check: &'c Compiled<'c>,
    by_id: HashMap<String, usize>,
    list: Vec<Gathered>,
}

/// A finding whose places are being gathered, each with the field whose position it gets.
struct Gathered {
    finding: Finding,
    order: SortKey,
    places: Vec<(Place, String)>,
}

impl Gathered {
    /// The finding, its places in the order of their assets.
    fn in_order(mut self) -> Draft {
        self.places.sort_by(|(a, _), (b, _)| a.asset.cmp(&b.asset));
        let pointed = self.places.iter_mut().map(|(_, field)| mem::take(field)).collect();
        let places = self.places.into_iter().map(|(place, _)| place).collect();
        Draft { finding: Finding { places, ..self.finding }, order: self.order, pointed }
    }
}

impl Drafts<'_> {
    /// Adds the failure of a row.
    fn add(&mut self, rows: &Rows<'_, '_>, row: usize) -> Result<(), Error> {
        let place = rows.place(row)?;
        let field = rows.pointed(row, &place.evidence);
        let (owner, container) = rows.owner(row)?;
        let mut finding = describe::finding(self.check, owner, container, rows.is_built_in(row));
        if let Some(known) = self.by_id.get(&finding.id).and_then(|index| self.list.get_mut(*index)) {
            known.places.push((place, field));
            return Ok(());
        }
        if let Some(facts) = &rows.facts {
            finding.facts = facts.row(row)?;
        }
        self.by_id.insert(finding.id.clone(), self.list.len());
        let order = describe::sort_key(self.check, &finding);
        self.list.push(Gathered { finding, order, places: vec![(place, field)] });
        Ok(())
    }

    /// Adds a failure that belongs to no other asset than the cluster.
    fn add_cluster(&mut self, snapshot: &Snapshot) {
        let asset = describe::cluster(snapshot);
        let place = Place { asset: asset.clone(), content_hash: None, evidence: Vec::new(), source: None };
        let finding = describe::finding(self.check, asset, None, false);
        self.list.push(Gathered { finding, order: SortKey::default(), places: vec![(place, String::new())] });
    }
}

/// All that findings on the rows of a table are made of.
struct Rows<'c, 's> {
    data: &'c Data<'s>,
    identity: Arc<Identity>,
    are_containers: bool,
    asset: TableId,
    /// Of workloads, the one that a finding on each asset belongs to.
    owners: Option<Arc<Vec<(TableId, u32)>>>,
    built_in: BooleanBuffer,
    has_positions: bool,
    /// Where the query yields rows, with the fields selected there.
    sites: Vec<(&'c Site, Gatherer<'c, 's>)>,
    /// The fields the filters ask for.
    asked: Gatherer<'c, 's>,
    facts: Option<Projection<'c, 's>>,
}

impl<'c, 's> Rows<'c, 's> {
    fn new(
        data: &'c Data<'s>,
        check: &'c Compiled<'_>,
        judged: &'c Judged,
        table: TableId,
    ) -> Result<Self, Error> {
        let schema = data.schema;
        let asset = schema.asset_table(table);
        let is_workload =
            schema.get(&schema.table(asset).type_name).is_some_and(|def| def.implements("Workload"));
        let sites = judged.found.sites.iter().filter(|site| site.table == table);
        let sites = sites.map(|site| Ok((site, Gatherer::selected(data, table, &site.selected.fields)?)));
        let roots = check.query.roots.iter();
        let roots = roots.filter(|root| schema.tables_of(&root.type_name).contains(&table));
        let facts = check.evidence.as_ref().map(|picked| Projection::new(data, table, &picked.fields));
        Ok(Self {
            data,
            identity: data.identity(table)?,
            are_containers: schema.table(table).type_name == "Container",
            asset,
            owners: is_workload.then(|| data.top_controllers(asset)).transpose()?,
            built_in: data.built_in(asset)?,
            has_positions: Positions::are_in(data.snapshot),
            sites: sites.collect::<Result<_, Error>>()?,
            asked: Gatherer::asked(data, table, roots.map(|root| &root.filter))?,
            facts: facts.transpose()?,
        })
    }

    fn place(&self, row: usize) -> Result<Place, Error> {
        Ok(Place {
            asset: self.identity.asset_ref(row),
            content_hash: self.identity.content_hash(row),
            evidence: self.evidence(row)?,
            source: None,
        })
    }

    /// The fields a verdict rests on: those selected beside the fragment, else those the filters ask for.
    fn evidence(&self, row: usize) -> Result<Vec<Evidence>, Error> {
        let site = self.sites.iter().find(|(site, _)| site.result.is_sure(row));
        let mut found = site.map(|(_, fields)| fields.row(row)).transpose()?.unwrap_or_default();
        found.dedup();
        if found.is_empty() { self.asked.row(row) } else { Ok(found) }
    }

    /// The first field that stands below the row itself; else the row. Of a cluster, none: it has no positions.
    fn pointed(&self, row: usize, evidence: &[Evidence]) -> String {
        if !self.has_positions {
            return String::new();
        }
        let below = self.identity.path(row);
        let own = |evidence: &&Evidence| evidence.field.contains('.') && evidence.field.starts_with(below);
        evidence.iter().find(own).map_or(below, |evidence| &evidence.field).to_owned()
    }

    /// The asset a finding on a row belongs to, and the container it is about.
    fn owner(&self, row: usize) -> Result<(Arc<AssetRef>, Option<String>), Error> {
        let at = self.identity.asset(row);
        let owner = self.owners.as_ref().and_then(|owners| owners.get(at).copied());
        let (table, at) = owner.map_or((self.asset, at), |(table, at)| (table, at as usize));
        let container = self.are_containers.then(|| self.identity.container(row)).flatten();
        Ok((self.data.asset_ref(table, at)?, container.map(str::to_owned)))
    }

    fn is_built_in(&self, row: usize) -> bool {
        self.built_in.value(self.identity.asset(row))
    }
}

/// The assets that findings are about, and those they were seen on.
pub(crate) fn assets(findings: &[Finding]) -> BTreeSet<AssetId> {
    let places =
        findings.iter().flat_map(|finding| finding.places.iter().map(|place| place.asset.id.object()));
    findings.iter().map(|finding| finding.asset.id.object()).chain(places).collect()
}
