//! Which rows a relation leads to.

use assay_model::schema::{Relation, Source, Via, split_api_version};
use assay_model::selector::Selector;
use serde_json::Value;

use super::field::Place;
use super::truth::Truth;
use super::world::{Row, World};

/// The rows a relation leads to.
pub(super) struct Related {
    pub(super) rows: Vec<usize>,
    /// Whether it may lead to more than could be read.
    pub(super) more: bool,
}

/// Whether a selector selects an object.
enum Selects {
    Yes,
    No,
    Unknown,
}

impl World<'_> {
    /// What a relation of a place leads to.
    pub(super) fn related(&self, place: &Place, name: &str, relation: &Relation) -> Related {
        match &relation.via {
            Via::Children { .. } => self.children(place, name),
            Via::Parent => Related { rows: self.rows[place.row].parent.into_iter().collect(), more: false },
            Via::Members { kinds, cluster_scoped } => {
                self.members(place, &relation.to, kinds, *cluster_scoped)
            }
            Via::Refers { name, namespace, when, default } => {
                let when = when.as_ref().map(|(field, values)| (field.as_str(), values.as_slice()));
                self.refers(place, &relation.to, name, namespace.as_deref(), when, default.as_deref())
            }
            Via::Owner => self.owner(place.row, &relation.to),
            Via::Selects { selector } => self.selects(place, &relation.to, selector),
            Via::Inverse { of } => self.inverse(place.row, &relation.to, of),
            Via::Derived { .. } => self.derived(place, name),
        }
    }

    fn children(&self, place: &Place, name: &str) -> Related {
        let field = place.path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".");
        let is = |row: &usize| self.rows[*row].parent == Some(place.row) && self.rows[*row].field == field;
        let mut rows: Vec<usize> = (0..self.rows.len()).filter(is).collect();
        let mut more = self.is_unreadable(place.row);
        if field == "rules" && self.rows[place.row].type_name == "ClusterRole" && self.of_manifests {
            more |= self.add_aggregated(place.row, &mut rows);
        }
        Related { rows, more }
    }

    /// Adds the rules of the roles that an aggregated role selects, and of those that these select. Gives whether
    /// there may be more.
    fn add_aggregated(&self, role: usize, rules: &mut Vec<usize>) -> bool {
        let (mut reached, mut open, mut more) = (vec![role], vec![role], false);
        while let Some(next) = open.pop() {
            more |= self.is_unreadable(next);
            let selectors = (0..self.rows.len()).filter(|row| {
                self.rows[*row].parent == Some(next) && self.rows[*row].field == "aggregationSelectors"
            });
            for selector in selectors {
                let selector = self.place(selector, "AggregationSelector");
                let found = self.selects(&selector, "ClusterRole", "selector");
                more |= found.more;
                for found in found.rows {
                    if !reached.contains(&found) {
                        reached.push(found);
                        open.push(found);
                    }
                }
            }
        }
        for reached in &reached[1..] {
            let own = (0..self.rows.len())
                .filter(|row| self.rows[*row].parent == Some(*reached) && self.rows[*row].field == "rules");
            rules.extend(own);
        }
        more
    }

    /// What is derived is known by the evaluator alone.
    fn derived(&self, place: &Place, name: &str) -> Related {
        let path: Vec<String> = place.path.iter().cloned().chain([name.to_owned()]).collect();
        let Row { table, number, .. } = self.rows[place.row];
        let edges = self.derived.edges(table, &path).expect("a relation");
        let mut rows = Vec::new();
        for (to, adjacency) in &edges.to {
            let (ids, known) = (self.derived.ids(*to).expect("a table"), self.ids_of(*to));
            rows.extend(adjacency.of(number).iter().map(|to| known[ids.value(*to as usize)]));
        }
        Related { rows, more: edges.incomplete.value(number) }
    }

    /// Whether a reference names something, be it there or not; a name that is the default is nobody's.
    pub(super) fn given(&self, place: &Place, relation: &Relation) -> Truth {
        if self.is_unreadable(place.row) {
            return Truth::Unknown;
        }
        let (name, default, when) = match &relation.via {
            Via::Refers { name, default, when, .. } => (text(&place.value, name), default, when),
            Via::Owner => (self.rows[place.row].values["controller"]["name"].as_str(), &None, &None),
            _ => return Truth::True,
        };
        let holds = |(field, values): &(String, Vec<String>)| {
            values.iter().any(|value| value == text(&place.value, field).unwrap_or_default())
        };
        let is_named = name.is_some_and(|name| !name.is_empty() && default.as_deref() != Some(name));
        (is_named && when.as_ref().is_none_or(holds)).into()
    }

    fn members(&self, place: &Place, of: &str, kinds: &[String], cluster_scoped: bool) -> Related {
        let namespace = if cluster_scoped {
            ""
        } else if self.rows[place.row].type_name == "Namespace" {
            self.rows[place.row].values["name"].as_str().unwrap_or_default()
        } else {
            self.namespace(place.row).unwrap_or_default()
        };
        let is_generic = |type_name: &str| self.schema.generic().is_some_and(|def| def.name == type_name);
        let kind_of = |row: usize| {
            let own = self.schema.get(&self.rows[row].type_name).and_then(|def| def.resource.as_ref());
            let text = |name: &str| self.rows[row].values[name].as_str().unwrap_or_default().to_owned();
            match own {
                Some(own) if own.plural != "*" => format!("{}/{}", own.group, own.kind),
                _ => format!("{}/{}", text("group"), text("kind")),
            }
        };
        let mut rows = self.of_type(of);
        rows.retain(|row| self.namespace(*row).unwrap_or_default() == namespace);
        rows.retain(|row| {
            kinds.is_empty() || self.rows[*row].parent.is_none() && kinds.contains(&kind_of(*row))
        });
        let counts = |type_name: &&&str| {
            let own = self.schema.get(type_name).and_then(|def| def.resource.as_ref());
            let named = own.is_some_and(|own| kinds.contains(&format!("{}/{}", own.group, own.kind)));
            kinds.is_empty() || is_generic(type_name) || named
        };
        let lacks = |of: &&str| self.lacks(of, if is_generic(of) { kinds } else { &[] }, Some(namespace));
        let more = self.asset_types(of).iter().filter(counts).any(lacks);
        Related { rows, more }
    }

    fn refers(
        &self,
        place: &Place,
        of: &str,
        name: &str,
        namespace: Option<&str>,
        when: Option<(&str, &[String])>,
        default: Option<&str>,
    ) -> Related {
        let none = |more| Related { rows: Vec::new(), more };
        if self.is_unreadable(place.row) {
            return none(true);
        }
        let holds = |field: &str, values: &[String]| {
            values.iter().any(|value| value == text(&place.value, field).unwrap_or_default())
        };
        if when.is_some_and(|(field, values)| !holds(field, values)) {
            return none(false);
        }
        let given = text(&place.value, name).filter(|name| !name.is_empty());
        let Some(name) = given.or(default) else { return none(false) };
        if self.is_entry(of) {
            let mut rows = self.of_type(of);
            let asset = self.rows[place.row].asset;
            rows.retain(|row| self.rows[*row].asset == asset && self.rows[*row].values["name"] == name);
            return Related { rows: rows.pop().into_iter().collect(), more: false };
        }
        let namespace = namespace.and_then(|field| text(&place.value, field));
        let namespace = namespace.or(self.namespace(place.row)).unwrap_or_default();
        let mut rows = self.of_type(of);
        rows.retain(|row| {
            self.rows[*row].values["name"] == name && self.namespace(*row).is_none_or(|own| own == namespace)
        });
        let lacks = |of: &&str| {
            let namespaced = self.is_namespaced(of);
            self.lacks(of, &[], Some(if namespaced { namespace } else { "" }))
        };
        let more = rows.is_empty() && self.asset_types(of).iter().any(lacks);
        Related { rows, more }
    }

    /// Whether rows of a type are entries of lists.
    fn is_entry(&self, type_name: &str) -> bool {
        let def = self.schema.get(type_name);
        def.is_some_and(|def| def.resource.is_none() && def.derived.is_none() && !def.is_interface)
    }

    fn is_namespaced(&self, type_name: &str) -> bool {
        let def = self.schema.get(type_name);
        def.and_then(|def| def.resource.as_ref()).is_some_and(|resource| resource.namespaced)
    }

    fn owner(&self, row: usize, of: &str) -> Related {
        let found = self.owner_of(row, of);
        let lacks = self.owner_type(row).is_some_and(|kind| {
            self.implements(kind, of) && self.lacks(kind, &[], Some(self.namespace(row).unwrap_or_default()))
        });
        let more = self.is_unreadable(row) || found.is_none() && lacks;
        Related { rows: found.into_iter().collect(), more }
    }

    /// The type of the controlling owner that a row names.
    fn owner_type(&self, row: usize) -> Option<&str> {
        let owner = &self.rows[row].values["controller"];
        let group = split_api_version(owner["apiVersion"].as_str().unwrap_or_default()).0;
        self.schema.asset_of(group, owner["kind"].as_str()?).map(|def| def.name.as_str())
    }

    /// The controlling owner: by uid where both have one, else by kind and name.
    pub(super) fn owner_of(&self, row: usize, of: &str) -> Option<usize> {
        let owner = &self.rows[row].values["controller"];
        let owner_type = self.owner_type(row)?;
        let is_generic = self.schema.get(owner_type)?.resource.as_ref()?.plural == "*";
        let group = |version: &Value| {
            version.as_str().and_then(|text| text.rsplit_once('/')).map(|(group, _)| group.to_owned())
        };
        self.of_type(of).into_iter().find(|candidate| {
            let values = &self.rows[*candidate].values;
            let same_uid = values["uid"].is_null() || owner["uid"].is_null() || values["uid"] == owner["uid"];
            let home = self.namespace(*candidate);
            self.rows[*candidate].type_name == owner_type
                && (!is_generic || group(&owner["apiVersion"]) == group(&values["apiVersion"]))
                && owner["kind"] == values["kind"]
                && owner["name"] == values["name"]
                && (home.is_none() || home == self.namespace(row))
                && same_uid
        })
    }

    fn selects(&self, place: &Place, of: &str, selector: &str) -> Related {
        let mut related = Related { rows: Vec::new(), more: self.is_unreadable(place.row) };
        let selector = text(&place.value, selector);
        for row in self.of_type(of) {
            match self.is_selected(place.row, selector, row, of) {
                Selects::Yes => related.rows.push(row),
                Selects::No => {}
                Selects::Unknown => related.more = true,
            }
        }
        let namespace = self.namespace(place.row).unwrap_or_default();
        related.more |= self.asset_types(of).iter().any(|of| self.lacks(of, &[], Some(namespace)));
        related
    }

    fn is_selected(&self, by: usize, selector: Option<&str>, row: usize, of: &str) -> Selects {
        let Some(selector) = selector.map(Selector::parse) else { return Selects::No };
        let is_service = self.rows[self.rows[by].asset].type_name == "Service";
        if self.namespace(by) != self.namespace(row) || selector.is_everything() && is_service {
            return Selects::No;
        }
        if selector.is_everything() {
            return Selects::Yes;
        }
        if self.is_unreadable(row) {
            return Selects::Unknown;
        }
        let values = &self.rows[row].values;
        let of_template = of == "Workload" && self.rows[row].type_name != "Pod";
        let labels = if of_template { &values["podTemplate"]["labels"] } else { &values["labels"] };
        if selector.matches(|key| labels.get(key)?.as_str()) { Selects::Yes } else { Selects::No }
    }

    /// The rows whose relation leads here.
    fn inverse(&self, row: usize, from: &str, field: &[String]) -> Related {
        let mut related = Related { rows: Vec::new(), more: false };
        for candidate in self.of_type(from) {
            let Some((place, name, relation)) = self.at_path(candidate, field) else { continue };
            if self.related(&place, &name, &relation).rows.contains(&row) {
                related.rows.push(candidate);
            } else if self.may_lead(&place, &relation, row) {
                related.more = true;
            }
        }
        if self.rows[row].parent.is_some() {
            // What refers to an entry stands in the same object, so it was read with it.
            return related;
        }
        let everywhere = self.leads_out(from, field);
        let namespace = self.namespace(row).filter(|_| !everywhere);
        for from in self.asset_types(from) {
            related.more |= self.lacks(from, &[], namespace);
            // An entry of a list that could not be read is no row: its object tells.
            related.more |= self.of_type(from).into_iter().any(|asset| {
                let home = self.namespace(asset);
                self.is_unreadable(asset) && (namespace.is_none() || home.is_none() || home == namespace)
            });
        }
        related
    }

    /// Whether a relation that leads elsewhere as far as is known could lead to a row.
    fn may_lead(&self, place: &Place, relation: &Relation, row: usize) -> bool {
        match &relation.via {
            Via::Selects { selector } => {
                let selector = text(&place.value, selector);
                matches!(self.is_selected(place.row, selector, row, &relation.to), Selects::Unknown)
            }
            _ => false,
        }
    }

    /// Whether a relation of a type can lead into other namespaces.
    fn leads_out(&self, type_name: &str, path: &[String]) -> bool {
        let field = path.first().and_then(|name| self.schema.get(type_name)?.field(name));
        match field.map(|field| &field.source) {
            Some(Source::Struct { of, .. }) => self.leads_out(of, &path[1..]),
            Some(Source::Relation(relation)) => {
                matches!(relation.via, Via::Refers { namespace: Some(_), .. })
            }
            _ => false,
        }
    }

    /// The place, name and relation at the end of a path.
    fn at_path(&self, row: usize, path: &[String]) -> Option<(Place, String, Relation)> {
        let mut place = self.place(row, &self.rows[row].type_name);
        for (index, name) in path.iter().enumerate() {
            match &self.field(&place, name)?.source {
                Source::Struct { of, path: at } => place = self.within(&place, name, of, at.is_some()),
                Source::Relation(relation) if index + 1 == path.len() => {
                    return Some((place, name.clone(), relation.clone()));
                }
                _ => return None,
            }
        }
        None
    }
}

/// The text at a dotted path within an object.
fn text<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    path.split('.').try_fold(value, |value, name| value.get(name))?.as_str()
}
