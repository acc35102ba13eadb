//! Frameworks (benchmarks, standards) as data: requirements that controls name.

use std::ops::Range;
use std::sync::Arc;

use assay_model::yaml::Node;

use crate::problem::Mistakes;
use crate::yaml::{self, Fields};
use crate::{FrameworkId, Problem};

/// A published set of requirements, in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framework {
    /// Name and version, as controls write it.
    pub id: FrameworkId,
    /// What the publisher calls it.
    pub title: String,
    /// The version, as the publisher writes it.
    pub version: String,
    /// The publisher's page.
    pub url: String,
    /// In the framework's own order.
    pub requirements: Vec<Requirement>,
}

/// One requirement of a framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The framework's id of it.
    pub id: String,
    /// What it asks for, in this project's words.
    pub title: String,
    /// Whether the framework leaves it to a person's judgement.
    pub manual: bool,
}

impl Framework {
    /// The requirement of this id.
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|requirement| requirement.id == id)
    }

    /// Reads a framework file, whose name must be its id; gives every mistake in it.
    pub(crate) fn parse(path: &str, text: Arc<str>) -> Result<Self, Vec<Problem>> {
        let mut mistakes = Mistakes::new(path, text.clone());
        let framework = yaml::read(&text, 0..text.len(), &mut mistakes)
            .and_then(|node| read(node, crate::folder::stem(path), &mut mistakes));
        match framework {
            Some(framework) if mistakes.is_empty() => Ok(framework),
            _ => Err(mistakes.into_problems()),
        }
    }
}

fn read(node: Node, stem: &str, mistakes: &mut Mistakes) -> Option<Framework> {
    let mut fields = Fields::new(node, 0..0, mistakes);
    let id = fields.text("id");
    let title = fields.text("title");
    let version = fields.text("version");
    let url = fields.text("url");
    let requirements = fields.require("requirements");
    let requirements = fields.list("requirements", requirements);
    fields.finish();

    let id = id.and_then(|(id, span)| framework_id(id, span, stem, mistakes));
    let requirements = read_requirements(requirements, mistakes);
    Some(Framework { id: id?, title: title?.0, version: version?.0, url: url?.0, requirements })
}

fn framework_id(id: String, span: Range<usize>, stem: &str, mistakes: &mut Mistakes) -> Option<FrameworkId> {
    if id != stem {
        mistakes.add(span.clone(), format!("the file is called `{stem}.yaml`, but its id is `{id}`"));
    }
    FrameworkId::new(id).map_err(|error| mistakes.add(span, error.to_string())).ok()
}

fn read_requirements(nodes: Vec<Node>, mistakes: &mut Mistakes) -> Vec<Requirement> {
    let mut requirements: Vec<Requirement> = Vec::new();
    for node in nodes {
        let place = node.span.clone();
        let mut fields = Fields::new(node, place, mistakes);
        let (id, title) = (fields.text("id"), fields.text("title"));
        let manual = fields.flag("manual").is_some();
        fields.finish();
        let (Some((id, span)), Some((title, _))) = (id, title) else { continue };
        if requirements.iter().any(|other| other.id == id) {
            mistakes.add(span, format!("requirement `{id}` is listed twice"));
        }
        requirements.push(Requirement { id, title, manual });
    }
    requirements
}
