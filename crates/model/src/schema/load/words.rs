//! The words of SDL: directives, their arguments, and the names of types, each of which has to be declared.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use apollo_compiler::Name;
use apollo_compiler::ast::{
    Definition, Directive, DirectiveDefinition, DirectiveList, DirectiveLocation, FieldDefinition, Value,
};

use super::mistake::{Mistake, Wrong, bytes, declared};
use super::{File, SCALARS};
use crate::nearest::{closest, nearest};

/// What all files declare.
pub(super) struct Words<'f> {
    types: BTreeSet<&'f str>,
    interfaces: BTreeSet<&'f str>,
    directives: BTreeMap<&'f str, &'f DirectiveDefinition>,
}

impl<'f> Words<'f> {
    pub(super) fn of(files: &'f [File<'_>]) -> Self {
        let mut words = Self {
            types: SCALARS.iter().map(|(name, _)| *name).collect(),
            interfaces: BTreeSet::new(),
            directives: BTreeMap::new(),
        };
        for definition in files.iter().flat_map(|file| &file.document.definitions) {
            words.types.extend(declared(definition).map(|(name, _)| name.as_str()));
            match definition {
                Definition::InterfaceTypeDefinition(def) => _ = words.interfaces.insert(&def.name),
                Definition::DirectiveDefinition(def) => _ = words.directives.insert(&def.name, def),
                _ => {}
            }
        }
        words
    }

    /// The mistakes in the words of a file; a user's declares nothing but types.
    pub(super) fn check(&self, file: &File<'_>, own: bool) -> Vec<Mistake> {
        let mut check = Check { words: self, file, mistakes: Vec::new() };
        for definition in &file.document.definitions {
            check.definition(definition, own);
        }
        check.mistakes
    }
}

struct Check<'c> {
    words: &'c Words<'c>,
    file: &'c File<'c>,
    mistakes: Vec<Mistake>,
}

impl Check<'_> {
    fn add(&mut self, span: Range<usize>, wrong: Wrong) {
        self.mistakes.push(Mistake::at((self.file.name, self.file.text), span, wrong));
    }

    fn definition(&mut self, definition: &Definition, own: bool) {
        let (interfaces, directives, fields) = match definition {
            Definition::ObjectTypeDefinition(def) => {
                (&def.implements_interfaces, &def.directives, &def.fields)
            }
            Definition::InterfaceTypeDefinition(def) => {
                (&def.implements_interfaces, &def.directives, &def.fields)
            }
            other if own => return self.refuse(other),
            _ => return,
        };
        for interface in interfaces {
            self.known(interface, "interface", &self.words.interfaces);
        }
        self.directives(directives, DirectiveLocation::Object);
        fields.iter().for_each(|field| self.field(field));
    }

    fn refuse(&mut self, definition: &Definition) {
        let start = bytes(definition.location()).start;
        let end = self.file.text[start..].find([' ', '\n']).map_or(self.file.text.len(), |at| start + at);
        let help = match definition {
            Definition::EnumTypeDefinition(_) => "give its fields the type String",
            Definition::ObjectTypeExtension(_) | Definition::InterfaceTypeExtension(_) => {
                "types of assay's own stay as they are: reach other fields with `object: {path: …}`"
            }
            _ => "write `type Name implements Asset @asset(…) { … }`",
        };
        self.add(start..end, Wrong::here("expected a type or an interface").help(help));
    }

    fn field(&mut self, field: &FieldDefinition) {
        let name = field.ty.inner_named_type();
        self.known(name, "type", &self.words.types);
        self.directives(&field.directives, DirectiveLocation::FieldDefinition);
        if let Some(argument) = field.arguments.first() {
            self.add(bytes(argument.location()), Wrong::here("fields of the model have no arguments"));
        }
    }

    fn known(&mut self, name: &Name, what: &str, known: &BTreeSet<&str>) {
        if known.contains(name.as_str()) {
            return;
        }
        let help = match closest(name, known.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => {
                let scalars: Vec<&str> = SCALARS.iter().map(|(name, _)| *name).collect();
                format!("declare it in one of the files; scalars are {}", scalars.join(", "))
            }
        };
        let wrong = Wrong::here(format!("no {what} `{name}` is declared")).help(help);
        self.add(bytes(name.location()), wrong);
    }

    fn directives(&mut self, directives: &DirectiveList, place: DirectiveLocation) {
        for directive in directives.iter() {
            let Some(def) = self.words.directives.get(directive.name.as_str()) else {
                if directive.name != "deprecated" {
                    self.unknown(directive, place);
                }
                continue;
            };
            if !def.locations.contains(&place) {
                let there = if place == DirectiveLocation::Object { "types" } else { "fields" };
                let message = format!("@{} is not for {there}", def.name);
                self.add(bytes(directive.name.location()), Wrong::here(message));
            }
            self.arguments(directive, def);
        }
    }

    fn unknown(&mut self, directive: &Directive, place: DirectiveLocation) {
        let known = self.words.directives.values().filter(|def| def.locations.contains(&place));
        let help = nearest(&directive.name, known.map(|def| def.name.as_str()));
        let message = format!("@{} is no directive of the model", directive.name);
        self.add(bytes(directive.name.location()), Wrong::here(message).help(help));
    }

    fn arguments(&mut self, directive: &Directive, def: &DirectiveDefinition) {
        for argument in &directive.arguments {
            let Some(declared) = def.arguments.iter().find(|known| known.name == argument.name) else {
                let help = nearest(&argument.name, def.arguments.iter().map(|known| known.name.as_str()));
                let message = format!("@{} has no argument `{}`", def.name, argument.name);
                self.add(bytes(argument.name.location()), Wrong::here(message).help(help));
                continue;
            };
            let expected = expected(declared.ty.inner_named_type(), declared.ty.is_list(), &argument.value);
            if let Some(expected) = expected {
                let message = format!("`{}` of @{}: expected {expected}", argument.name, def.name);
                self.add(bytes(argument.value.location()), Wrong::here(message));
            }
        }
        for needed in def.arguments.iter().filter(|known| known.is_required()) {
            if directive.specified_argument_by_name(&needed.name).is_none() {
                let message = format!("@{} needs `{}`", def.name, needed.name);
                self.add(bytes(directive.name.location()), Wrong::here(message));
            }
        }
    }
}

/// What a value is not, if it isn't.
fn expected(of: &str, list: bool, value: &Value) -> Option<&'static str> {
    if let (true, Value::List(values)) = (list, value) {
        return values.iter().find_map(|value| expected(of, false, value));
    }
    let holds = match of {
        "Boolean" => matches!(value, Value::Boolean(_)),
        "Scope" => value.as_enum().is_some_and(|scope| ["NAMESPACED", "CLUSTER"].contains(&scope.as_str())),
        _ => matches!(value, Value::String(_)),
    };
    let words = match of {
        "Boolean" => "true or false",
        "Scope" => "NAMESPACED or CLUSTER",
        _ => "text in quotes",
    };
    (!holds).then_some(words)
}
