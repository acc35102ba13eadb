//! From a name in a query to a field of a row, and to its value.

use assay_model::builtin;
use assay_model::id::AssetId;
use assay_model::schema::{Computed, Field, Read, ScalarField, Source};
use serde_json::Value;

use super::world::{Row, World, json};

/// Where that stands which is known of an object whose content could not be read.
const IDENTITY: [&str; 6] =
    ["apiVersion", "kind", "metadata.name", "metadata.namespace", "metadata.uid", "metadata.generateName"];

/// A row, or an object within it.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) row: usize,
    /// The row that is asked about: another one where the object is of a row that this one has it of.
    pub(super) from: usize,
    /// The type that the query has for the row that is asked about: its own, or an interface.
    pub(super) of: String,
    /// The type of the object.
    pub(super) type_name: String,
    /// The fields on the way from the row.
    pub(super) path: Vec<String>,
    /// The same, with those that lead from the row to itself.
    pub(super) asked: Vec<String>,
    /// The object; null where it is absent.
    pub(super) value: Value,
}

impl World<'_> {
    pub(super) fn place(&self, row: usize, of: &str) -> Place {
        let Self { rows, .. } = self;
        Place {
            row,
            from: row,
            of: of.to_owned(),
            type_name: rows[row].type_name.clone(),
            path: Vec::new(),
            asked: Vec::new(),
            value: rows[row].values.clone(),
        }
    }

    pub(super) fn field(&self, place: &Place, name: &str) -> Option<&Field> {
        self.schema.get(&place.type_name)?.field(name)
    }

    /// The object in a field. One without a place of its own is the row seen as another type.
    pub(super) fn within(&self, place: &Place, name: &str, of: &str, own_place: bool) -> Place {
        let longer = |path: &[String]| path.iter().cloned().chain([name.to_owned()]).collect();
        let asked = longer(&place.asked);
        if !own_place {
            return Place { asked, from: place.from, ..self.place(place.row, &place.of) };
        }
        let value = place.value.get(name).cloned().unwrap_or(Value::Null);
        let type_name = of.to_owned();
        Place { type_name, path: longer(&place.path), asked, value, ..place.clone() }
    }

    /// A row that one has fields of, which are asked for as if they were the other's own.
    pub(super) fn lending(&self, place: &Place, row: usize) -> Place {
        Place { from: place.from, asked: place.asked.clone(), ..self.place(row, &place.of) }
    }

    /// The object at a path from a place; none where a field on the way is missing or no object.
    pub(super) fn below(&self, place: &Place, path: &[String]) -> Option<Place> {
        path.iter().try_fold(place.clone(), |place, name| {
            let (at, field) = self.having(&place, name)?;
            match &field.source {
                Source::Struct { of, path } => Some(self.within(&at, name, of, path.is_some())),
                _ => None,
            }
        })
    }

    /// What has a field: the place, or the row that it has the field of.
    pub(super) fn having(&self, place: &Place, name: &str) -> Option<(Place, &Field)> {
        let field = self.field(place, name)?;
        match &field.source {
            Source::Alias { of, filter: None } if of.len() == 2 => match &self.field(place, &of[0])?.source {
                Source::Relation(relation) => {
                    let row = *self.related(place, &of[0], relation).rows.first()?;
                    self.having(&self.lending(place, row), &of[1])
                }
                _ => Some((place.clone(), field)),
            },
            _ => Some((place.clone(), field)),
        }
    }

    /// Whether a field of a place could be read.
    pub(super) fn is_known(&self, place: &Place, name: &str) -> bool {
        let first = place.path.first().map_or(name, String::as_str);
        let field = self.schema.get(&self.rows[place.row].type_name).and_then(|def| def.field(first));
        let is_identity = field.is_some_and(|field| match &field.source {
            Source::Scalar(ScalarField { read: Read::Path(path), .. }) => {
                IDENTITY.contains(&path.to_string().as_str())
            }
            Source::Scalar(ScalarField { read: Read::Computed(what), .. }) => {
                matches!(what, Computed::Id | Computed::Name | Computed::Group | Computed::Unreadable)
            }
            Source::Derived(derived) => ["cluster", "uidOrId"].contains(&derived.by.as_str()),
            _ => false,
        });
        is_identity || !self.is_unreadable(place.row)
    }

    /// The value of a scalar field, null where it is missing; none where it is not known.
    pub(super) fn value(&self, place: &Place, field: &Field) -> Option<Value> {
        if !self.is_known(place, &field.name) {
            return None;
        }
        match &field.source {
            Source::Derived(derived) if !super::DERIVED.contains(&derived.by.as_str()) => {
                let path: Vec<String> = place.path.iter().chain([&field.name]).cloned().collect();
                let row = &self.rows[place.row];
                let fact = self.derived.fact(row.table, &path).expect("a fact").expect("a derived field");
                (!fact.unknown.value(row.number)).then(|| json(&fact.values, row.number))
            }
            _ => Some(self.own_value(place, field)),
        }
    }

    fn own_value(&self, place: &Place, field: &Field) -> Value {
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

    /// Whether no workload makes this one, or it is unlike what that makes. What makes others in a circle, nothing made.
    pub(super) fn is_top_level(&self, row: usize) -> bool {
        let (mut chain, mut top) = (vec![row], row);
        while let Some(maker) = self.maker_of(top) {
            top = maker;
            if chain.contains(&maker) {
                break;
            }
            chain.push(maker);
        }
        let Row { type_name, values, .. } = &self.rows[row];
        // A Deployment keeps the ReplicaSets of its earlier templates, and a CronJob what is done, without pods.
        let is_idle = match type_name.as_str() {
            "ReplicaSet" | "ReplicationController" => values["replicas"] == 0,
            "Job" if !self.of_manifests && !self.is_unreadable(row) => {
                values["status"]["active"].is_null() || values["status"]["active"] == 0
            }
            _ => false,
        };
        top == row || !is_idle && self.maker_of(row).is_none_or(|maker| self.differs(row, maker))
    }

    /// The workload that controls one, if its kind makes such.
    fn maker_of(&self, row: usize) -> Option<usize> {
        let owner = self.owner_of(row, "Workload")?;
        let kinds = (self.rows[owner].type_name.as_str(), self.rows[row].type_name.as_str());
        let makes = matches!(
            kinds,
            (_, "Pod")
                | ("Deployment" | "Rollout", "ReplicaSet")
                | ("DeploymentConfig", "ReplicationController")
                | ("CronJob", "Job")
        );
        makes.then_some(owner)
    }
}
