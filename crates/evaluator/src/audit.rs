//! All controls over a snapshot → the audit document.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use assay_audit::Outcome;
use assay_audit::audit::{
    Audit, CheckResult, ControlResult, ExceptionUse, Inputs, OutcomeCounts, SCHEMA_VERSION, Summary, Tool,
    UnknownResult,
};
use assay_audit::exceptions::Exceptions;
use assay_audit::finding::{AssetRef, Finding};
use assay_controls::{Control, Lists};
use assay_model::builtin;
use assay_model::canonical::{digest_of, hex};
use assay_model::cores::side_by_side;
use assay_model::id::AssetId;
use assay_model::schema::Schema;
use assay_snapshot::Snapshot;
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};

use crate::compile::{Checks, Compiled};
use crate::data::Data;
use crate::evidence::SnapshotEvidence;
use crate::findings::{self, Draft};
use crate::judge::{Judged, judge};
use crate::query::Bindings;
use crate::results::Results;
use crate::unread::Unread;
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
    /// The outcome of every check for every asset.
    pub results: Results,
}

/// Evaluates controls over a snapshot. The same request gives the same bytes.
pub fn evaluate(request: &Request<'_>) -> Result<Evaluated, Error> {
    let as_of = request.as_of.unwrap_or(request.snapshot.manifest.started);
    let bindings = Bindings { as_of, lists: request.lists, variables: request.variables };
    let checks = Checks::resolve(request.schema, request.controls, bindings).map_err(Error::Checks)?;
    let data = Data::open(request.schema, request.snapshot);
    evaluate_checks(&checks, &data, request.exceptions, request.as_of)
}

/// Evaluates controls whose checks are resolved, over data of the same model. From which instant they count ages then
/// does not matter: they do from `as_of`, else from the snapshot's own time.
pub fn evaluate_checks(
    controls: &Checks<'_>,
    data: &Data<'_>,
    exceptions: Option<&Exceptions>,
    as_of: Option<Timestamp>,
) -> Result<Evaluated, Error> {
    let as_of = as_of.unwrap_or(data.snapshot.manifest.started);
    let anew = controls.anew(as_of).map_err(Error::Checks)?;
    let checks = controls.with(&anew);
    let judged = judge_all(data, &checks)?;
    // By now most tables were opened, on all cores.
    let mut run = Run::new(data)?;
    let mut drafts = Vec::new();
    for (check, (judged, findings)) in checks.iter().copied().zip(judged) {
        run.add(check, &judged)?;
        drafts.push((check, findings));
    }
    drafts.sort_by(|(a, _), (b, _)| a.rank().cmp(&b.rank()));
    // A list that grows would be copied; there may be a million.
    let mut list = Vec::with_capacity(drafts.iter().map(|(_, drafts)| drafts.len()).sum());
    list.extend(drafts.into_iter().flat_map(|(_, drafts)| drafts));
    let findings = findings::finish(list, data.snapshot)?;
    run.finish(controls, exceptions, findings, as_of)
}

/// Judges checks side by side, on all cores, and returns what they say and find in order.
fn judge_all(data: &Data<'_>, checks: &[&Compiled<'_>]) -> Result<Vec<(Judged, Vec<Draft>)>, Error> {
    let judge = |check: &Compiled<'_>| {
        let judged = judge(data, check)?;
        let findings = findings::of_check(data, check, &judged)?;
        Ok((judged, findings))
    };
    let order = in_turns(data, checks);
    let judged = side_by_side(&order, 1, |index| judge(checks[*index]));
    let mut judged: Vec<_> = order.into_iter().zip(judged).collect();
    judged.sort_unstable_by_key(|(index, _)| *index);
    judged.into_iter().map(|(_, judged)| judged).collect()
}

/// The order in which checks are begun: one of each category in turn, of those first that read the most. What is derived
/// of many tables takes longest, and others of a category would wait for it: on two cores it is begun side by side.
fn in_turns(data: &Data<'_>, checks: &[&Compiled<'_>]) -> Vec<usize> {
    let reads = |check: &&Compiled<'_>| Reverse(data.reads(&check.query).len());
    let mut order: Vec<_> = checks.iter().map(reads).zip(0..).collect();
    order.sort_unstable();
    let mut begun: BTreeMap<&str, usize> = BTreeMap::new();
    let mut turns: Vec<(usize, usize)> = Vec::with_capacity(checks.len());
    for (_, index) in order {
        let turn = begun.entry(&checks[index].control.category).or_default();
        turns.push((*turn, index));
        *turn += 1;
    }
    turns.sort_by_key(|(turn, _)| *turn);
    turns.into_iter().map(|(_, index)| index).collect()
}

/// An evaluation under way.
struct Run<'d, 's> {
    data: &'d Data<'s>,
    gaps: Unread,
    results: Results,
    unknowns: Vec<UnknownResult>,
    checks: BTreeMap<(String, String), CheckResult>,
    counts: OutcomeCounts,
}

impl<'d, 's> Run<'d, 's> {
    fn new(data: &'d Data<'s>) -> Result<Self, Error> {
        Ok(Self {
            data,
            gaps: Unread::of(data)?,
            results: Results::default(),
            unknowns: Vec::new(),
            checks: BTreeMap::new(),
            counts: OutcomeCounts::default(),
        })
    }

    fn add(&mut self, check: &Compiled<'_>, judged: &Judged) -> Result<(), Error> {
        let mut assets = OutcomeCounts::default();
        let cluster = judged.cluster.map(|outcome| (describe::cluster(self.data.snapshot), outcome));
        let reasons = self.gaps.of_check(self.data, &judged.found);
        for (table, verdicts) in &judged.rows {
            verdicts.count(&mut assets);
            for row in verdicts.unknown.set_indices() {
                let asset = self.data.asset_ref(*table, row)?;
                let gaps = self.gaps.reasons(self.data, &reasons, (*table, row), &asset)?;
                self.unknown(check, asset, gaps);
            }
        }
        if let Some((cluster, Outcome::Unknown)) = &cluster {
            let mut gaps: Vec<usize> = judged.found.gaps.union(&reasons.listed).copied().collect();
            if gaps.is_empty() {
                gaps = self.gaps.other_files(self.data, &reasons, cluster)?;
            }
            if let Some(reason) = &check.check.unknown {
                gaps.push(self.gaps.undecidable(reason));
            }
            self.unknown(check, cluster.clone(), gaps);
        }
        if let Some((_, outcome)) = &cluster {
            assets.add(*outcome);
        }
        self.results.add(self.data, check, &judged.rows, cluster)?;
        let key = (check.control.id.to_string(), check.check.slug.to_string());
        let outcome = describe::outcome(&assets);
        self.checks.insert(key, describe::check_result(self.data, check, judged, outcome, assets));
        self.counts.pass += assets.pass;
        self.counts.fail += assets.fail;
        self.counts.unknown += assets.unknown;
        Ok(())
    }

    fn unknown(&mut self, check: &Compiled<'_>, asset: Arc<AssetRef>, gaps: Vec<usize>) {
        let (control, check) = (check.control.id.to_string(), check.check.slug.to_string());
        self.unknowns.push(UnknownResult { control, check, asset, gaps });
    }

    fn finish(
        mut self,
        checks: &Checks<'_>,
        exceptions: Option<&Exceptions>,
        mut findings: Vec<Finding>,
        as_of: Timestamp,
    ) -> Result<Evaluated, Error> {
        let inputs = inputs(checks, exceptions);
        let exceptions = self.except(exceptions, &mut findings, as_of)?;
        self.unknowns.sort();
        let controls: Vec<ControlResult> =
            checks.controls.iter().map(|c| describe::control_result(c, &self.checks)).collect();
        let mut audit = Audit {
            schema_version: SCHEMA_VERSION.to_owned(),
            snapshot: describe::snapshot(self.data.snapshot),
            as_of: as_of.to_string(),
            inputs,
            result_digest: String::new(),
            tool: Tool { name: "assay".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            summary: summary(&controls, &findings, self.counts),
            controls,
            findings,
            unknowns: self.unknowns,
            gaps: self.gaps.into_list(),
            exceptions,
            notes: notes(self.data.snapshot),
        };
        audit.result_digest = result_digest(&audit)?;
        Ok(Evaluated { audit, results: self.results })
    }

    fn except(
        &self,
        exceptions: Option<&Exceptions>,
        findings: &mut [Finding],
        as_of: Timestamp,
    ) -> Result<Vec<ExceptionUse>, Error> {
        let Some(exceptions) = exceptions else { return Ok(Vec::new()) };
        let day = as_of.to_zoned(TimeZone::UTC).date();
        let known = OnceCell::new();
        let wanted = findings::assets(findings);
        let labels = |asset: &AssetId| {
            let known = known.get_or_init(|| self.labels(&wanted)).as_ref().ok()?;
            known.get(asset).cloned()
        };
        let selected = |filter: &str| self.data.select(filter, as_of);
        let used = exceptions.apply(findings, day, &labels, &selected).map_err(Error::Exceptions)?;
        // By labels that can't be read an exception seems to cover nothing.
        known.into_inner().transpose()?;
        Ok(used)
    }

    /// The labels of assets.
    fn labels(&self, of: &BTreeSet<AssetId>) -> Result<HashMap<AssetId, BTreeMap<String, String>>, Error> {
        let labels = Mutex::new(HashMap::new());
        SnapshotEvidence::new(self.data.snapshot).read(of, &|asset, object| {
            let found = describe::labels(object).map(|found| (asset.clone(), found));
            labels.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
        })?;
        Ok(labels.into_inner().unwrap_or_else(PoisonError::into_inner))
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

/// What a reader of the audit should know: of the collection, and of what this evaluation doesn't know.
fn notes(snapshot: &Snapshot) -> Vec<String> {
    let collection = &snapshot.manifest.collection;
    let unknown_version = collection.cluster.version.as_deref().and_then(builtin::unknown_version);
    collection.notes.iter().cloned().chain(unknown_version).collect()
}

fn inputs(checks: &Checks<'_>, exceptions: Option<&Exceptions>) -> Inputs {
    let digest = |parts: &mut dyn Iterator<Item = &str>| {
        let mut hash = Sha256::new();
        parts.for_each(|part| {
            hash.update(part);
            hash.update([0]);
        });
        hex(&hash.finalize())
    };
    let Bindings { lists, variables, .. } = checks.bindings;
    Inputs {
        controls: digest(&mut checks.controls.iter().map(|control| control.digest.as_str())),
        model: digest(&mut checks.schema.sources().iter().map(|(_, text)| text.as_str())),
        exceptions: exceptions.map(Exceptions::digest),
        lists: Some(lists.digest()),
        variables: (!variables.is_empty()).then(|| {
            let pairs = variables.iter().map(|(name, value)| format!("{name}={value}"));
            digest(&mut pairs.collect::<Vec<_>>().iter().map(String::as_str))
        }),
    }
}

/// Findings that are digested together.
const DIGESTED: usize = 1_024;

/// SHA-256 over the inputs and the results, without the program's version: a later one can show that it
/// reproduces them. Of the findings it takes the digests of portions, which all cores make.
fn result_digest(audit: &Audit) -> Result<String, Error> {
    let portions: Vec<&[Finding]> = audit.findings.chunks(DIGESTED).collect();
    let findings = side_by_side(&portions, 1, digest_of);
    let findings = findings.into_iter().collect::<Result<Vec<_>, _>>()?;
    let parts = (
        &audit.snapshot.digest,
        &audit.as_of,
        &audit.inputs,
        &audit.controls,
        &findings,
        &audit.unknowns,
        &audit.gaps,
        &audit.exceptions,
    );
    Ok(digest_of(&parts)?)
}
