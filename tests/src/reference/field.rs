//! From a name in a query to a field of a row, and to its value.

use assay_model::builtin;
use assay_model::id::AssetId;
use assay_model::schema::{Field, Source};
use serde_json::Value;

use super::world::World;

/// What is known of an object whose content could not be read.
const IDENTITY: [&str; 10] = [
    "id",
    "kind",
    "apiVersion",
    "group",
    "namespace",
    "name",
    "uid",
    "cluster",
    "idFromProvider",
    "unreadable",
];

/// A row, or an object within it.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) row: usize,
    /// The type of the object.
    pub(super) type_name: String,
    /// The fields on the way from the row.
    pub(super) path: Vec<String>,
    /// The object; null where it is absent.
    pub(super) value: Value,
}

impl World<'_> {
    pub(super) fn place(&self, row: usize) -> Place {
        let Self { rows, .. } = self;
        Place {
            row,
            type_name: rows[row].type_name.clone(),
            path: Vec::new(),
            value: rows[row].values.clone(),
        }
    }

    pub(super) fn field(&self, place: &Place, name: &str) -> Option<&Field> {
        self.schema.get(&place.type_name)?.field(name)
    }

    /// The object in a field. One without a place of its own is the row seen as another type.
    pub(super) fn within(&self, place: &Place, name: &str, of: &str, own_place: bool) -> Place {
        if !own_place {
            return self.place(place.row);
        }
        let path = place.path.iter().cloned().chain([name.to_owned()]).collect();
        let value = place.value.get(name).cloned().unwrap_or(Value::Null);
        Place { row: place.row, type_name: of.to_owned(), path, value }
    }

    /// Whether a field of a place could be read.
    pub(super) fn is_known(&self, place: &Place, name: &str) -> bool {
        let first = place.path.first().map_or(name, String::as_str);
        IDENTITY.contains(&first) || !self.is_unreadable(place.row)
    }

    /// The value of a scalar field.
    pub(super) fn value(&self, place: &Place, field: &Field) -> Value {
        let own = |name: &str| place.value.get(name).cloned().unwrap_or(Value::Null);
        let derived = match &field.source {
            Source::Derived(derived) => derived.by.as_str(),
            _ => "",
        };
        match derived {
            "cluster" => self.cluster.clone().into(),
            "uidOrId" => match own("uid") {
                Value::Null => own("id"),
                uid => uid,
            },
            "builtIn" => self.is_built_in(&own("id"), &own("contentHash")).into(),
            "topLevel" => self.is_top_level(place.row).into(),
            _ => own(&field.name),
        }
    }

    fn is_built_in(&self, id: &Value, hash: &Value) -> bool {
        let (id, hash) = (id.as_str().unwrap_or_default(), hash.as_str().unwrap_or_default());
        let line = format!("{id} {hash}");
        let listed = builtin::CONTENTS.iter().flat_map(|(_, text)| text.lines());
        builtin::is_everywhere(&AssetId::from_stored(id), hash) || listed.into_iter().any(|one| one == line)
    }

    /// Whether a workload has no workload above it, or is a pod unlike the template it is made from.
    pub(super) fn is_top_level(&self, row: usize) -> bool {
        let mut chain = vec![row];
        while let Some(owner) = self.owner_of(chain[chain.len() - 1], "Workload") {
            if chain.contains(&owner) {
                break;
            }
            chain.push(owner);
        }
        let top = chain[chain.len() - 1];
        // In a circle of owners, each is owned.
        let owned = chain.len() > 1;
        !owned || self.rows[row].type_name == "Pod" && self.differs(row, top)
    }

    fn differs(&self, pod: usize, owner: usize) -> bool {
        if self.is_unreadable(pod) || self.is_unreadable(owner) {
            return true;
        }
        let template = &self.rows[owner].values["podTemplate"];
        let template = if self.rows[owner].type_name == "Pod" { &self.rows[owner].values } else { template };
        let own = ["hostNetwork", "hostPID", "hostIPC", "hostUsers", "securityContext"];
        if own.iter().any(|field| said(&self.rows[pod].values[*field]) != said(&template[*field])) {
            return true;
        }
        let containers = |of: usize| {
            let entries = self.rows.iter().filter(move |row| {
                row.parent == Some(of) && ["containers", "podTemplate.containers"].contains(&&*row.field)
            });
            entries.map(|row| (row.values["name"].clone(), said(&row.values["securityContext"])))
        };
        containers(pod).any(|of_pod| containers(owner).all(|of_template| of_pod != of_template))
    }
}

/// A setting without what says nothing: what is missing, false, or an object of only that.
fn said(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), said(value)));
            let fields: serde_json::Map<_, _> = fields.filter(|(_, value)| !value.is_null()).collect();
            if fields.is_empty() { Value::Null } else { Value::Object(fields) }
        }
        value => value.clone(),
    }
}
