//! Two lists of values in every place where one may stand: credentials, and what only looks like one.

#![allow(clippy::unwrap_used, reason = "only tests call this, and a panic is how they fail")]

use serde_json::{Value, json};

use crate::tools::root;

/// Where a value may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// An environment variable.
    Env,
    /// An argument of a container.
    Arg,
    /// A value of a ConfigMap.
    ConfigMap,
    /// An annotation.
    Annotation,
    /// A field of a custom resource.
    Custom,
    /// An option in a script.
    Script,
    /// JSON in an annotation.
    Json,
}

impl Place {
    const ALL: [Self; 7] =
        [Self::Env, Self::Arg, Self::ConfigMap, Self::Annotation, Self::Custom, Self::Script, Self::Json];

    /// An object of this name with a value in this place, under the value's own name.
    fn object(self, object: &str, name: &str, value: &str) -> Value {
        let camel = camel_case(name);
        let dashed = name.to_lowercase().replace('_', "-");
        let pod = |container: Value| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": object},
                "spec": {"containers": [container]}})
        };
        match self {
            Self::Env => pod(json!({"name": "c", "env": [{"name": name, "value": value}]})),
            Self::Arg => pod(json!({"name": "c", "args": ["serve", format!("--{dashed}={value}")]})),
            Self::ConfigMap => json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": object},
                "data": {name: value}}),
            Self::Annotation => json!({"apiVersion": "v1", "kind": "Service",
                "metadata": {"name": object, "annotations": {format!("shop.example/{dashed}"): value}}}),
            Self::Script => {
                let quote = if value.contains('\'') { '"' } else { '\'' };
                let script = format!("set -e\nexec serve --verbose --{dashed} {quote}{value}{quote}\n");
                pod(json!({"name": "c", "command": ["sh", "-ec", script]}))
            }
            Self::Json => {
                let settings = json!({"replicas": 1, name: value}).to_string();
                json!({"apiVersion": "v1", "kind": "Service",
                    "metadata": {"name": object, "annotations": {"shop.example/settings": settings}}})
            }
            Self::Custom => {
                json!({"apiVersion": "shop.example/v1", "kind": "Thing", "metadata": {"name": object},
                "spec": {camel: value}})
            }
        }
    }

    /// What is told of the value in a redacted object: the pattern that it fits.
    pub fn told(self, object: &Value) -> Option<String> {
        let fact = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        match self {
            Self::Env => fact("/spec/containers/0/env/0/assayFacts/looksLikeCredential"),
            Self::ConfigMap => fact("/assayFacts/entries/0/looksLikeCredential"),
            _ => {
                let text = object.to_string();
                let (_, rest) = text.split_once("[redacted: ")?;
                Some(rest.split_once(']')?.0.to_owned())
            }
        }
    }
}

/// `API_TOKEN` as a field of a custom resource: `apiToken`.
fn camel_case(name: &str) -> String {
    let lower = name.to_lowercase();
    let mut words = lower.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| {
        let (start, rest) = word.split_at(word.len().min(1));
        all + &start.to_uppercase() + rest
    })
}

/// A value that was put somewhere.
#[derive(Debug)]
pub struct Planted {
    /// Where.
    pub place: Place,
    /// The object that has it.
    pub object: Value,
    /// The pattern that has to be told; none for what is harmless.
    pub pattern: Option<String>,
    /// Made-up characters of the value, of which none may be kept. What is shorter than these names only who has one.
    pub secrets: Vec<String>,
}

/// Everything of a list of `testdata/lookalikes`, in every place. The characters in the place of `{m40}` and the like
/// are the same each time.
pub fn planted(file: &str) -> Vec<Planted> {
    let text = std::fs::read_to_string(root().join("testdata/lookalikes").join(file)).unwrap();
    let mut all = Vec::new();
    for (number, line) in text.lines().filter(|line| !line.starts_with('#')).enumerate() {
        let mut made_up = MadeUp { state: number as u64 + 1, parts: Vec::new() };
        let cells: Vec<String> = line.split('\t').map(|cell| made_up.fill(cell)).collect();
        let secrets: Vec<String> = made_up.parts.into_iter().filter(|part| part.len() >= 12).collect();
        for place in Place::ALL {
            let name = format!("value-{number}-{place:?}").to_lowercase();
            let object = place.object(&name, &cells[0], &cells[1]);
            all.push(Planted { place, object, pattern: cells.get(2).cloned(), secrets: secrets.clone() });
        }
    }
    all
}

struct MadeUp {
    state: u64,
    parts: Vec<String>,
}

impl MadeUp {
    fn fill(&mut self, cell: &str) -> String {
        let placeholder = regex::Regex::new(r"\{([mAhd])([0-9]+)\}").unwrap();
        let filled = placeholder.replace_all(cell, |found: &regex::Captures<'_>| {
            let alphabet = match &found[1] {
                "m" => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
                "A" => "ABCDEFGHJKLMNPQRSTUVWXYZ23456789",
                "h" => "0123456789abcdef",
                _ => "123456789",
            };
            let length = found[2].parse().unwrap();
            let part: String = (0..length).map(|_| self.next(alphabet)).collect();
            self.parts.push(part.clone());
            part
        });
        filled.replace("\\n", "\n")
    }

    fn next(&mut self, alphabet: &str) -> char {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(self.state >> 33).unwrap() % alphabet.len();
        char::from(alphabet.as_bytes()[at])
    }
}
