//! Why assets stay unknown: what could not be read.

use std::collections::{BTreeMap, BTreeSet};

use assay_audit::audit::Gap;
use assay_audit::finding::AssetRef;
use assay_model::coverage::ReadStatus;
use assay_model::schema::TableId;

use crate::Error;
use crate::check::Yield;
use crate::data::{Data, OtherPolicy, SettingsFile, resource_name};

/// Resources that could not be listed and objects that could not be read, as reports number them.
pub(crate) struct Unread {
    list: Vec<Gap>,
    /// The gap of each object that could not be read.
    objects: BTreeMap<(TableId, usize), usize>,
    /// Policies that nothing here resolves, and the gap of each that left a row undecided.
    policies: Vec<(OtherPolicy, Option<usize>)>,
    /// Containers whose settings are in files, and the gap of each that left a row undecided; none until a check asks.
    files: Option<Vec<(SettingsFile, Option<usize>)>>,
}

/// What may leave rows of one check undecided.
pub(crate) struct Reasons {
    /// Gaps in what the check reads.
    pub(crate) listed: BTreeSet<usize>,
    /// Objects that could not be read in what the check reads.
    objects: BTreeSet<usize>,
    /// Whether the check reads what network policies come to.
    policies: bool,
    /// Whether the check asks about the flags of containers.
    flags: bool,
    /// Whether the check asks for values by their paths in objects.
    paths: bool,
    /// Namespaces that were not to be read, where what the check reads may be.
    outside: BTreeSet<usize>,
}

impl Unread {
    /// Everything that a snapshot lacks.
    pub(crate) fn of(data: &Data<'_>) -> Result<Self, Error> {
        let policies = data.other_policies()?.into_iter().map(|policy| (policy, None)).collect();
        let list = data.gaps.list.clone();
        let mut unread = Self { list, objects: BTreeMap::new(), policies, files: None };
        for (def, resource) in data.schema.assets() {
            for table in data.schema.tables_of(&def.name) {
                let reasons = data.text(table, "unreadable")?;
                for row in (0..reasons.rows()).filter(|row| !reasons.is_null(*row)) {
                    unread.objects.insert((table, row), unread.list.len());
                    unread.list.push(Gap {
                        resource: resource_name(&resource.plural, &resource.group),
                        namespace: None,
                        asset: Some(data.asset_ref(table, row)?),
                        status: ReadStatus::Failed,
                        message: reasons.value(row).to_owned(),
                        permission: None,
                    });
                }
            }
        }
        Ok(unread)
    }

    /// What may leave rows undecided that a query was asked about.
    pub(crate) fn of_check(&self, data: &Data<'_>, found: &Yield) -> Reasons {
        let read = self.objects.iter().filter(|((table, _), _)| found.reads.contains(table));
        Reasons {
            listed: found.reads.iter().flat_map(|table| data.gaps.of_table(*table, &[])).collect(),
            objects: read.map(|(_, gap)| *gap).collect(),
            policies: data.schema.tables_of("NetworkPolicy").iter().any(|table| found.reads.contains(table)),
            flags: found.flags,
            paths: found.paths,
            outside: found.reads.iter().filter_map(|table| data.gaps.out_of_scope(*table)).collect(),
        }
    }

    /// Which gaps leave a row undecided: its own, its namespace's, or those of what the check reads; where there are
    /// none, policies that are not resolved. Beside these, files with settings of its own containers. Without any, what
    /// was not to be read, and what was taken out of objects.
    pub(crate) fn reasons(
        &mut self,
        data: &Data<'_>,
        of_check: &Reasons,
        (table, row): (TableId, usize),
        asset: &AssetRef,
    ) -> Result<Vec<usize>, Error> {
        let own = (data.schema.asset_table(table), data.asset_rows(table)?[row] as usize);
        if let Some(gap) = self.objects.get(&own) {
            return Ok(vec![*gap]);
        }
        let mut found = self.unread(data, of_check, asset)?;
        found.extend(self.files_of(data, of_check, &|file| {
            Ok(file.container == (table, row) || (table, row) == own && file.object == own)
        })?);
        if found.is_empty() {
            found = self.other_files(data, of_check, asset)?;
        }
        if found.is_empty() {
            let message =
                "a value that is asked for by its path was taken out of an object before it was kept";
            found.extend(of_check.paths.then(|| self.excluded("values of objects", message)));
            found.extend(&of_check.outside);
        }
        Ok(found)
    }

    /// What could not be read, or is not resolved, and may leave an asset undecided.
    fn unread(&mut self, data: &Data<'_>, of_check: &Reasons, asset: &AssetRef) -> Result<Vec<usize>, Error> {
        let applies = |gap: &&usize| {
            let namespace = &self.list[**gap].namespace;
            namespace.is_none() || *namespace == asset.namespace || asset.namespace.is_none()
        };
        let listed: Vec<usize> = of_check.listed.iter().filter(applies).copied().collect();
        if !listed.is_empty() {
            return Ok(listed);
        }
        if !of_check.objects.is_empty() {
            return Ok(of_check.objects.iter().copied().collect());
        }
        if of_check.policies { self.unresolved(data, asset) } else { Ok(Vec::new()) }
    }

    /// The files with settings of whatever is in an asset's namespace, or anywhere where it has none. Of what a
    /// workload controls, its own stand for all.
    pub(crate) fn other_files(
        &mut self,
        data: &Data<'_>,
        of_check: &Reasons,
        asset: &AssetRef,
    ) -> Result<Vec<usize>, Error> {
        let (group, kind, namespace, name) = asset.id.parts();
        let home = if (group, kind) == ("core", "Namespace") { name } else { namespace };
        self.files_of(data, of_check, &|file| {
            let (table, row) = file.object;
            let object = data.asset_ref(table, row)?;
            let is_near = home.is_empty() || object.id.parts().2 == home;
            Ok(is_near && data.top_level(table)?.value(row))
        })
    }

    /// The files with settings of some containers, if a check reads flags.
    fn files_of(
        &mut self,
        data: &Data<'_>,
        of_check: &Reasons,
        wanted: &dyn Fn(&SettingsFile) -> Result<bool, Error>,
    ) -> Result<Vec<usize>, Error> {
        if !of_check.flags {
            return Ok(Vec::new());
        }
        let files = match &mut self.files {
            Some(known) => known,
            none => none.insert(data.settings_files()?.into_iter().map(|file| (file, None)).collect()),
        };
        let mut found = Vec::new();
        for (file, gap) in files {
            if !wanted(file)? {
                continue;
            }
            found.push(match gap {
                Some(gap) => *gap,
                None => {
                    let container = data.asset_ref(file.container.0, file.container.1)?;
                    let (name, flag) = (&container.name, file.flag);
                    self.list.push(Gap {
                        resource: "files with settings".to_owned(),
                        namespace: None,
                        asset: Some(data.asset_ref(file.object.0, file.object.1)?),
                        status: ReadStatus::Excluded,
                        message: format!(
                            "the settings of its container `{name}` are in the file that `--{flag}` names, which no \
                             snapshot holds"
                        ),
                        permission: None,
                    });
                    *gap.insert(self.list.len() - 1)
                }
            });
        }
        Ok(found)
    }

    /// The policies of kinds that are not resolved, and that may select an asset's pods.
    fn unresolved(&mut self, data: &Data<'_>, asset: &AssetRef) -> Result<Vec<usize>, Error> {
        let mut found = Vec::new();
        for (policy, gap) in &mut self.policies {
            if policy.namespace.is_some() && policy.namespace != asset.namespace {
                continue;
            }
            found.push(match gap {
                Some(gap) => *gap,
                None => {
                    let object = data.asset_ref(policy.table, policy.row as usize)?;
                    let (group, ..) = object.id.parts();
                    self.list.push(Gap {
                        resource: format!("{}.{group}", object.kind),
                        namespace: None,
                        asset: Some(object),
                        status: ReadStatus::Excluded,
                        message: "policies of this kind are not resolved".to_owned(),
                        permission: None,
                    });
                    *gap.insert(self.list.len() - 1)
                }
            });
        }
        Ok(found)
    }

    /// The gap of a check that asks for what no snapshot has.
    pub(crate) fn undecidable(&mut self, reason: &str) -> usize {
        self.excluded("data outside of Kubernetes", reason)
    }

    /// The gap of what no snapshot has, whatever is read.
    fn excluded(&mut self, resource: &str, message: &str) -> usize {
        let known = self.list.iter().position(|gap| gap.resource == resource && gap.message == message);
        known.unwrap_or_else(|| {
            self.list.push(Gap {
                resource: resource.to_owned(),
                namespace: None,
                asset: None,
                status: ReadStatus::Excluded,
                message: message.to_owned(),
                permission: None,
            });
            self.list.len() - 1
        })
    }

    /// The gaps that may leave rows undecided, and those that leave these so.
    pub(crate) fn gaps_of(
        &mut self,
        data: &Data<'_>,
        of_check: &Reasons,
        unknown: &[(TableId, usize)],
    ) -> Result<Vec<Gap>, Error> {
        let mut gaps: BTreeSet<usize> = of_check.listed.union(&of_check.objects).copied().collect();
        for (table, row) in unknown {
            let asset = data.asset_ref(*table, *row)?;
            gaps.extend(self.reasons(data, of_check, (*table, *row), &asset)?);
        }
        Ok(self.gaps(gaps))
    }

    /// The gaps that leave a row undecided.
    pub(crate) fn gaps_of_row(
        &mut self,
        data: &Data<'_>,
        of_check: &Reasons,
        (table, row): (TableId, usize),
    ) -> Result<Vec<Gap>, Error> {
        let asset = data.asset_ref(table, row)?;
        let gaps = self.reasons(data, of_check, (table, row), &asset)?;
        Ok(self.gaps(gaps))
    }

    fn gaps(&self, numbers: impl IntoIterator<Item = usize>) -> Vec<Gap> {
        numbers.into_iter().filter_map(|gap| self.list.get(gap)).cloned().collect()
    }

    /// All of them, in the order of their numbers.
    pub(crate) fn into_list(self) -> Vec<Gap> {
        self.list
    }
}
