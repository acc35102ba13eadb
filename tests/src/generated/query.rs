//! Random well-typed queries.

use std::fmt;

use assay_model::schema::{Field, Relation, Schema, Source, Via, root_field};

use super::condition::filter;
use super::objects::Cluster;
use super::rng::Rng;

/// A value in a query's text.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `{a: …}`
    Object(Vec<(String, Literal)>),
    /// `[…]`
    List(Vec<Literal>),
    /// Anything else, as it is written.
    Word(String),
}

/// A field that is selected.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// Its name.
    pub field: String,
    /// Its `where`.
    pub filter: Option<Literal>,
    /// Whether `...AssetFragment` stands in it.
    pub fragment: bool,
    /// What is selected below it.
    pub below: Vec<Selection>,
}

/// A query: its root fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Query(pub Vec<Selection>);

/// How deep filters are nested.
const DEPTH: usize = 4;

/// A random query, mostly for what there is in a cluster.
pub fn query(rng: &mut Rng, schema: &Schema, cluster: &Cluster) -> Query {
    let roots = if rng.percent(10) { 2 } else { 1 };
    Query((0..roots).map(|_| root(rng, schema, cluster)).collect())
}

fn root(rng: &mut Rng, schema: &Schema, cluster: &Cluster) -> Selection {
    let types: Vec<&str> = schema
        .types()
        .filter(|def| def.is_asset() && def.derived.is_none() && def.name != "Asset" && def.name != "Cluster")
        .map(|def| def.name.as_str())
        .collect();
    let kinds = cluster.objects.iter().filter_map(|object| object["kind"].as_str());
    let kinds = kinds.chain(cluster.gaps.iter().map(|(_, _, kind, _)| kind.as_str()));
    let there: Vec<&str> = kinds.filter(|kind| types.contains(kind)).collect();
    let type_name = if there.is_empty() || rng.percent(25) { *rng.one(&types) } else { *rng.one(&there) };
    let filter = rng.percent(85).then(|| filter(rng, schema, type_name, DEPTH));
    let mut selection =
        Selection { field: root_field(type_name), filter, fragment: rng.percent(50), below: Vec::new() };
    if !selection.fragment || rng.percent(10) {
        selection.below.extend(below(rng, schema, type_name, 3));
    }
    selection.fragment |= selection.below.is_empty();
    selection
}

/// A way down to assets, if there is one.
fn below(rng: &mut Rng, schema: &Schema, type_name: &str, depth: usize) -> Option<Selection> {
    let def = schema.get(type_name)?;
    let ways: Vec<(&Field, &str, bool)> =
        def.fields.iter().filter_map(|field| way(schema, type_name, field)).collect();
    if ways.is_empty() || depth == 0 {
        return None;
    }
    let (field, to, is_object) = *rng.one(&ways);
    let filter = (!is_object && rng.percent(60)).then(|| filter(rng, schema, to, DEPTH - 1));
    let is_asset = schema.get(to).is_some_and(assay_model::schema::TypeDef::is_asset) && !is_object;
    let fragment = is_asset && rng.percent(60);
    let below: Vec<Selection> =
        if fragment { Vec::new() } else { below(rng, schema, to, depth - 1).into_iter().collect() };
    let fragment = fragment || is_asset && below.is_empty();
    let selection = Selection { field: field.name.clone(), filter, fragment, below };
    (selection.fragment || !selection.below.is_empty()).then_some(selection)
}

/// Where a field leads, and whether that is an object within the row.
fn way<'s>(schema: &'s Schema, type_name: &str, field: &'s Field) -> Option<(&'s Field, &'s str, bool)> {
    match &field.source {
        Source::Struct { of, .. } => Some((field, of.as_str(), true)),
        Source::Relation(relation) => {
            is_known(schema, relation).then_some((field, relation.to.as_str(), false))
        }
        Source::Alias { of, .. } => {
            let (last, objects) = of.split_last()?;
            let mut at = type_name;
            for name in objects {
                let Source::Struct { of, .. } = &schema.get(at)?.field(name)?.source else { return None };
                at = of;
            }
            let target = schema.get(at)?.field(last)?;
            match &target.source {
                Source::Relation(relation) if is_known(schema, relation) => {
                    Some((field, relation.to.as_str(), false))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the reference interpreter knows a sort of relation.
pub(super) fn is_known(schema: &Schema, relation: &Relation) -> bool {
    let known = matches!(
        relation.via,
        Via::Children { .. }
            | Via::Parent
            | Via::Members { .. }
            | Via::Refers { .. }
            | Via::Inverse { .. }
            | Via::Selects { .. }
            | Via::Owner
    );
    let is_stored = schema.get(&relation.to).is_some_and(|def| def.derived.is_none());
    known && is_stored && relation.to != "Asset"
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roots: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        write!(f, "{{ {} }}", roots.join(" "))
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.field)?;
        if let Some(filter) = &self.filter {
            write!(f, "(where: {filter})")?;
        }
        f.write_str(" { ")?;
        if self.fragment {
            f.write_str("...AssetFragment ")?;
        }
        for selection in &self.below {
            write!(f, "{selection} ")?;
        }
        f.write_str("}")
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                write!(f, "{{{}}}", entries.join(", "))
            }
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", values.join(", "))
            }
            Self::Word(word) => f.write_str(word),
        }
    }
}
