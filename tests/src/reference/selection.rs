//! Which assets a query yields: those at the places where `...AssetFragment` stands.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Node;
use apollo_compiler::ast::{Field, Selection, Value as Syntax};
use assay_model::schema::{Relation, Source, TypeDef, root_field};

use super::field::Place;
use super::truth::Truth;
use super::world::World;

/// What a query yields.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Answer {
    /// By id, each asset that was examined: whether it is in the result.
    pub assets: BTreeMap<String, Truth>,
    /// Assets below which there may be more than could be read.
    pub open: BTreeSet<String>,
    /// Whether there may be more assets to begin with.
    pub incomplete: bool,
}

/// A row at a place of the query.
#[derive(Clone)]
struct Reached {
    place: Place,
    truth: Truth,
}

/// Answers a query.
pub fn answer(world: &World<'_>, query: &str) -> Answer {
    let mut answer = Answer::default();
    super::document::roots(query).iter().for_each(|root| world.root(root, &mut answer));
    answer
}

impl World<'_> {
    fn root(&self, root: &Node<Field>, answer: &mut Answer) {
        let named = |name: &str| match name {
            "kubernetesNodes" => "Node".to_owned(),
            "endpoints" => "EndpointSlice".to_owned(),
            "bindings" => "RoleBinding".to_owned(),
            name => {
                let mut types = self.schema.types().filter(|def| def.is_asset());
                types.find(|def| root_field(&def.name) == name).expect("a root field").name.clone()
            }
        };
        let type_name = named(&root.name);
        answer.incomplete |= self.asset_types(&type_name).iter().any(|of| self.unread(of, &[], None));
        let rows = self.of_type(&type_name).into_iter();
        let rows = rows.filter(|row| type_name != "Workload" || self.is_top_level(*row));
        let reached = rows.map(|row| {
            let place = self.place(row, &type_name);
            let truth = self.filtered(&place, root);
            Reached { place, truth }
        });
        self.select(&reached.collect::<Vec<_>>(), &root.selection_set, answer);
    }

    fn filtered(&self, place: &Place, field: &Field) -> Truth {
        match field.arguments.iter().find(|argument| argument.name == "where") {
            Some(filter) => self.satisfies(place, &filter.value),
            None => Truth::True,
        }
    }

    fn select(&self, reached: &[Reached], selections: &[Selection], answer: &mut Answer) {
        for selection in selections {
            match selection {
                Selection::FragmentSpread(_) => {
                    for one in reached {
                        let id = self.rows[one.place.row].id.clone();
                        let known = answer.assets.entry(id).or_insert(one.truth);
                        *known = known.or(one.truth);
                    }
                }
                Selection::Field(field) if spreads(&field.selection_set) => {
                    self.descend(reached, field, answer);
                }
                _ => {}
            }
        }
    }

    fn descend(&self, reached: &[Reached], field: &Node<Field>, answer: &mut Answer) {
        let mut next: BTreeMap<usize, Reached> = BTreeMap::new();
        let mut objects = Vec::new();
        for one in reached {
            match self.target(&one.place, &field.name) {
                Target::Object(place) => objects.push(Reached { place, truth: one.truth }),
                Target::Rows(place, name, relation, narrow) => {
                    let related = self.related(&place, &name, &relation);
                    if related.more && one.truth != Truth::False {
                        let asset = &self.rows[self.rows[place.row].asset];
                        if self.schema.get(&asset.type_name).is_some_and(TypeDef::is_asset) {
                            answer.open.insert(asset.id.clone());
                        } else {
                            answer.incomplete = true;
                        }
                    }
                    for row in related.rows {
                        let there = self.place(row, &relation.to);
                        let belongs = narrow.as_ref().map_or(Truth::True, |n| self.satisfies(&there, n));
                        if belongs == Truth::False {
                            continue;
                        }
                        let truth = one.truth.and(belongs).and(self.filtered(&there, field));
                        let known = next.entry(row).or_insert(Reached { place: there, truth });
                        known.truth = known.truth.or(truth);
                    }
                }
            }
        }
        let next = if objects.is_empty() { next.into_values().collect() } else { objects };
        self.select(&next, &field.selection_set, answer);
    }

    fn target(&self, place: &Place, name: &str) -> Target {
        let field = self.field(place, name).unwrap_or_else(|| panic!("no field {name}"));
        match &field.source {
            Source::Struct { of, path } => Target::Object(self.within(place, name, of, path.is_some())),
            Source::Relation(relation) => {
                Target::Rows(place.clone(), name.to_owned(), Box::new(relation.clone()), None)
            }
            Source::Alias { of, filter } => {
                let mut at = place.clone();
                for name in &of[..of.len() - 1] {
                    at = match self.target(&at, name) {
                        Target::Object(inner) => inner,
                        // The row that an entry is of is there.
                        Target::Rows(place, name, relation, _) => {
                            self.place(self.related(&place, &name, &relation).rows[0], &relation.to)
                        }
                    };
                }
                match self.target(&at, &of[of.len() - 1]) {
                    Target::Rows(place, name, relation, None) => {
                        Target::Rows(place, name, relation, filter.as_deref().map(super::filter::parsed))
                    }
                    target => target,
                }
            }
            other => panic!("{other:?} leads nowhere"),
        }
    }
}

/// Where a field leads.
enum Target {
    Object(Place),
    Rows(Place, String, Box<Relation>, Option<Syntax>),
}

fn spreads(selections: &[Selection]) -> bool {
    selections.iter().any(|selection| match selection {
        Selection::FragmentSpread(_) => true,
        Selection::Field(field) => spreads(&field.selection_set),
        Selection::InlineFragment(inline) => spreads(&inline.selection_set),
    })
}
