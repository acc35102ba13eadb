//! Named lists that checks compare with (`{notIn: {list: "trusted-registries"}}`): the built-in ones are text files
//! in `lists/`, one entry a line, and a project has its own.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::embedded;

/// Lists by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lists {
    entries: BTreeMap<String, Vec<String>>,
}

static BUILT_IN: LazyLock<Lists> = LazyLock::new(|| {
    let lists = embedded::LISTS.iter().map(|(path, text)| (name(path).to_owned(), entries(text)));
    Lists { entries: lists.collect() }
});

impl Lists {
    /// The lists that are compiled in.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The same lists and these; one of a name that is taken stands in place of the other.
    pub fn with(&self, own: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        let mut lists = self.clone();
        lists.entries.extend(own);
        lists
    }

    /// The entries of a list.
    pub fn get(&self, name: &str) -> Option<&[String]> {
        self.entries.get(name).map(Vec::as_slice)
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.entries.keys().map(String::as_str)
    }

    /// SHA-256, in lower-case hex, over the text of all lists.
    pub fn digest(&self) -> String {
        Sha256::digest(self.to_text()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// All lists as an audit keeps them: each name in brackets, then its entries, a line each.
    pub fn to_text(&self) -> String {
        let list = |(name, entries): (&String, &Vec<String>)| {
            let lines: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
            format!("[{name}]\n{lines}")
        };
        self.entries.iter().map(list).collect()
    }
}

fn name(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.strip_suffix(".txt").unwrap_or(file)
}

fn entries(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_lists_have_entries_and_a_project_overrides_them() {
        let lists = Lists::built_in();
        assert!(lists.names().all(|name| lists.get(name).is_some_and(|entries| !entries.is_empty())));
        assert_eq!(lists.get("trusted-registries"), Some(&["registry.k8s.io".to_owned()][..]));
        let own = lists.with([("trusted-registries".to_owned(), vec!["registry.shop.example".to_owned()])]);
        assert_eq!(own.get("trusted-registries"), Some(&["registry.shop.example".to_owned()][..]));
        assert_ne!(own.digest(), lists.digest());
        assert_eq!(own.names().count(), lists.names().count());
    }
}
