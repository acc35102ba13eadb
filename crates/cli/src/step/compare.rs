//! Comparing two audits, by their results where the store has them.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array, RecordBatch, StringArray};
use assay_audit::compare::{Comparison, Lacks, compare_documents, compare_renamed, inventory};
use assay_audit::{Audit, Outcome};
use assay_model::id::AssetId;
use assay_snapshot::Snapshot;

use super::store::{FoundAudit, StoredAudit};
use crate::failure::{Failure, internal};

/// Compares findings by what the later audit's results say, and assets by what both snapshots hold, as far as the store
/// has them. `renamed` gives the present id of a control's former one.
pub(crate) fn compare(
    old: &FoundAudit,
    new: &FoundAudit,
    renamed: &dyn Fn(&str) -> Option<String>,
) -> Result<Comparison, Failure> {
    let FoundAudit::Stored(later) = new else {
        return Ok(compare_documents(old.audit(), new.audit(), renamed));
    };
    let results = Results::read(later)?;
    let after = assets(&later.snapshot)?;
    let containers = results.assets();
    let exists = |asset: &AssetId| match asset.container() {
        Some(_) => containers.contains(asset.as_str()),
        None => after.contains_key(asset),
    };
    let outcome = |control: &str, check: &str, asset: &AssetId| results.outcome(control, check, asset);
    let mut comparison = compare_renamed(old.audit(), &later.audit, &outcome, &exists, renamed);
    if let FoundAudit::Stored(earlier) = old {
        let (before, lacked) = (assets(&earlier.snapshot)?, lacks(&earlier.audit));
        comparison.inventory = Some(inventory(before, after.clone(), lacked, lacks(&later.audit)));
    }
    Ok(comparison)
}

fn lacks(audit: &Audit) -> Lacks<'_> {
    Lacks { gaps: &audit.gaps, namespaces: &audit.snapshot.namespaces }
}

/// The outcome of each check and asset.
struct Results(HashMap<(String, String), HashMap<String, Outcome>>);

impl Results {
    fn read(audit: &StoredAudit) -> Result<Self, Failure> {
        let names = ["control", "check", "asset", "outcome"];
        let batch = audit.files.read_table("results", Some(&names))?;
        let columns = names.map(|name| texts(&batch, name));
        let [Some(controls), Some(checks), Some(assets), Some(outcomes)] = columns else {
            return Err(Failure::new(format!("{} has other results", audit.files.dir().display())));
        };
        let mut results: HashMap<_, HashMap<_, _>> = HashMap::new();
        for row in 0..batch.num_rows() {
            let outcome = outcomes.value(row).parse().map_err(|()| internal("a result has no outcome"))?;
            let check = (controls.value(row).to_owned(), checks.value(row).to_owned());
            results.entry(check).or_default().insert(assets.value(row).to_owned(), outcome);
        }
        Ok(Self(results))
    }

    fn outcome(&self, control: &str, check: &str, asset: &AssetId) -> Option<Outcome> {
        self.0.get(&(control.to_owned(), check.to_owned()))?.get(asset.as_str()).copied()
    }

    /// All assets that were examined: the containers that exist are among them.
    fn assets(&self) -> HashSet<&str> {
        self.0.values().flat_map(HashMap::keys).map(String::as_str).collect()
    }
}

fn texts<'b>(batch: &'b RecordBatch, column: &str) -> Option<&'b StringArray> {
    batch.column_by_name(column)?.as_any().downcast_ref()
}

/// All assets of a snapshot with their contents' hashes. The cluster itself is no object of it.
fn assets(snapshot: &Snapshot) -> Result<HashMap<AssetId, String>, Failure> {
    let mut assets = HashMap::new();
    for name in snapshot.tables() {
        let columns = snapshot.schema(name)?;
        let has = |column: &str| columns.field_with_name(column).is_ok();
        // What has a parent is an entry of an asset's list.
        if !has("contentHash") || has("parentId") {
            continue;
        }
        let batch = snapshot.read(name, Some(&["id", "contentHash"]))?;
        if let (Some(ids), Some(hashes)) = (texts(&batch, "id"), texts(&batch, "contentHash")) {
            let rows = (0..batch.num_rows()).map(|row| (ids.value(row), hashes.value(row)));
            assets.extend(rows.map(|(id, hash)| (AssetId::from_stored(id), hash.to_owned())));
        }
    }
    Ok(assets)
}
