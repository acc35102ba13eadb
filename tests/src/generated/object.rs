//! Random conditions on an object's own JSON.

use assay_model::schema::{ColumnKind, Read, Scalar, Schema, Table};

use super::condition::{object, word};
use super::query::Literal;
use super::values::{in_query, pattern, quoted};
use crate::random::Random;

/// A condition on the object of an asset; none for rows that are no objects.
pub(super) fn on_object(random: &mut Random, schema: &Schema, type_name: &str) -> Option<(String, Literal)> {
    let def = schema.get(type_name)?;
    if !def.is_asset() || def.derived.is_some() || def.field("object").is_some() {
        return None;
    }
    let tables = schema.tables_of(type_name);
    let table = schema.table(*random.one(&tables));
    let condition = |random: &mut Random| {
        let (path, scalar) = path(random, schema, table);
        let mut entries = vec![("path".to_owned(), word(quoted(&path)))];
        for _ in 0..1 + random.below(2) {
            let (key, value) = test(random, &path, scalar);
            if entries.iter().all(|(known, _)| *known != key) {
                entries.push((key, value));
            }
        }
        let is_for = |(word, value): &(String, Literal)| {
            let words = ["path", "eq", "neq", "in", "notIn", "contains", "startsWith", "endsWith", "matches"];
            let is_list = matches!(value, Literal::List(_));
            words.contains(&word.as_str()) && !(is_list && matches!(word.as_str(), "eq" | "neq"))
        };
        if random.percent(30) && entries.iter().all(is_for) {
            entries.push(("caseInsensitive".to_owned(), word("true")));
        }
        Literal::Object(entries)
    };
    let asked = match random.below(10) {
        0 => Literal::List((0..random.below(3)).map(|_| condition(random)).collect()),
        _ => condition(random),
    };
    Some(("object".to_owned(), asked))
}

/// Where a column of a table, or of one of its lists, stands in the object.
fn path(random: &mut Random, schema: &Schema, table: &Table) -> (String, Scalar) {
    let children = table.children.iter().map(|child| schema.table(*child));
    let lists = children.map(|child| (child, format!("{}.", child.lists[0].path)));
    let mut paths =
        vec![("metadata.labels.a".to_owned(), Scalar::String), ("metadata".to_owned(), Scalar::String)];
    paths.extend(removed(schema, table, "").into_iter().map(|path| (path, Scalar::String)));
    for (table, prefix) in lists.chain([(table, String::new())]) {
        paths.extend(table.own_columns().filter_map(|column| match &column.kind {
            ColumnKind::Scalar(field) => match &field.read {
                Read::Path(path) => Some((format!("{prefix}{path}"), field.scalar)),
                Read::Computed(_) => None,
            },
            _ => None,
        }));
    }
    // What is no path of keys is a way of the model's own.
    paths.retain(|(path, _)| {
        let is_key = |c: char| c.is_alphanumeric() || c == '-';
        path.split('.').all(|key| !key.is_empty() && key.chars().all(is_key))
    });
    random.pick(&paths)
}

/// Where values stood that were taken out of an object: those that facts are told of.
fn removed(schema: &Schema, table: &Table, prefix: &str) -> Vec<String> {
    let fields = ["data", "data.a", "stringData.b", "binaryData.a"];
    let mut paths = Vec::new();
    for child in table.children.iter().map(|child| schema.table(*child)) {
        let path = format!("{prefix}{}.", child.lists[0].path);
        match path.strip_suffix("assayFacts.entries.") {
            Some(of) => paths.extend(fields.iter().map(|field| format!("{of}{field}"))),
            None if child.type_name == "EnvVar" => paths.push(format!("{path}value")),
            None => paths.extend(removed(schema, child, &path)),
        }
    }
    paths
}

fn test(random: &mut Random, path: &str, scalar: Scalar) -> (String, Literal) {
    let field = path.rsplit('.').next().unwrap_or(path);
    let value = |random: &mut Random| {
        let untyped =
            ["\"a\"", "\"true\"", "1", "0.5", "\"1\"", "true", "false", "\"-P30D\"", "\"1Gi\"", "b"];
        let fitting = scalar != Scalar::LabelSelector && random.percent(60);
        word(if fitting { in_query(random, field, scalar) } else { random.pick(&untyped).to_owned() })
    };
    let values = |random: &mut Random| Literal::List((0..random.below(3)).map(|_| value(random)).collect());
    let operator = *random.one(&[
        "eq",
        "eq",
        "neq",
        "in",
        "notIn",
        "contains",
        "startsWith",
        "endsWith",
        "matches",
        "lt",
        "lte",
        "gt",
        "gte",
        "includes",
        "notIncludes",
        "anyIn",
        "anyNotIn",
    ]);
    let asked = match operator {
        "matches" => word(quoted(pattern(random))),
        "contains" | "startsWith" | "endsWith" => word(in_query(random, field, Scalar::String)),
        _ if random.percent(8) => object("list", word(quoted(random.pick(&["texts", "numbers", "none"])))),
        "in" | "notIn" | "anyIn" | "anyNotIn" => values(random),
        "eq" | "neq" => match random.below(10) {
            0..2 => word("null"),
            2 => word("\"\""),
            3 => values(random),
            _ => value(random),
        },
        _ => value(random),
    };
    (operator.to_owned(), asked)
}
