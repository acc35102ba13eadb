//! The model as GraphQL that any editor understands: types to select from, and inputs for `where` in the object
//! style. Where a literal, `{field: …}` or `{list: …}` may stand, a scalar of its own takes all three.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use assay_model::schema::{Field, Scalar, Schema, Source, TypeDef, root_field};

/// What every schema has, whatever the model.
const FIXED: &str = include_str!("sdl.graphql");

/// What a field is to those who select or filter.
enum Kind<'s> {
    Scalar(Scalar, bool),
    Struct(&'s str),
    Many(&'s str),
    One(&'s str),
    Count,
}

/// The schema.
pub fn sdl(schema: &Schema) -> String {
    let mut text = FIXED.to_owned();
    text += "\ntype Query {\n";
    for def in schema.types().filter(|def| def.is_asset()) {
        describe(&def.description, None, "  ", &mut text);
        let (root, name) = (root_field(&def.name), &def.name);
        let _ = writeln!(
            text,
            "  {root}(where: {name}Filter, limit: Int, offset: Int, sort: [String!]): [{name}!]!"
        );
    }
    text += "}\n";
    for def in schema.types().filter(|def| has_filter(def)) {
        selection(schema, def, &mut text);
        filter(schema, def, &mut text);
    }
    text
}

/// GraphQL's own scalars.
const BUILT_IN: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

/// Whether a variable may have a type of this name.
pub(super) fn is_input(schema: &Schema, name: &str) -> bool {
    let of = |suffix| name.strip_suffix(suffix).and_then(|of| schema.get(of)).is_some_and(has_filter);
    fixed_inputs().any(|input| input == name) || of("Filter") || of("ListFilter")
}

/// The names of all types that a variable may have.
pub(super) fn inputs(schema: &Schema) -> Vec<String> {
    let filters = schema.types().filter(|def| has_filter(def));
    let filters = filters.flat_map(|def| ["Filter", "ListFilter"].map(|suffix| def.name.clone() + suffix));
    fixed_inputs().map(str::to_owned).chain(filters).collect()
}

fn fixed_inputs() -> impl Iterator<Item = &'static str> {
    let declared = FIXED.lines().filter_map(|line| {
        let input = line.strip_prefix("input ").and_then(|line| line.strip_suffix(" {"));
        line.strip_prefix("scalar ").or(input)
    });
    BUILT_IN.into_iter().chain(declared)
}

fn has_filter(def: &TypeDef) -> bool {
    !def.fields.is_empty()
}

fn describe(description: &str, deprecated: Option<&str>, indent: &str, text: &mut String) {
    let description = match (description, deprecated) {
        ("", Some(reason)) => reason.to_owned(),
        (description, _) => description.to_owned(),
    };
    if !description.is_empty() {
        let _ = writeln!(text, "{indent}{}", serde_json::Value::from(description));
    }
}

fn deprecation(field: &Field) -> String {
    let reason = field.deprecated.as_deref().map(|reason| serde_json::Value::from(reason).to_string());
    reason.map(|reason| format!(" @deprecated(reason: {reason})")).unwrap_or_default()
}

/// The interfaces of a type, and theirs: GraphQL wants all of them named.
fn interfaces<'s>(schema: &'s Schema, def: &'s TypeDef) -> BTreeSet<&'s str> {
    let mut all = BTreeSet::new();
    let mut open: Vec<&TypeDef> = vec![def];
    while let Some(next) = open.pop() {
        for name in next.interfaces.iter().filter(|name| all.insert(name.as_str())) {
            open.extend(schema.get(name));
        }
    }
    all
}

fn selection(schema: &Schema, def: &TypeDef, text: &mut String) {
    text.push('\n');
    describe(&def.description, None, "", text);
    let word = if def.is_interface { "interface" } else { "type" };
    let interfaces: Vec<&str> = interfaces(schema, def).into_iter().collect();
    let implements =
        if interfaces.is_empty() { String::new() } else { format!(" implements {}", interfaces.join(" & ")) };
    let _ = writeln!(text, "{word} {}{implements} {{", def.name);
    for field in &def.fields {
        let Some(kind) = kind(schema, def, field, 0) else { continue };
        describe(&field.description, field.deprecated.as_deref(), "  ", text);
        let (arguments, of) = match kind {
            Kind::Scalar(scalar, false) => (String::new(), scalar_name(scalar).to_owned()),
            Kind::Scalar(scalar, true) => (String::new(), format!("[{}]", scalar_name(scalar))),
            Kind::Struct(of) => (String::new(), of.to_owned()),
            Kind::Count => (String::new(), "Int".to_owned()),
            Kind::Many(of) => (format!("(where: {of}Filter)"), format!("[{of}!]")),
            Kind::One(of) => (format!("(where: {of}Filter)"), of.to_owned()),
        };
        let _ = writeln!(text, "  {}{arguments}: {of}{}", field.name, deprecation(field));
    }
    if def.is_asset() {
        text.push_str("  \"What stands at a path of the object, whatever the model knows of it.\"\n");
        text.push_str("  object(path: String!): JSON\n");
    }
    text.push_str("}\n");
}

fn filter(schema: &Schema, def: &TypeDef, text: &mut String) {
    let name = &def.name;
    let _ = writeln!(text, "\ninput {name}Filter {{");
    let _ = writeln!(text, "  AND: [{name}Filter!]\n  OR: [{name}Filter!]\n  NOT: {name}Filter");
    for field in &def.fields {
        let Some(kind) = kind(schema, def, field, 0) else { continue };
        describe(&field.description, field.deprecated.as_deref(), "  ", text);
        let _ = writeln!(text, "  {}: {}{}", field.name, input(&kind), deprecation(field));
    }
    if def.is_asset() {
        text.push_str("  \"Tests of the object's own JSON, whatever the model knows of it.\"\n  object: [ObjectFilter!]\n");
    }
    // What a reference to it may be.
    if def.is_asset() {
        text.push_str("  given: Boolean\n  found: Boolean\n  dangling: Boolean\n");
    }
    text.push_str("}\n");
    let _ = writeln!(
        text,
        "\ninput {name}ListFilter {{\n  some: {name}Filter\n  none: {name}Filter\n  all: {name}Filter\n  single: {name}Filter\n  count: CountFilter\n}}"
    );
}

fn input(kind: &Kind<'_>) -> String {
    match kind {
        Kind::Scalar(_, true) => "ListFilter".to_owned(),
        Kind::Scalar(Scalar::Boolean, _) => "BooleanFilter".to_owned(),
        Kind::Scalar(Scalar::String | Scalar::IntOrString | Scalar::LabelSelector, _) => {
            "TextFilter".to_owned()
        }
        Kind::Scalar(..) => "OrderedFilter".to_owned(),
        Kind::Count => "CountFilter".to_owned(),
        Kind::Struct(of) | Kind::One(of) => format!("{of}Filter"),
        Kind::Many(of) => format!("{of}ListFilter"),
    }
}

/// Aliases that lead to each other in a circle lead nowhere.
const ALIASES: usize = 16;

fn kind<'s>(schema: &'s Schema, def: &'s TypeDef, field: &'s Field, depth: usize) -> Option<Kind<'s>> {
    Some(match &field.source {
        Source::Scalar(scalar) => Kind::Scalar(scalar.scalar, scalar.list),
        Source::Derived(derived) => Kind::Scalar(derived.scalar, derived.list),
        Source::Defined { .. } => Kind::Scalar(Scalar::Boolean, false),
        Source::Count { .. } => Kind::Count,
        Source::Struct { of, .. } => Kind::Struct(of),
        Source::Map(_) => Kind::Many("KeyValue"),
        Source::Relation(relation) if relation.many => Kind::Many(&relation.to),
        Source::Relation(relation) => Kind::One(&relation.to),
        Source::Alias { of, .. } if depth < ALIASES => {
            let (last, way) = of.split_last()?;
            let mut at = def;
            for name in way {
                at = match &at.field(name)?.source {
                    Source::Struct { of, .. } => schema.get(of)?,
                    Source::Relation(relation) => schema.get(&relation.to)?,
                    _ => return None,
                };
            }
            kind(schema, at, at.field(last)?, depth + 1)?
        }
        Source::Alias { .. } => return None,
    })
}

fn scalar_name(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::String => "String",
        // GraphQL's own Int has 32 bits.
        Scalar::Int => "Long",
        Scalar::Float => "Float",
        Scalar::Boolean => "Boolean",
        Scalar::Quantity => "Quantity",
        Scalar::Duration => "Duration",
        Scalar::DateTime => "DateTime",
        Scalar::IntOrString => "IntOrString",
        Scalar::LabelSelector => "LabelSelector",
    }
}
