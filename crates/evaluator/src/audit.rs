//! All controls over a snapshot → the audit document.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, RecordBatch};
use assay_audit::audit::{
    Audit, CheckResult, ControlResult, ExceptionUse, Gap, Inputs, OutcomeCounts, SCHEMA_VERSION, Summary,
    Tool, UnknownResult,
};
use assay_audit::evidence::EvidenceSource;
use assay_audit::exceptions::Exceptions;
use assay_audit::finding::{AssetRef, Finding, Place};
use assay_audit::{Outcome, audit};
use assay_controls::{Control, Lists};
use assay_model::canonical::hex;
use assay_model::coverage::ReadStatus;
use assay_model::id::AssetId;
use assay_model::schema::{BUILT_IN, Schema, TableId};
use assay_snapshot::Snapshot;
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};

use crate::compile::{Compiled, compile};
use crate::data::{Data, resource_name};
use crate::evidence::SnapshotEvidence;
use crate::judge::{Judged, judge};
use crate::query::Bindings;
use crate::results::Results;
use crate::{Error, describe};

/// What to evaluate.
pub struct Request<'a> {
    /// The asset model.
    pub schema: &'a Schema,
    /// The snapshot.
    pub snapshot: &'a Snapshot,
    /// The controls, manual ones included.
    pub controls: &'a [&'a Control],
    /// Exceptions, if there are any.
    pub exceptions: Option<&'a Exceptions>,
    /// The instant ages are counted from; the snapshot's own if not given.
    pub as_of: Option<Timestamp>,
    /// The lists that checks may name.
    pub lists: &'a Lists,
    /// Values of variables, in place of the controls' own.
    pub variables: &'a BTreeMap<String, serde_json::Value>,
}

static NO_VARIABLES: BTreeMap<String, serde_json::Value> = BTreeMap::new();

impl<'a> Request<'a> {
    /// Controls over a snapshot as of its own time: no exceptions, the built-in lists, no variables set.
    pub fn new(schema: &'a Schema, snapshot: &'a Snapshot, controls: &'a [&'a Control]) -> Self {
        let (lists, variables) = (Lists::built_in(), &NO_VARIABLES);
        Self { schema, snapshot, controls, exceptions: None, as_of: None, lists, variables }
    }
}

/// An audit and the row of every check and asset.
pub struct Evaluated {
    /// The document.
    pub audit: Audit,
    /// One row per check and asset: control, check, asset, kind, namespace, name, outcome, contentHash.
    pub results: RecordBatch,
}

/// Evaluates controls over a snapshot. The same request gives the same bytes.
pub fn evaluate(request: &Request<'_>) -> Result<Evaluated, Error> {
    let as_of = request.as_of.unwrap_or(request.snapshot.manifest.started);
    let mut controls = request.controls.to_vec();
    controls.sort_by(|a, b| a.id.cmp(&b.id));
    let bindings = Bindings { as_of, lists: request.lists, variables: request.variables };
    let checks = compile(request.schema, &controls, &bindings).map_err(Error::Checks)?;
    let data = Data::open(request.schema, request.snapshot);
    let mut run = Run::new(&data)?;
    for check in &checks {
        let judged = judge(&data, check)?;
        run.add(check, &judged)?;
    }
    run.finish(request, &controls, as_of)
}

/// An evaluation under way.
struct Run<'d, 's> {
    data: &'d Data<'s>,
    evidence: SnapshotEvidence<'s>,
    cluster: AssetRef,
    gaps: Vec<Gap>,
    /// The gap of each object that could not be read.
    unreadable: BTreeMap<(TableId, usize), usize>,
    results: Results,
    findings: BTreeMap<String, Finding>,
    order: BTreeMap<String, describe::SortKey>,
    unknowns: Vec<UnknownResult>,
    checks: BTreeMap<(String, String), CheckResult>,
    counts: OutcomeCounts,
}

impl<'d, 's> Run<'d, 's> {
    fn new(data: &'d Data<'s>) -> Result<Self, Error> {
        let mut run = Self {
            data,
            evidence: SnapshotEvidence::new(data.snapshot),
            cluster: describe::cluster(data.snapshot),
            gaps: data.gaps.list.clone(),
            unreadable: BTreeMap::new(),
            results: Results::default(),
            findings: BTreeMap::new(),
            order: BTreeMap::new(),
            unknowns: Vec::new(),
            checks: BTreeMap::new(),
            counts: OutcomeCounts::default(),
        };
        run.add_unreadable()?;
        Ok(run)
    }

    /// Each unreadable object is a gap of its own.
    fn add_unreadable(&mut self) -> Result<(), Error> {
        for (def, resource) in self.data.schema.assets() {
            for table in self.data.schema.tables_of(&def.name) {
                let reasons = self.data.text(table, "unreadable")?;
                for row in (0..reasons.len()).filter(|row| !reasons.is_null(*row)) {
                    self.unreadable.insert((table, row), self.gaps.len());
                    self.gaps.push(Gap {
                        resource: resource_name(&resource.plural, &resource.group),
                        namespace: None,
                        asset: Some(self.data.asset_ref(table, row)?),
                        status: ReadStatus::Failed,
                        message: reasons.value(row).to_owned(),
                        permission: None,
                    });
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, check: &Compiled<'_>, judged: &Judged) -> Result<(), Error> {
        let mut assets = OutcomeCounts::default();
        let mut outcomes = BTreeSet::new();
        for ((table, row), outcome) in &judged.rows {
            let asset = self.data.asset_ref(*table, *row)?;
            let hash = self.data.content_hash(*table, *row)?;
            assets.add(*outcome);
            outcomes.insert(*outcome);
            self.results.push(
                check.control.id.as_str(),
                check.check.slug.as_str(),
                &asset,
                *outcome,
                hash.as_deref(),
            );
            match outcome {
                Outcome::Fail => self.fail(check, judged, *table, *row, asset, hash)?,
                Outcome::Unknown => {
                    let gaps = self.reasons(judged, *table, *row, &asset)?;
                    self.unknown(check, asset, gaps);
                }
                Outcome::Pass | Outcome::NotApplicable => {}
            }
        }
        if let Some(outcome) = judged.cluster {
            assets.add(outcome);
            outcomes.insert(outcome);
            self.cluster_result(check, judged, outcome);
        }
        let key = (check.control.id.to_string(), check.check.slug.to_string());
        self.checks
            .insert(key, describe::check_result(self.data, check, judged, Outcome::of(outcomes), assets));
        for (outcome, count) in [
            (&mut self.counts.pass, assets.pass),
            (&mut self.counts.fail, assets.fail),
            (&mut self.counts.unknown, assets.unknown),
        ] {
            *outcome += count;
        }
        Ok(())
    }

    fn cluster_result(&mut self, check: &Compiled<'_>, judged: &Judged, outcome: Outcome) {
        let cluster = self.cluster.clone();
        self.results.push(check.control.id.as_str(), check.check.slug.as_str(), &cluster, outcome, None);
        match outcome {
            Outcome::Fail => {
                let place =
                    Place { asset: cluster.clone(), content_hash: None, evidence: Vec::new(), source: None };
                let finding = describe::finding(check, cluster, None, false, place);
                self.findings.insert(finding.id.clone(), finding);
            }
            Outcome::Unknown => {
                let mut gaps: BTreeSet<usize> = judged.found.gaps.clone();
                gaps.extend(judged.found.reads.iter().flat_map(|table| self.data.gaps.of_table(*table, &[])));
                self.unknown(check, cluster, gaps.into_iter().collect());
            }
            Outcome::Pass | Outcome::NotApplicable => {}
        }
    }

    fn fail(
        &mut self,
        check: &Compiled<'_>,
        judged: &Judged,
        table: TableId,
        row: usize,
        asset: AssetRef,
        content_hash: Option<String>,
    ) -> Result<(), Error> {
        let (owner, container) = self.data.finding_asset(table, row)?;
        let evidence = describe::evidence(self.data, check, judged, table, row)?;
        let below = self.data.row_path(table, row)?;
        // The first field that stands below the row itself; else the row.
        let own = |e: &&assay_audit::finding::Evidence| e.field.contains('.') && e.field.starts_with(&below);
        let field = evidence.iter().find(own).map_or(below.as_str(), |e| e.field.as_str());
        let source = self.evidence.position(&asset.id, field);
        let place = Place { asset, content_hash, evidence, source };
        let built_in = self.data.is_built_in(table, row)?;
        let mut finding = describe::finding(check, owner, container, built_in, place);
        if let Some(known) = self.findings.get_mut(&finding.id) {
            known.places.append(&mut finding.places);
            return Ok(());
        }
        if let Some(selected) = &check.evidence {
            finding.facts = self.data.project(table, row, &selected.fields)?;
        }
        self.order.insert(finding.id.clone(), describe::sort_key(check, &finding));
        self.findings.insert(finding.id.clone(), finding);
        Ok(())
    }

    /// Which gaps leave a row undecided: its own, its namespace's, or those of what the check reads.
    fn reasons(
        &self,
        judged: &Judged,
        table: TableId,
        row: usize,
        asset: &AssetRef,
    ) -> Result<Vec<usize>, Error> {
        let own = (self.data.schema.asset_table(table), self.data.asset_rows(table)?[row] as usize);
        if let Some(gap) = self.unreadable.get(&own) {
            return Ok(vec![*gap]);
        }
        let applies = |gap: &usize| {
            let namespace = &self.gaps[*gap].namespace;
            namespace.is_none() || *namespace == asset.namespace || asset.namespace.is_none()
        };
        let listed =
            judged.found.reads.iter().flat_map(|table| self.data.gaps.of_table(*table, &[])).filter(applies);
        let mut gaps: BTreeSet<usize> = listed.collect();
        if gaps.is_empty() {
            let read = self.unreadable.iter().filter(|((table, _), _)| judged.found.reads.contains(table));
            gaps.extend(read.map(|(_, gap)| *gap));
        }
        Ok(gaps.into_iter().collect())
    }

    fn unknown(&mut self, check: &Compiled<'_>, asset: AssetRef, gaps: Vec<usize>) {
        let (control, check) = (check.control.id.to_string(), check.check.slug.to_string());
        self.unknowns.push(UnknownResult { control, check, asset, gaps });
    }

    fn finish(
        mut self,
        request: &Request<'_>,
        controls: &[&Control],
        as_of: Timestamp,
    ) -> Result<Evaluated, Error> {
        let mut findings: Vec<Finding> = std::mem::take(&mut self.findings).into_values().collect();
        let rank = |finding: &Finding| self.order.get(&finding.id).cloned().unwrap_or_default();
        findings.sort_by(|a, b| {
            (b.severity, &a.control, &a.check, rank(a), &a.asset, &a.container)
                .partial_cmp(&(a.severity, &b.control, &b.check, rank(b), &b.asset, &b.container))
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        for finding in &mut findings {
            finding.places.sort_by(|a, b| a.asset.cmp(&b.asset));
        }
        let exceptions = self.except(request.exceptions, &mut findings, as_of)?;
        self.unknowns.sort();
        let results = self.results.finish()?;
        let controls: Vec<ControlResult> =
            controls.iter().map(|c| describe::control_result(c, &self.checks)).collect();
        let mut audit = Audit {
            schema_version: SCHEMA_VERSION.to_owned(),
            snapshot: describe::snapshot(request.snapshot),
            as_of: as_of.to_string(),
            inputs: inputs(request),
            result_digest: String::new(),
            tool: Tool { name: "assay".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            summary: summary(&controls, &findings, self.counts),
            controls,
            findings,
            unknowns: self.unknowns,
            gaps: self.gaps,
            exceptions,
            notes: request.snapshot.manifest.collection.notes.clone(),
        };
        audit.result_digest = result_digest(&audit);
        Ok(Evaluated { audit, results })
    }

    fn except(
        &self,
        exceptions: Option<&Exceptions>,
        findings: &mut [Finding],
        as_of: Timestamp,
    ) -> Result<Vec<ExceptionUse>, Error> {
        let Some(exceptions) = exceptions else { return Ok(Vec::new()) };
        let day = as_of.to_zoned(TimeZone::UTC).date();
        let labels = |asset: &AssetId| self.evidence.object(asset).map(|object| describe::labels(&object));
        let selected = |filter: &str| self.data.select(filter, as_of);
        exceptions.apply(findings, day, &labels, &selected).map_err(Error::Exceptions)
    }
}

fn summary(controls: &[ControlResult], findings: &[Finding], results: OutcomeCounts) -> Summary {
    let mut summary = Summary { results, ..Summary::default() };
    for control in controls {
        match control.outcome {
            Some(outcome) => summary.controls.add(outcome),
            None => summary.manual_controls += 1,
        }
    }
    for finding in findings {
        if finding.is_open() {
            *summary.open_findings.entry(finding.severity).or_default() += 1;
        } else {
            summary.excepted_findings += 1;
        }
    }
    summary
}

fn inputs(request: &Request<'_>) -> Inputs {
    let digest = |parts: &mut dyn Iterator<Item = &str>| {
        let mut hash = Sha256::new();
        parts.for_each(|part| {
            hash.update(part);
            hash.update([0]);
        });
        hex(&hash.finalize())
    };
    let mut controls: Vec<&&Control> = request.controls.iter().collect();
    controls.sort_by(|a, b| a.id.cmp(&b.id));
    Inputs {
        controls: digest(&mut controls.iter().map(|control| control.digest.as_str())),
        model: digest(&mut BUILT_IN.iter().map(|(_, text)| *text)),
        exceptions: request.exceptions.map(Exceptions::digest),
        lists: Some(request.lists.digest()),
        variables: (!request.variables.is_empty()).then(|| {
            let pairs = request.variables.iter().map(|(name, value)| format!("{name}={value}"));
            digest(&mut pairs.collect::<Vec<_>>().iter().map(String::as_str))
        }),
    }
}

/// SHA-256 over the inputs and the results, without the program's version: a later one can show that it
/// reproduces them.
fn result_digest(audit: &audit::Audit) -> String {
    let parts = serde_json::json!([
        audit.snapshot.digest,
        audit.as_of,
        audit.inputs,
        audit.controls,
        audit.findings,
        audit.unknowns,
        audit.gaps,
        audit.exceptions,
    ]);
    hex(&Sha256::digest(parts.to_string()))
}
