//! Types whose rows are derived at evaluation.

use std::collections::BTreeMap;

use apollo_compiler::ast::DirectiveList;

use super::{Wrong, argument, strings};
use crate::schema::{DerivedRows, Source, TypeDef, Via};

/// What makes a type's rows, if they are derived.
pub(super) fn rows(directives: &DirectiveList) -> Option<DerivedRows> {
    let directive = directives.get("rows")?;
    Some(DerivedRows { by: argument(directive, "by")?, reads: strings(directive, "reads") })
}

/// What is derived has to say of which types, and derived rows need an id that other engines can join by.
pub(super) fn check(types: &BTreeMap<String, TypeDef>) -> Result<(), Wrong> {
    for def in types.values() {
        if let Some(rows) = &def.derived {
            check_reads(types, &def.name, &rows.reads)?;
            if def.field("id").is_none() {
                return Err(Wrong::new(&def.name, "its rows are derived, so it needs `id: ID!`"));
            }
        }
        for field in &def.fields {
            let place = format!("{}.{}", def.name, field.name);
            match &field.source {
                Source::Derived(derived) => check_reads(types, &place, &derived.reads)?,
                Source::Relation(relation) => match &relation.via {
                    Via::Derived { reads, .. } => check_reads(types, &place, reads)?,
                    Via::Children { .. } if def.derived.is_some() => {
                        return Err(Wrong::new(
                            place,
                            "derived rows have no lists: derive a type of its own",
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

fn check_reads(types: &BTreeMap<String, TypeDef>, place: &str, reads: &[String]) -> Result<(), Wrong> {
    match reads.iter().find(|name| !types.contains_key(*name)) {
        Some(name) => Err(Wrong::new(place, format!("it is derived from `{name}`, which is no type"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::load::load;
    use crate::schema::{LoadError, Schema};

    /// The text beside the words that all files use.
    fn read(text: &str) -> Result<Schema, LoadError> {
        let words = include_str!("../../../schema/directives.graphql");
        load(&[("directives.graphql", words), ("x.graphql", text)], 2)
    }

    #[test]
    fn a_mistake_in_what_is_derived_is_told() {
        for (text, expected) in [
            (
                "type A @rows(by: \"x\") { b: Int }",
                "x.graphql:1:6: A: its rows are derived, so it needs `id: ID!`",
            ),
            (
                "type A @rows(by: \"x\", reads: [\"B\"]) { id: ID! }",
                "x.graphql:1:6: A: it is derived from `B`, which is no type",
            ),
            (
                "type A { b: Int @derived(by: \"x\", reads: [\"B\"]) }",
                "x.graphql:1:10: A.b: it is derived from `B`, which is no type",
            ),
            (
                "type A @rows(by: \"x\") { id: ID! b: [A!]! @children }",
                "x.graphql:1:33: A.b: derived rows have no lists: derive a type of its own",
            ),
            ("type A @rows { id: ID! }", "x.graphql:1:9: @rows needs `by`"),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_snapshot_holds_no_derived_rows() {
        let text = "interface I { id: ID! } type A implements I @rows(by: \"x\") { n: [Int!] a: A @derived(by: \"x\") }";
        let schema = read(text).unwrap();
        assert_eq!(schema.stored_tables().count(), 0);
        let [table] = schema.tables() else { panic!("{:?}", schema.tables()) };
        assert_eq!((table.name.as_str(), table.columns.len()), ("derived/as", 2));
        assert!(schema.tables_of("I").is_empty() && schema.tables_of("A").len() == 1);
    }
}
