//! A catalogue's control as a page, its policies as frameworks.

use std::fmt::Write as _;

use serde_json::Value;

use super::{CatalogueControl, CatalogueRule, Policy, slug};
use crate::Expected;

/// What became of a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Ported {
    /// A check with the query as it is, and the query for its population.
    Check {
        /// The query.
        query: String,
        /// The population's.
        population: Option<String>,
    },
    /// A check that no snapshot can decide, and why.
    Unknown {
        /// Why.
        reason: String,
    },
    /// Nothing of this page, and why.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// A rule and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule<'c> {
    /// The rule.
    pub rule: &'c CatalogueRule,
    /// What became of it.
    pub ported: Ported,
}

/// Sections of a page, with the headings that catalogues use for them.
const SECTIONS: [(&str, &[&str]); 8] = [
    ("Overview", &["overview", "description", "summary"]),
    ("Rationale", &["rationale", "why", "risk"]),
    ("Impact", &["impact"]),
    ("Audit", &["audit", "how to audit", "verification"]),
    ("Remediation guidance", &["remediation guidance", "remediation", "remediation steps", "how to fix"]),
    ("Service-wide remediation", &["service-wide remediation", "prevention"]),
    ("Operational rollout", &["operational rollout", "rollout"]),
    ("References", &["references", "links", "see also"]),
];

/// The page of a control under an id. `frameworks` has the requirements it serves, by framework.
pub fn page(
    control: &CatalogueControl,
    id: &str,
    frameworks: &[(String, Vec<String>)],
    rules: &[Rule<'_>],
) -> String {
    let manual = rules.iter().all(|rule| rule.rule.manual);
    let mut text = front_matter(control, id, frameworks, manual);
    let mut sections = sections(control);
    let by_hand: Vec<&str> = rules.iter().filter(|r| r.rule.manual).map(|r| r.rule.query.as_str()).collect();
    if !by_hand.is_empty() {
        let names = by_hand.join(", ");
        let _ = write!(sections[3], "\n\nThe catalogue leaves to a person: {names}.");
    }
    for ((heading, _), content) in SECTIONS.iter().zip(&sections) {
        let content = content.trim();
        let content = if content.is_empty() { "The catalogue does not say." } else { content };
        let _ = write!(text, "\n## {heading}\n{content}\n");
    }
    if !manual {
        text += "\n## Checks\n";
        let mut slugs: Vec<String> = Vec::new();
        for rule in rules.iter().filter(|rule| !rule.rule.manual) {
            check(rule, control, &mut slugs, &mut text);
        }
        text += "\n## Examples\nThe catalogue has none.\n";
    }
    text
}

fn front_matter(
    control: &CatalogueControl,
    id: &str,
    frameworks: &[(String, Vec<String>)],
    manual: bool,
) -> String {
    let severity = match control.severity {
        0 | 1 => "low",
        2 => "medium",
        _ => "high",
    };
    let title = Value::from(control.name.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut text = format!("---\nid: {id}\ntitle: {title}\nseverity: {severity}\ncategory: imported\n");
    if !frameworks.is_empty() {
        text += "frameworks:\n";
        for (framework, requirements) in frameworks {
            let _ = writeln!(text, "  {framework}: {}", Value::from(requirements.clone()));
        }
    }
    if manual {
        text += "manual: true\n";
    }
    text + "---\n"
}

/// The contents of the sections, in order. What stands under no known heading is rationale.
fn sections(control: &CatalogueControl) -> [String; SECTIONS.len()] {
    let mut sections: [String; SECTIONS.len()] = Default::default();
    sections[0] = harmless(&control.description);
    let mut current = 1;
    for (heading, content) in parts(&control.body) {
        let name = heading.trim().trim_end_matches(':').to_lowercase();
        let known = SECTIONS.iter().position(|(_, names)| names.contains(&name.as_str()));
        current = known.unwrap_or(current);
        if known.is_none() && !heading.trim().is_empty() {
            let _ = write!(sections[current], "\n\n#### {}\n", heading.trim());
        }
        let _ = write!(sections[current], "\n{}", harmless(&content));
    }
    if !control.remediation.is_empty() {
        let _ = write!(sections[4], "\n\n{}", harmless(&control.remediation));
    }
    sections
}

/// Markdown split at its headings, the first part without one.
fn parts(body: &str) -> Vec<(String, String)> {
    let mut parts = vec![(String::new(), String::new())];
    let mut in_fence = false;
    for line in body.lines() {
        in_fence ^= line.trim_start().starts_with("```");
        match line.strip_prefix('#').map(|rest| rest.trim_start_matches('#')) {
            Some(heading) if !in_fence && heading.starts_with(' ') => {
                parts.push((heading.to_owned(), String::new()));
            }
            _ => {
                if let Some((_, content)) = parts.last_mut() {
                    content.push_str(line);
                    content.push('\n');
                }
            }
        }
    }
    parts
}

/// Markdown that opens no section of ours: headings become small ones, and fences are closed.
fn harmless(markdown: &str) -> String {
    let mut text = String::new();
    let mut in_fence = false;
    for line in markdown.lines() {
        let trimmed = line.trim_start();
        in_fence ^= trimmed.starts_with("```");
        let rule = !trimmed.is_empty() && trimmed.chars().all(|c| matches!(c, '-' | '=' | ' '));
        if !in_fence && rule {
            text += "\n";
        } else if !in_fence && trimmed.starts_with('#') {
            text += &format!("#### {}\n", trimmed.trim_start_matches('#').trim());
        } else {
            text += &format!("{line}\n");
        }
    }
    if in_fence {
        text += "```\n";
    }
    text
}

fn check(rule: &Rule<'_>, control: &CatalogueControl, slugs: &mut Vec<String>, text: &mut String) {
    if matches!(rule.ported, Ported::Skipped { .. }) {
        return;
    }
    let base =
        Some(slug(&rule.rule.query)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| "rule".to_owned());
    let taken = |slug: &String| slugs.contains(slug);
    let name = (1..).map(|n| if n == 1 { base.clone() } else { format!("{base}-{n}") }).find(|s| !taken(s));
    let name = name.unwrap_or(base);
    slugs.push(name.clone());
    let title = control.name.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = write!(text, "\n### {name}: {title}\n");
    match &rule.ported {
        Ported::Check { query, population } => {
            let _ = write!(text, "{}", fenced("graphql", query));
            if let Some(population) = population {
                let _ = write!(text, "{}", fenced("graphql population", population));
            }
            let _ = writeln!(text, "Expected: `{}`", expected(rule.rule).unwrap_or_default());
            if let Some(path) = &rule.rule.return_path {
                let _ = writeln!(text, "Return path: `{path}`");
            }
        }
        Ported::Unknown { reason } => {
            let _ = writeln!(text, "Unknown: {}", reason.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        Ported::Skipped { .. } => {}
    }
}

/// A block that its own content cannot end.
fn fenced(info: &str, content: &str) -> String {
    let mut fence = "```".to_owned();
    while content.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{info}\n{}\n{fence}\n", content.trim_end())
}

/// What a rule expects, in our words: `eq []`, `count lte 3`.
pub(crate) fn expected(rule: &CatalogueRule) -> Result<String, String> {
    // Some catalogues keep the value as the text of its JSON.
    let value = match &rule.expected {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| rule.expected.clone()),
        value => value.clone(),
    };
    let comparator = rule.comparator.to_lowercase();
    let word = match comparator.as_str() {
        "equals" | "==" => "eq",
        "ne" | "notequals" | "!=" => "neq",
        word => word,
    };
    let text = match (word, &value) {
        // What a number can be compared with is how many assets there are: they themselves are never one.
        ("eq" | "neq" | "lt" | "lte" | "gt" | "gte", Value::Number(number)) => {
            format!("count {word} {number}")
        }
        ("eq" | "neq", value) => format!("{word} {value}"),
        _ => match comparator.strip_prefix("count") {
            Some(word) => format!("count {} {value}", word.trim_matches(['_', ' ', '.'])),
            None => return Err(format!("`{}` is no comparator", rule.comparator)),
        },
    };
    text.parse::<Expected>().map(|_| text)
}

impl CatalogueRule {
    /// What is wrong with what it expects, if anything is.
    pub fn mistake(&self) -> Option<String> {
        expected(self).err()
    }
}

/// A policy as a framework's file, under an id. Controls name the requirements, so each needs its title.
pub fn framework_file(policy: &Policy, id: &str) -> String {
    let title = Value::from(policy.name.as_str());
    let version = Value::from(policy.version.as_str());
    let mut text = format!(
        "id: {id}\ntitle: {title}\nversion: {version}\nurl: https://catalogue.invalid/{id}\nrequirements:\n"
    );
    for (requirement, title, _) in &policy.procedures {
        let _ = writeln!(
            text,
            "  - {{id: {}, title: {}}}",
            Value::from(requirement.as_str()),
            Value::from(title.as_str())
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_is_how_many_assets_there_are() {
        for (comparator, value, in_words) in [
            ("eq", json!(0), Ok("count eq 0")),
            ("!=", json!("2"), Ok("count neq 2")),
            ("LTE", json!(3), Ok("count lte 3")),
            ("count_gt", json!(1), Ok("count gt 1")),
            ("eq", json!([]), Ok("eq []")),
            ("equals", json!(true), Ok("eq true")),
            ("eq", json!(-1), Err("`-1` is no count: use a number such as 3")),
            ("near", json!([]), Err("`near` is no comparator")),
        ] {
            let rule = CatalogueRule {
                providers: Vec::new(),
                comparator: comparator.to_owned(),
                expected: value,
                subjects: Vec::new(),
                query: String::new(),
                return_path: None,
                population: None,
                manual: false,
            };
            assert_eq!(expected(&rule), in_words.map(str::to_owned).map_err(str::to_owned), "{comparator}");
        }
    }
}
