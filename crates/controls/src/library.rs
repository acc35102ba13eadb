//! All controls that an audit may use, and the frameworks they serve.

use std::path::Path;

use assay_model::cores::side_by_side;

use crate::folder::{Folder, SourceFile};
use crate::parse::{self, ControlFile};
use crate::{Control, Framework, Problem, Problems, embedded, select, select::UnknownPattern};

/// Pages that no thread is worth being started for, to be read.
const FEW: usize = 8;

/// Controls, sorted by id, and frameworks, sorted by id.
#[derive(Debug, Clone, PartialEq)]
pub struct Library {
    controls: Vec<Control>,
    frameworks: Vec<Framework>,
}

impl Library {
    /// The controls and frameworks that are compiled in.
    pub fn built_in() -> Result<Self, Problems> {
        let embedded = |files: &[(&str, &str)]| -> Vec<SourceFile> {
            let file = |&(path, text): &(&str, &str)| SourceFile {
                path: path.to_owned(),
                shown_path: path.to_owned(),
                text: text.into(),
            };
            files.iter().map(file).collect()
        };
        let folder =
            Folder { controls: embedded(embedded::CONTROLS), frameworks: embedded(embedded::FRAMEWORKS) };
        Self { controls: Vec::new(), frameworks: Vec::new() }.with_folder(folder)
    }

    /// Adds the controls (`**/*.md`) and frameworks (`frameworks/*.yaml`) of a folder. A control whose id is
    /// taken is refused, unless its front matter says `replaces: true`: two files that silently compete for
    /// one id would make an audit say less than it seems to.
    pub fn with_dir(self, dir: &Path) -> Result<Self, Problems> {
        self.with_folder(Folder::read(dir).map_err(Problems)?)
    }

    fn with_folder(mut self, folder: Folder) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        for file in &folder.frameworks {
            match Framework::parse(&file.shown_path, file.text.clone()) {
                Ok(framework) => self.add_framework(framework, file, &mut problems),
                Err(found) => problems.extend(found),
            }
        }
        self.frameworks.sort_by(|a, b| a.id.cmp(&b.id));

        let read = side_by_side(&folder.controls, FEW, |file| {
            parse::read(&file.path, &file.shown_path, file.text.clone(), &self.frameworks)
        });
        let mut files: Vec<ControlFile> = Vec::new();
        for read in read {
            match read {
                Ok(read) => {
                    taken(&read, &self.controls, &files, &mut problems);
                    files.push(read);
                }
                Err(found) => problems.extend(found),
            }
        }
        former_ids(&files, &self.controls, &mut problems);
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        self.controls.retain(|control| !files.iter().any(|file| file.control.id == control.id));
        self.controls.extend(files.into_iter().map(|file| file.control));
        self.controls.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(self)
    }

    fn add_framework(&mut self, framework: Framework, file: &SourceFile, problems: &mut Vec<Problem>) {
        if self.frameworks.iter().any(|known| known.id == framework.id) {
            problems.push(Problem {
                path: file.shown_path.clone(),
                text: file.text.clone(),
                span: 0..0,
                message: format!("framework `{}` is there already", framework.id),
                help: Some("give it an id of its own".to_owned()),
            });
        } else {
            self.frameworks.push(framework);
        }
    }

    /// All controls, by id.
    pub fn controls(&self) -> &[Control] {
        &self.controls
    }

    /// All frameworks, by id.
    pub fn frameworks(&self) -> &[Framework] {
        &self.frameworks
    }

    /// The framework of this id.
    pub fn framework(&self, id: &str) -> Option<&Framework> {
        self.frameworks.iter().find(|framework| framework.id.as_str() == id)
    }

    /// The control of this id, else the one that formerly had it.
    pub fn get(&self, id: &str) -> Option<&Control> {
        let index = self.controls.binary_search_by(|control| control.id.as_str().cmp(id)).ok();
        index.and_then(|index| self.controls.get(index)).or_else(|| {
            self.controls.iter().find(|control| control.former_ids.iter().any(|former| former.as_str() == id))
        })
    }

    /// The controls that the patterns choose, by id; all if there are none. A pattern is one of
    ///
    /// - an id or former id, or a glob over ids: `container-*`
    /// - a category with a slash: `rbac/`, or a glob below it: `network/k8s-*`
    /// - a framework, or requirements of it: `cis-kubernetes-1.12`, `cis-kubernetes-1.12:5.2.*`
    ///
    /// each with `!` before it to leave those out. A pattern that fits no control is an error: a typo must not
    /// make an audit smaller.
    pub fn select<S: AsRef<str>>(&self, patterns: &[S]) -> Result<Vec<&Control>, Vec<UnknownPattern>> {
        select::select(&self.controls, patterns)
    }

    /// What is allowed but not good enough for a library: see the `lint` module.
    pub fn lint(&self) -> Vec<Problem> {
        self.controls.iter().flat_map(crate::lint::lint).collect()
    }
}

/// Refuses an id that is in use.
fn taken(file: &ControlFile, before: &[Control], same_folder: &[ControlFile], problems: &mut Vec<Problem>) {
    let id = &file.control.id;
    if let Some(other) = same_folder.iter().find(|other| other.control.id == *id) {
        let message = format!("control `{id}` is also in {}", other.control.source.shown_path);
        problems.push(file.problem(file.id_span.clone(), message, "each control has an id of its own"));
    } else if let Some(other) = before.iter().find(|other| other.id == *id) {
        if file.replaces.is_none() {
            let message = format!("there is a control `{id}` already, in {}", other.source.shown_path);
            let help =
                "say `replaces: true` in the front matter to use this one instead, or give it another id";
            problems.push(file.problem(file.id_span.clone(), message, help));
        }
    } else if let Some(span) = &file.replaces {
        let message = format!("there is no control `{id}` to replace");
        problems.push(file.problem(span.clone(), message, "remove `replaces`, or correct the id"));
    }
}

/// Refuses a former id that is some control's id, or two controls' former id: `get` must have one answer.
fn former_ids(files: &[ControlFile], before: &[Control], problems: &mut Vec<Problem>) {
    let replaced = |control: &Control| files.iter().any(|file| file.control.id == control.id);
    let controls = || files.iter().map(|file| &file.control).chain(before.iter().filter(|c| !replaced(c)));
    for file in files {
        for (former, span) in &file.former_ids {
            let in_use = controls().any(|control| control.id == *former);
            let shared = controls().filter(|control| control.former_ids.contains(former)).count() > 1;
            if in_use || shared {
                let message = format!("`{former}` names another control as well");
                problems.push(file.problem(span.clone(), message, "a former id leads to one control only"));
            }
        }
        let id = &file.control.id;
        if let Some(other) = before.iter().filter(|c| !replaced(c)).find(|c| c.former_ids.contains(id)) {
            let message = format!("`{id}` is a former id of `{}`", other.id);
            problems.push(file.problem(file.id_span.clone(), message, "give it another id"));
        }
    }
}
