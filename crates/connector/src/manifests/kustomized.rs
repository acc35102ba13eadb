//! What kustomizations among the manifests leave unknown. They are not carried out: what they patch may be anything.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use super::{
    origin::Origins,
    receive::{Held, Name, Received},
    unbuilt::Unbuilt,
};
use crate::manifest::{Kustomization, Patch, Target};

/// How large a pattern of names may become.
const MAX_PATTERN: usize = 1 << 16;

/// Adds what kustomizations leave unknown.
pub(super) fn add(unbuilt: &mut Unbuilt, received: &Received, origins: &mut Origins) {
    let mut all: Vec<&Kustomization> = received.sources.kustomizations.iter().collect();
    // The first one gives the reason, whatever the order of the inputs is.
    all.sort_by(|one, other| one.file.cmp(&other.file));
    if all.is_empty() {
        return;
    }
    let layout = Layout::new(&all, received);
    for one in all {
        let (name, folder) = origins.name_and_folder(&one.file);
        let advice = format!("audit what `kubectl kustomize {folder}` makes");
        unbuilt.add_missing(one, &layout, (&name, &advice));
        unbuilt.add_patched(one, &layout, &received.held, (&name, &advice));
    }
    let parts = &unbuilt.parts;
    unbuilt.unclear.retain(|index, _| !parts.contains_key(index));
}

impl Unbuilt {
    fn add_missing(&mut self, one: &Kustomization, layout: &Layout<'_>, (name, advice): (&Arc<str>, &str)) {
        let why = if one.drawn.iter().any(|path| layout.is_missing(&one.file, path)) {
            "draws in what is not among what was given"
        } else if one.generates_any {
            "makes objects that are not among what was given"
        } else {
            ""
        };
        if !why.is_empty() {
            self.incomplete.insert(Arc::clone(name), format!("{name} {why}: {advice}"));
        }
        for kind in &one.generates {
            self.generated.entry(kind).or_insert_with(|| format!("{name} makes more of them: {advice}"));
        }
    }

    fn add_patched(
        &mut self,
        one: &Kustomization,
        layout: &Layout<'_>,
        held: &[Held],
        (name, advice): (&Arc<str>, &str),
    ) {
        let patches: Vec<(&Kustomization, &Patch)> = layout
            .with_components(one)
            .flat_map(|by| by.patches.iter().map(move |patch| (by, patch)))
            .collect();
        if patches.is_empty() {
            return;
        }
        let (drawn, is_renamed) = layout.drawn_by(one);
        let is_patched = |target: &Wanted| -> Vec<usize> {
            let is_it = |index: &&usize| held.get(**index).is_some_and(|held| target.is_of(held, is_renamed));
            drawn.iter().filter(is_it).copied().collect()
        };
        for (by, patch) in patches {
            let of_file = patch.file.as_ref().map(|path| layout.objects(&by.file, path)).unwrap_or_default();
            let mut changed = Vec::new();
            match &patch.targets {
                Some(targets) => {
                    changed.extend(targets.iter().flat_map(|target| is_patched(&Wanted::new(target))));
                    // Its name is of no account then, and may be made up.
                    of_file.iter().for_each(|index| self.add_part(*index, name, layout));
                }
                // Nobody knows what it changes.
                None if of_file.is_empty() => changed.extend(&drawn),
                None => {
                    for index in of_file {
                        let Some(patch) = held.get(*index) else { continue };
                        let of_this = is_patched(&Wanted::written_as(patch));
                        if !of_this.is_empty() {
                            self.add_part(*index, name, layout);
                        }
                        changed.extend(of_this);
                    }
                }
            }
            let patched = format!("{name} patches it, so what it is is unknown: {advice}");
            changed.into_iter().for_each(|index| {
                self.unclear.entry(index).or_insert_with(|| patched.clone());
            });
            let alone = format!("a patch that {name} names, and no object of its own: {advice}");
            of_file.iter().for_each(|index| {
                self.unclear.entry(*index).or_insert_with(|| alone.clone());
            });
        }
    }

    /// What is drawn in elsewhere as an object stays one.
    fn add_part(&mut self, index: usize, name: &Arc<str>, layout: &Layout<'_>) {
        if !layout.drawn_somewhere.contains(&index) {
            self.parts.entry(index).or_insert_with(|| Arc::clone(name));
        }
    }
}

/// Which file is where.
struct Layout<'r> {
    /// Objects by their files.
    objects: HashMap<PathBuf, Vec<usize>>,
    /// Kustomizations by their folders.
    kustomizations: HashMap<PathBuf, Vec<&'r Kustomization>>,
    /// Objects of files that a kustomization draws in as they are.
    drawn_somewhere: HashSet<usize>,
}

impl<'r> Layout<'r> {
    fn new(all: &[&'r Kustomization], received: &'r Received) -> Self {
        let mut by_name: BTreeMap<&str, Vec<usize>> =
            received.sources.files.iter().map(|file| (file.path.as_str(), Vec::new())).collect();
        for (index, held) in received.held.iter().enumerate() {
            by_name.entry(&held.file).or_default().push(index);
        }
        let mut objects: HashMap<PathBuf, Vec<usize>> = HashMap::new();
        for (name, indices) in by_name {
            objects.entry(file(Path::new(name))).or_default().extend(indices);
        }
        let mut kustomizations: HashMap<PathBuf, Vec<&Kustomization>> = HashMap::new();
        for one in all {
            kustomizations.entry(folder(folder_of(&one.file))).or_default().push(one);
        }
        let mut layout = Self { objects, kustomizations, drawn_somewhere: HashSet::new() };
        let drawn = all.iter().flat_map(|one| one.drawn.iter().map(|path| layout.objects(&one.file, path)));
        layout.drawn_somewhere = drawn.flatten().copied().collect();
        layout
    }

    /// The objects of a file that a kustomization names.
    fn objects(&self, kustomization: &str, path: &str) -> &[usize] {
        self.objects.get(&file(&folder_of(kustomization).join(path))).map_or(&[], Vec::as_slice)
    }

    /// The kustomizations of a folder that one names.
    fn kustomizations(&self, kustomization: &str, path: &str) -> &[&'r Kustomization] {
        let folder = folder(&folder_of(kustomization).join(path));
        self.kustomizations.get(&folder).map_or(&[], Vec::as_slice)
    }

    fn is_missing(&self, kustomization: &str, path: &str) -> bool {
        self.kustomizations(kustomization, path).is_empty()
            && !self.objects.contains_key(&file(&folder_of(kustomization).join(path)))
    }

    /// All kustomizations that one names, and those that these name; itself first.
    fn reached(
        &self,
        from: &'r Kustomization,
        named: impl Fn(&'r Kustomization) -> &'r [String],
    ) -> Vec<&'r Kustomization> {
        let (mut reached, mut seen) = (vec![from], HashSet::from([std::ptr::from_ref(from)]));
        let mut next = 0;
        while let Some(one) = reached.get(next).copied() {
            let others = named(one).iter().flat_map(|path| self.kustomizations(&one.file, path));
            reached.extend(others.filter(|other| seen.insert(std::ptr::from_ref(*other))));
            next += 1;
        }
        reached
    }

    /// A kustomization, and the components whose patches are of what it draws in.
    fn with_components(&self, one: &'r Kustomization) -> impl Iterator<Item = &'r Kustomization> {
        self.reached(one, |one| &one.components).into_iter()
    }

    /// The objects that a kustomization draws in, and whether they may have other names when it patches them.
    fn drawn_by(&self, one: &'r Kustomization) -> (BTreeSet<usize>, bool) {
        let reached = self.reached(one, |one| &one.drawn);
        let is_renamed = reached.iter().skip(1).any(|inner| inner.renames);
        let of_one = |one: &&'r Kustomization| {
            one.drawn.iter().flat_map(|path| self.objects(&one.file, path).to_vec()).collect::<Vec<_>>()
        };
        (reached.iter().flat_map(of_one).collect(), is_renamed)
    }
}

/// The folder that a file is in, as its name says it.
fn folder_of(file: &str) -> &Path {
    Path::new(file).parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// A file, called by one name only.
fn file(path: &Path) -> PathBuf {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if parent != Path::new("") => folder(parent).join(name),
        (_, Some(name)) => folder(Path::new(".")).join(name),
        _ => folder(path),
    }
}

/// A folder, called by one name only. One within an archive is none on the disk.
fn folder(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let mut plain = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// What an object must be to be patched.
struct Wanted {
    kind: Text,
    name: Text,
    namespace: Text,
}

impl Wanted {
    fn new(target: &Target) -> Self {
        let text = |text: &Option<String>| match text {
            None => Text::Any,
            Some(text) if target.is_pattern => Text::pattern(text),
            Some(text) => Text::Exact(text.clone()),
        };
        Self { kind: text(&target.kind), name: text(&target.name), namespace: text(&target.namespace) }
    }

    fn written_as(patch: &Held) -> Self {
        let name = match &patch.name {
            Name::Given(name) => Text::Exact(name.clone()),
            Name::Generated(_) => Text::Any,
        };
        let namespace = patch.namespace.clone().map_or(Text::Any, Text::Exact);
        Self { kind: Text::Exact(patch.kind.clone()), name, namespace }
    }

    /// Whether it may be the object. One that says no namespace may be in any.
    fn is_of(&self, held: &Held, is_renamed: bool) -> bool {
        let has_name = match &held.name {
            Name::Given(name) => self.name.is(name) || is_renamed && self.name.may_come_of(name),
            Name::Generated(_) => true,
        };
        let in_namespace = held.namespace.as_ref().is_none_or(|namespace| self.namespace.is(namespace));
        self.kind.is(&held.kind) && has_name && (is_renamed || in_namespace)
    }
}

/// A text that is asked for.
enum Text {
    Any,
    Exact(String),
    Pattern(regex::Regex),
}

impl Text {
    /// As kustomize reads it: a pattern of the whole text. One that can't be read may be of any.
    fn pattern(text: &str) -> Self {
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Self::Exact(text.to_owned());
        }
        let pattern = regex::RegexBuilder::new(&format!("^{text}$")).size_limit(MAX_PATTERN).build();
        pattern.map_or(Self::Any, Self::Pattern)
    }

    fn is(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == text,
            Self::Pattern(pattern) => pattern.is_match(text),
        }
    }

    /// Whether it may be of the name with something before and after it.
    fn may_come_of(&self, name: &str) -> bool {
        match self {
            Self::Any | Self::Pattern(_) => true,
            Self::Exact(exact) => exact.contains(name),
        }
    }
}
