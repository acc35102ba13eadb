//! Random well-typed queries.

use std::fmt;

use assay_model::schema::{Field, Schema, Source, Via, root_field, split_api_version};
use serde_json::Value;

use super::condition::filter;
use super::objects::Cluster;
use crate::random::Random;

/// A value in a query's text.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `{a: …}`
    Object(Vec<(String, Literal)>),
    /// `[…]`
    List(Vec<Literal>),
    /// Anything else, as it is written.
    Word(String),
    /// A variable of that number, with its default.
    Variable(u64, Box<Literal>),
}

impl Literal {
    /// The literal, or now and then a variable that stands for it.
    pub(super) fn or_variable(self, random: &mut Random) -> Self {
        let holds_variable = |literal: &Self| matches!(literal, Self::Variable(..));
        let holds_some =
            if let Self::List(values) = &self { values.iter().any(holds_variable) } else { false };
        if holds_some || !random.percent(5) {
            return self;
        }
        Self::Variable(random.number(), Box::new(self))
    }

    /// The declarations of the variables in it.
    fn declare(&self, declared: &mut Vec<String>) {
        match self {
            Self::Object(entries) => entries.iter().for_each(|(_, value)| value.declare(declared)),
            Self::List(values) => values.iter().for_each(|value| value.declare(declared)),
            Self::Word(_) => {}
            Self::Variable(number, value) => {
                // Of the type that editors want, or as catalogues have it.
                let of = if number % 2 == 0 { value.operand_type() } else { value.type_name() };
                declared.push(format!("$v{number:x}: {of} = {value}"));
            }
        }
    }

    fn operand_type(&self) -> String {
        if matches!(self, Self::List(_)) { "[Operand!]".to_owned() } else { "Operand".to_owned() }
    }

    fn type_name(&self) -> String {
        match self {
            Self::List(values) => {
                format!("[{}]", values.first().map_or("String".to_owned(), Self::type_name))
            }
            Self::Word(word) if word == "true" || word == "false" => "Boolean".to_owned(),
            Self::Word(word) if word.parse::<i64>().is_ok() => "Int".to_owned(),
            _ => "String".to_owned(),
        }
    }
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
    /// The type of what it leads to.
    pub of: String,
    /// How its selection is written.
    pub style: Style,
}

/// How a selection is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// In a fragment that stands there.
    Inline,
    /// In a fragment of its own, of that number.
    Named(u64),
}

/// A query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Its root fields.
    pub roots: Vec<Selection>,
    /// Whether its outer braces are there.
    pub braces: bool,
}

/// How deep filters are nested.
const DEPTH: usize = 4;

/// A random query, mostly for what there is in a cluster.
pub fn query(random: &mut Random, schema: &Schema, cluster: &Cluster) -> Query {
    let roots = if random.percent(10) { 2 } else { 1 };
    let roots = (0..roots).map(|_| root(random, schema, cluster)).collect();
    Query { roots, braces: random.percent(80) }
}

fn root(random: &mut Random, schema: &Schema, cluster: &Cluster) -> Selection {
    let types: Vec<&str> = schema
        .types()
        .filter(|def| def.is_asset() && def.name != "Cluster")
        .map(|def| def.name.as_str())
        .collect();
    let text = |object: &Value, field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let of_objects = cluster
        .objects
        .iter()
        .map(|object| (split_api_version(&text(object, "apiVersion")).0.to_owned(), text(object, "kind")));
    let kinds = of_objects.chain(cluster.gaps.iter().map(|gap| (gap.0.clone(), gap.2.clone())));
    let there = kinds.filter_map(|(group, kind)| Some(schema.asset_of(&group, &kind)?.name.as_str()));
    let there: Vec<&str> = there.flat_map(|name| with_entries(schema, name)).collect();
    let there: Vec<&str> = there.into_iter().filter(|name| types.contains(name)).collect();
    let interfaces: Vec<&str> =
        types.iter().copied().filter(|name| schema.get(name).is_some_and(|def| def.is_interface)).collect();
    let type_name = match random.below(100) {
        0..4 => *random.one(&interfaces),
        4..26 => *random.one(&types),
        _ if there.is_empty() => *random.one(&types),
        _ => *random.one(&there),
    };
    let filter = random.percent(85).then(|| filter(random, schema, &[type_name], DEPTH));
    let mut selection = Selection {
        field: root_field(type_name),
        filter,
        fragment: random.percent(50),
        below: Vec::new(),
        of: type_name.to_owned(),
        style: style(random),
    };
    if !selection.fragment || random.percent(10) {
        selection.below.extend(below(random, schema, type_name, 3));
    }
    selection.fragment |= selection.below.is_empty();
    selection
}

/// A type, and if entries of its lists are assets, their type and the interfaces that it shares with them.
fn with_entries<'s>(schema: &'s Schema, name: &'s str) -> Vec<&'s str> {
    let tables = schema.tables_of(name).into_iter();
    let entries = tables.flat_map(|table| &schema.table(table).children);
    let entries = entries.filter_map(|entry| schema.get(&schema.table(*entry).type_name));
    let mut all = vec![name];
    for entry in entries.filter(|def| def.is_asset()) {
        all.push(&entry.name);
        all.extend(entry.interfaces.iter().map(String::as_str));
    }
    all
}

fn style(random: &mut Random) -> Style {
    match random.below(12) {
        0 => Style::Inline,
        1 => Style::Named(random.number()),
        _ => Style::Plain,
    }
}

/// A way down to assets, if there is one.
fn below(random: &mut Random, schema: &Schema, type_name: &str, depth: usize) -> Option<Selection> {
    let def = schema.get(type_name)?;
    let ways: Vec<(&Field, &str, bool)> =
        def.fields.iter().filter_map(|field| way(schema, type_name, field)).collect();
    if ways.is_empty() || depth == 0 {
        return None;
    }
    let (field, to, is_object) = *random.one(&ways);
    let filter = (!is_object && random.percent(60)).then(|| filter(random, schema, &[to], DEPTH - 1));
    let is_asset = schema.get(to).is_some_and(assay_model::schema::TypeDef::is_asset) && !is_object;
    let fragment = is_asset && random.percent(60);
    let below: Vec<Selection> =
        if fragment { Vec::new() } else { below(random, schema, to, depth - 1).into_iter().collect() };
    let fragment = fragment || is_asset && below.is_empty();
    let (of, style) = (to.to_owned(), style(random));
    let selection = Selection { field: field.name.clone(), filter, fragment, below, of, style };
    (selection.fragment || !selection.below.is_empty()).then_some(selection)
}

/// Where a field leads, and whether that is an object within the row.
fn way<'s>(schema: &'s Schema, type_name: &str, field: &'s Field) -> Option<(&'s Field, &'s str, bool)> {
    match &field.source {
        Source::Struct { of, .. } => Some((field, of.as_str(), true)),
        Source::Relation(relation) => Some((field, relation.to.as_str(), false)),
        Source::Alias { of, .. } => {
            let (last, objects) = of.split_last()?;
            let mut at = type_name;
            for name in objects {
                at = match &schema.get(at)?.field(name)?.source {
                    Source::Struct { of, .. } => of,
                    // What a row has of one that is surely there.
                    Source::Relation(relation) if matches!(relation.via, Via::Parent) => &relation.to,
                    _ => return None,
                };
            }
            let target = schema.get(at)?.field(last)?;
            match &target.source {
                Source::Relation(relation) => Some((field, relation.to.as_str(), false)),
                _ => None,
            }
        }
        _ => None,
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut variables, mut fragments) = (Vec::new(), Vec::new());
        self.roots.iter().for_each(|root| root.declare(&mut variables, &mut fragments));
        let roots: Vec<String> = self.roots.iter().map(ToString::to_string).collect();
        let roots = roots.join(" ");
        match variables.is_empty() {
            false => write!(f, "query ({}) {{ {roots} }}", variables.join(", "))?,
            true if self.braces || !fragments.is_empty() => write!(f, "{{ {roots} }}")?,
            true => f.write_str(&roots)?,
        }
        fragments.iter().try_for_each(|fragment| write!(f, " {fragment}"))
    }
}

impl Selection {
    /// What stands beside a query for this: declarations of variables, and fragments.
    fn declare(&self, variables: &mut Vec<String>, fragments: &mut Vec<String>) {
        self.filter.iter().for_each(|filter| filter.declare(variables));
        self.below.iter().for_each(|below| below.declare(variables, fragments));
        if let Style::Named(number) = self.style {
            fragments.push(format!("fragment F{number:x} on {} {{ {} }}", self.of, self.content()));
        }
    }

    fn content(&self) -> String {
        let fragment = self.fragment.then(|| "...AssetFragment".to_owned());
        fragment.into_iter().chain(self.below.iter().map(ToString::to_string)).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.field)?;
        if let Some(filter) = &self.filter {
            write!(f, "(where: {filter})")?;
        }
        match self.style {
            Style::Plain => write!(f, " {{ {} }}", self.content()),
            Style::Inline => write!(f, " {{ ... on {} {{ {} }} }}", self.of, self.content()),
            Style::Named(number) => write!(f, " {{ ...F{number:x} }}"),
        }
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
            Self::Variable(number, _) => write!(f, "$v{number:x}"),
        }
    }
}
