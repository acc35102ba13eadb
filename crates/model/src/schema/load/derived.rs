//! Types whose rows are derived at evaluation.

use std::collections::BTreeMap;

use apollo_compiler::ast::DirectiveList;

use super::{LoadError, argument, strings};
use crate::schema::{DerivedRows, Source, TypeDef, Via};

/// What makes a type's rows, if they are derived.
pub(super) fn rows(directives: &DirectiveList) -> Result<Option<DerivedRows>, String> {
    let Some(directive) = directives.get("rows") else { return Ok(None) };
    let by = argument(directive, "by").ok_or("@rows needs `by`")?;
    Ok(Some(DerivedRows { by, reads: strings(directive, "reads") }))
}

/// What is derived has to say of which types, and derived rows need an id that other engines can join by.
pub(super) fn check(types: &BTreeMap<String, TypeDef>) -> Result<(), LoadError> {
    for def in types.values() {
        let fail = |message: String| Err(LoadError::of_model(message));
        if let Some(rows) = &def.derived {
            check_reads(types, &def.name, &rows.reads)?;
            if def.field("id").is_none() {
                return fail(format!("{}: its rows are derived, so it needs `id: ID!`", def.name));
            }
        }
        for field in &def.fields {
            let place = format!("{}.{}", def.name, field.name);
            match &field.source {
                Source::Derived(derived) => check_reads(types, &place, &derived.reads)?,
                Source::Relation(relation) => match &relation.via {
                    Via::Derived { reads, .. } => check_reads(types, &place, reads)?,
                    Via::Children { .. } if def.derived.is_some() => {
                        return fail(format!(
                            "{place}: derived rows have no lists: derive a type of its own"
                        ));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }
    Ok(())
}

fn check_reads(types: &BTreeMap<String, TypeDef>, place: &str, reads: &[String]) -> Result<(), LoadError> {
    match reads.iter().find(|name| !types.contains_key(*name)) {
        Some(name) => {
            let message = format!("{place}: it is derived from `{name}`, which is no type");
            Err(LoadError::of_model(message))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::load::load;

    #[test]
    fn a_mistake_in_what_is_derived_is_told() {
        for (text, expected) in [
            (
                "type A @rows(by: \"x\") { b: Int }",
                "x.graphql:1: A: its rows are derived, so it needs `id: ID!`",
            ),
            (
                "type A @rows(by: \"x\", reads: [\"B\"]) { id: ID! }",
                "x.graphql:1: A: it is derived from `B`, which is no type",
            ),
            (
                "type A { b: Int @derived(by: \"x\", reads: [\"B\"]) }",
                "x.graphql:1: A.b: it is derived from `B`, which is no type",
            ),
            (
                "type A @rows(by: \"x\") { id: ID! b: [A!]! @children }",
                "x.graphql:1: A.b: derived rows have no lists: derive a type of its own",
            ),
            ("type A @rows { id: ID! }", "x.graphql:1: A: @rows needs `by`"),
        ] {
            assert_eq!(load(&[("x.graphql", text)], 1).unwrap_err().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_snapshot_holds_no_derived_rows() {
        let text = "interface I { id: ID! } type A implements I @rows(by: \"x\") { n: [Int!] a: A @derived(by: \"x\") }";
        let schema = load(&[("x.graphql", text)], 1).unwrap();
        assert_eq!(schema.stored_tables().count(), 0);
        let [table] = schema.tables() else { panic!("{:?}", schema.tables()) };
        assert_eq!((table.name.as_str(), table.columns.len()), ("derived/as", 2));
        assert!(schema.tables_of("I").is_empty() && schema.tables_of("A").len() == 1);
    }
}
