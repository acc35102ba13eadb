//! The filters that a user's own types are declared with.

use assay_model::schema::{Field, Mistake, Schema, Source, TypeDef};
use jiff::Timestamp;

use super::{Place, Resolver};
use crate::query::Bindings;
use crate::query::parse::parse_filter;

/// Mistakes in the filters of `@defined`, `@alias` and `@count` of a user's own types.
pub fn own_mistakes(schema: &Schema) -> Vec<Mistake> {
    let own = schema.types().filter(|def| def.own);
    let fields = own.flat_map(|def| def.fields.iter().map(move |field| (def, field)));
    fields.flat_map(|(def, field)| mistakes(schema, def, field)).collect()
}

fn mistakes(schema: &Schema, def: &TypeDef, field: &Field) -> Vec<Mistake> {
    let Some((of, text)) = filter(schema, def, field) else { return Vec::new() };
    let found = match parse_filter(text) {
        Err(mistakes) => mistakes,
        Ok((value, shift)) => {
            let mut resolver = Resolver::new(schema, Bindings::from(Timestamp::UNIX_EPOCH), shift);
            resolver.filter(&Place::row(of), &value);
            resolver.mistakes
        }
    };
    let about = format!("{}.{}", def.name, field.name);
    found
        .into_iter()
        .map(|mistake| schema.mistake(&about, &format!("in `{text}`: {}", mistake.message), mistake.help))
        .collect()
}

/// The filter of a field, and the type whose rows it is for.
fn filter<'s>(schema: &'s Schema, def: &'s TypeDef, field: &'s Field) -> Option<(&'s str, &'s str)> {
    match &field.source {
        Source::Defined { filter } => Some((&def.name, filter)),
        Source::Count { of, filter } => Some((related(schema, def, &[of])?, filter.as_ref()?)),
        Source::Alias { of, filter } => {
            let of: Vec<&str> = of.iter().map(String::as_str).collect();
            Some((related(schema, def, &of)?, filter.as_ref()?))
        }
        _ => None,
    }
}

/// The type that a path leads to.
fn related<'s>(schema: &'s Schema, def: &'s TypeDef, path: &[&str]) -> Option<&'s str> {
    let (first, rest) = path.split_first()?;
    let to = match &def.field(first)?.source {
        Source::Struct { of, .. } => of,
        Source::Relation(relation) => &relation.to,
        Source::Map(_) => "KeyValue",
        _ => return None,
    };
    if rest.is_empty() { Some(to) } else { related(schema, schema.get(to)?, rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_a_filter_of_ones_own_is_at_its_field() {
        let text = "type Widget implements Asset @asset(group: \"example.com\", version: \"v1\", resource: \"widgets\") {\n\
                    sizes: [Size!]! @children(lists: [\"spec.sizes\"])\n\
                    big: Boolean! @defined(as: \"{sizes: {some: {high: {gt: 5}}}}\")\n\
                    bigger: Boolean! @defined(as: \"{sizes: {some: {hihg: {gt: 5}}}}\")\n\
                    low: Int! @count(of: \"sizes\", where: \"{high: {lessThan: 2}}\")\n\
                    flat: [Size!]! @alias(of: \"sizes\", where: \"{high\")\n\
                    }\ntype Size { high: Int }";
        let schema = Schema::with_files(&[("own.graphql".to_owned(), text.to_owned())]).unwrap();
        let mistakes: Vec<String> = own_mistakes(&schema).iter().map(ToString::to_string).collect();
        let [first, second, third] = mistakes.as_slice() else { panic!("{mistakes:#?}") };
        assert!(first.starts_with("own.graphql:4:1: Widget.bigger: in `{sizes: {some: {hihg: {gt: 5}}}}`: `Size` has no field `hihg` (did you mean `high`?"), "{first}");
        assert!(
            second.starts_with(
                "own.graphql:5:1: Widget.low: in `{high: {lessThan: 2}}`: `lessThan` is no operator here"
            ),
            "{second}"
        );
        assert!(third.starts_with("own.graphql:6:1: Widget.flat: in `{high`: "), "{third}");
    }
}
