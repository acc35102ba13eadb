//! The files of a catalogue. What is not as it should be is told, and read as far as it can be.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value;

use super::fields::{Fields, Told};
use super::repair::{balanced, without_trailing_commas};
use super::{Catalogue, CatalogueControl, CatalogueRule, Policy};
use crate::folder::read_file;

/// Reads all `*.json` below a folder.
pub fn read(root: &Path) -> io::Result<Catalogue> {
    let mut files = Vec::new();
    walk(root, &mut files)?;
    files.sort();
    let mut catalogue = Catalogue::default();
    for file in files {
        let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        match read_file(&file) {
            Ok(text) => catalogue.add(&shown, &text),
            Err(error) => catalogue.notes.push(format!("{shown}: cannot be read: {error}")),
        }
    }
    catalogue.look_up_controls();
    catalogue.tell_left_out();
    Ok(catalogue)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A link may lead in a circle.
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), files)?;
        } else if entry.path().extension().is_some_and(|extension| extension == "json") {
            files.push(entry.path());
        }
    }
    Ok(())
}

impl Catalogue {
    fn add(&mut self, file: &str, text: &str) {
        let value = serde_json::from_str::<Value>(text).or_else(|error| {
            let tidied = serde_json::from_str::<Value>(&without_trailing_commas(text)).map_err(|_| error)?;
            self.notes.push(format!("{file}: commas before a closing bracket were left out"));
            Ok::<_, serde_json::Error>(tidied)
        });
        match value {
            Ok(Value::Array(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.add_one((file, &format!("[{index}]")), value);
                }
            }
            Ok(value) => self.add_one((file, ""), &value),
            Err(error) => self.notes.push(format!("{file}: no JSON: {error}")),
        }
    }

    fn add_one(&mut self, (file, place): (&str, &str), value: &Value) {
        let shown = if place.is_empty() { file.to_owned() } else { format!("{file}: {place}") };
        let Some(map) = value.as_object() else {
            return self.notes.push(format!("{shown}: neither a control, a query nor a policy"));
        };
        let told = RefCell::default();
        let fields = Fields::new(map, (file, place), &told);
        let Some(slug) = fields.text("slug") else {
            return self.notes.push(format!("{shown}: it has no slug"));
        };
        if fields.has("procedures") {
            if self.policies.iter().any(|known| known.slug == slug) {
                return self.notes.push(format!("{shown}: a second policy `{slug}`, which is left out"));
            }
            fields.are_all_of("policy", &["slug", "name", "version", "procedures"]);
            self.policies.push(policy(file, &slug, &fields));
        } else if let Some(query) = fields.text("query") {
            if fields.has("rules") {
                fields.note("rules", "they are left out: what has a query of its own is no control");
            }
            fields.are_all_of("query", &["slug", "name", "query", "rules"]);
            let (query, note) = balanced(&query);
            self.notes.extend(note.map(|note| format!("{shown}: {note}")));
            if self.queries.insert(slug.clone(), query).is_some() {
                self.notes.push(format!("{shown}: a second query `{slug}`, which is used"));
            }
        } else if fields.has("rules") {
            if self.controls.iter().any(|known| known.slug == slug) {
                return self.notes.push(format!("{shown}: a second control `{slug}`, which is left out"));
            }
            self.controls.push(control(file, &slug, &fields));
        } else {
            self.notes.push(format!("{shown}: neither a control, a query nor a policy"));
        }
        let Told { mut notes, left_out } = told.into_inner();
        self.notes.append(&mut notes);
        for (field, (times, file)) in left_out {
            self.left_out.entry(field).or_insert((0, file)).0 += times;
        }
    }

    /// Tells which fields nothing is made of, each once.
    fn tell_left_out(&mut self) {
        let times = |times| if times == 1 { "once".to_owned() } else { format!("{times} times") };
        let left_out = std::mem::take(&mut self.left_out).into_iter();
        self.notes.extend(left_out.map(|((what, key), (number, file))| {
            let times = times(number);
            format!("`{key}` of a {what} is left out: nothing is made of it ({times}, first in {file})")
        }));
    }

    /// Tells which controls of policies no file defines; they may stand in files that come later.
    fn look_up_controls(&mut self) {
        for policy in &self.policies {
            for (procedure, _, controls) in &policy.procedures {
                let unknown = |slug: &&String| self.controls.iter().all(|control| control.slug != **slug);
                self.notes.extend(controls.iter().filter(unknown).map(|slug| {
                    format!(
                        "{}: procedure `{procedure}` names the control `{slug}`, which no file defines",
                        policy.file
                    )
                }));
            }
        }
    }
}

/// The fields of a control, and of its rules.
const CONTROL: [&str; 8] =
    ["slug", "name", "description", "body", "severity", "remediationDescription", "isEnabled", "rules"];
const RULE: [&str; 8] = [
    "cloudProviders",
    "comparator",
    "expectedResult",
    "subjects",
    "query",
    "returnPath",
    "applicableAssetsQuery",
    "isManual",
];

fn control(file: &str, slug: &str, fields: &Fields<'_>) -> CatalogueControl {
    fields.are_all_of("control", &CONTROL);
    let or_empty = |key: &str| fields.text(key).unwrap_or_default();
    CatalogueControl {
        file: file.to_owned(),
        slug: slug.to_owned(),
        name: fields.text("name").unwrap_or_else(|| slug.to_owned()),
        description: or_empty("description"),
        body: or_empty("body"),
        severity: severity(fields),
        remediation: or_empty("remediationDescription"),
        enabled: fields.flag("isEnabled", true),
        rules: fields.objects("rules").map(|fields| rule(&fields)).collect(),
    }
}

/// 1 low, 2 medium, 3 high. Medium is a guess where nothing is said that can be understood.
fn severity(fields: &Fields<'_>) -> u64 {
    const NAMES: [&str; 3] = ["low", "medium", "high"];
    let value = fields.value("severity");
    if let Some(number @ 1..=3) = value.and_then(Value::as_u64) {
        return number;
    }
    let text = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_lowercase));
    let text = text.unwrap_or_default();
    let named = (1..).zip(NAMES).find(|(_, name)| text.trim() == *name).map(|(number, _)| number);
    let number = named.or_else(|| text.trim().parse().ok()).map_or(2, |number: u64| number.clamp(1, 3));
    let name = (1..).zip(NAMES).find(|(known, _)| *known == number).map_or("medium", |(_, name)| name);
    let what =
        if value.is_none() { "there is none" } else { "it is none of 1 (low), 2 (medium) and 3 (high)" };
    fields.note("severity", &format!("{what}: {name} is taken"));
    number
}

fn rule(fields: &Fields<'_>) -> CatalogueRule {
    fields.are_all_of("rule", &RULE);
    let manual = fields.flag("isManual", false);
    // Nothing is compared where a person decides. A null is a value here: no result.
    if !manual && !fields.has("expectedResult") {
        fields.note("expectedResult", "there is none: `[]` is taken, that no asset may be in the result");
    }
    let comparator = fields.text("comparator");
    if !manual && comparator.is_none() {
        fields.note("comparator", "there is none: `eq` is taken");
    }
    CatalogueRule {
        providers: fields.texts("cloudProviders"),
        comparator: comparator.unwrap_or_else(|| "eq".to_owned()),
        expected: match fields.value("expectedResult") {
            Some(expected) => expected.clone(),
            None => Value::Array(Vec::new()),
        },
        subjects: fields.texts("subjects"),
        query: fields.text("query").unwrap_or_default(),
        return_path: fields.text("returnPath"),
        population: fields.text("applicableAssetsQuery"),
        manual,
    }
}

fn policy(file: &str, slug: &str, fields: &Fields<'_>) -> Policy {
    let version = match fields.value("version") {
        Some(Value::Number(version)) => Some(version.to_string()),
        _ => fields.text("version"),
    };
    Policy {
        file: file.to_owned(),
        slug: slug.to_owned(),
        name: fields.text("name").unwrap_or_else(|| slug.to_owned()),
        version: version.unwrap_or_else(|| "1".to_owned()),
        procedures: procedures(fields),
    }
}

/// The procedures, each name once: one that is there again serves with its controls.
fn procedures(fields: &Fields<'_>) -> Vec<(String, String, Vec<String>)> {
    let mut procedures: Vec<(String, String, Vec<String>)> = Vec::new();
    for fields in fields.objects("procedures") {
        let Some((slug, name, controls)) = procedure(&fields) else { continue };
        match procedures.iter_mut().find(|(known, ..)| *known == slug) {
            Some((.., known)) => {
                fields.note("slug", &format!("a second procedure `{slug}`: its controls go to the first"));
                known.extend(controls);
            }
            None => procedures.push((slug, name, controls)),
        }
    }
    procedures
}

fn procedure(fields: &Fields<'_>) -> Option<(String, String, Vec<String>)> {
    let Some(slug) = fields.text("slug") else {
        fields.note("slug", "there is none: the procedure is left out");
        return None;
    };
    fields.are_all_of("procedure", &["slug", "name", "controls"]);
    let mut controls = Vec::new();
    for (index, value) in fields.list("controls") {
        // What else could it mean?
        if let Value::String(control) = value {
            let told = "a text in place of an object: it is taken for the control's slug";
            fields.note(&format!("controls[{index}]"), told);
            controls.push(control.clone());
        } else if let Some(entry) = fields.within("controls", index, value) {
            match entry.text("control") {
                Some(control) => controls.push(control),
                None => entry.note("control", "there is none: nothing is known of the entry"),
            }
        }
    }
    Some((slug.clone(), fields.text("name").unwrap_or(slug), controls))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn notes(file: &str, value: &Value) -> (Catalogue, Vec<String>) {
        let mut catalogue = Catalogue::default();
        catalogue.add(file, &value.to_string());
        catalogue.look_up_controls();
        catalogue.tell_left_out();
        let notes = std::mem::take(&mut catalogue.notes);
        (catalogue, notes)
    }

    #[test]
    fn what_a_control_has_in_another_form_is_told() {
        let control = json!({
            "slug": "c", "name": 3, "severity": "3", "isEnabled": "false",
            "rules": [
                "q-1",
                {"query": "q-2", "cloudProviders": ["kubernetes", 1], "comparator": "neq"},
                {"query": "q-3", "isManual": true},
                {"query": "q-4", "comparator": "eq", "expectedResult": null, "returnPath": ["a"]},
            ],
        });
        let (catalogue, notes) = notes("c.json", &json!([control]));
        let control = &catalogue.controls[0];
        assert_eq!((control.name.as_str(), control.severity, control.enabled), ("c", 3, false));
        assert_eq!(
            control.rules.iter().map(|rule| rule.query.as_str()).collect::<Vec<_>>(),
            ["q-2", "q-3", "q-4"]
        );
        assert_eq!(
            notes,
            [
                "c.json: [0].name: it is no text, and is left out",
                "c.json: [0].severity: it is none of 1 (low), 2 (medium) and 3 (high): high is taken",
                "c.json: [0].isEnabled: it is neither true nor false, and is taken for false",
                "c.json: [0].rules[0]: it is no object, and is left out",
                "c.json: [0].rules[1].expectedResult: there is none: `[]` is taken, that no asset may be in the result",
                "c.json: [0].rules[1].cloudProviders[1]: it is no text, and is left out",
                "c.json: [0].rules[3].returnPath: it is no text, and is left out",
            ]
        );
    }

    #[test]
    fn a_severity_that_is_none_is_a_guess() {
        for (severity, taken, told) in [
            (json!(1), 1, None),
            (json!("High"), 3, Some("it is none of 1 (low), 2 (medium) and 3 (high): high is taken")),
            (json!(0), 1, Some("it is none of 1 (low), 2 (medium) and 3 (high): low is taken")),
            (json!(4), 3, Some("it is none of 1 (low), 2 (medium) and 3 (high): high is taken")),
            (json!(-1), 2, Some("it is none of 1 (low), 2 (medium) and 3 (high): medium is taken")),
            (json!("bad"), 2, Some("it is none of 1 (low), 2 (medium) and 3 (high): medium is taken")),
            (json!(null), 2, Some("there is none: medium is taken")),
        ] {
            let (catalogue, notes) = notes("c", &json!({"slug": "c", "rules": [], "severity": severity}));
            assert_eq!(catalogue.controls[0].severity, taken, "{severity}");
            let told: Vec<String> = told.iter().map(|told| format!("c: severity: {told}")).collect();
            assert_eq!(notes, told, "{severity}");
        }
    }

    #[test]
    fn what_a_policy_has_in_another_form_is_told() {
        let policy = json!({"slug": "p", "version": 2, "procedures": [
            {"name": "One", "controls": []},
            {"slug": "2", "controls": ["a", {"control": "b"}, {"name": "c"}, 4]},
            [],
            {"slug": "3", "controls": {"control": "d"}},
        ]});
        let (catalogue, notes) = notes("p.json", &policy);
        let ids = ["a", "b"].map(str::to_owned).to_vec();
        let expected = [("2".to_owned(), "2".to_owned(), ids), ("3".to_owned(), "3".to_owned(), Vec::new())];
        assert_eq!(catalogue.policies[0].procedures, expected);
        assert_eq!(
            notes,
            [
                "p.json: procedures[0].slug: there is none: the procedure is left out",
                "p.json: procedures[1].controls[0]: a text in place of an object: it is taken for the control's slug",
                "p.json: procedures[1].controls[2].control: there is none: nothing is known of the entry",
                "p.json: procedures[1].controls[3]: it is no object, and is left out",
                "p.json: procedures[2]: it is no object, and is left out",
                "p.json: procedures[3].controls: it is no list, and is left out",
                "p.json: procedure `2` names the control `a`, which no file defines",
                "p.json: procedure `2` names the control `b`, which no file defines",
            ]
        );
    }

    #[test]
    fn what_nothing_is_made_of_and_what_is_there_twice_is_told() {
        let rule = json!({"query": "q", "isManual": true, "subject": ["pods"], "notes": "old"});
        let procedure = |slug: &str, control: &str| json!({"slug": slug, "body": "why", "controls": [{"control": control}]});
        let files = json!([
            {"slug": "a", "severity": 1, "isEnable": false, "tags": ["x"], "owner": "", "rules": [rule]},
            {"slug": "b", "severity": 1, "tags": ["x"], "rules": []},
            {"slug": "p", "procedures": [procedure("1", "a"), procedure("1", "b")]},
            {"slug": "p", "procedures": []},
        ]);
        let (catalogue, notes) = notes("c.json", &files);
        let served = ["a", "b"].map(str::to_owned).to_vec();
        assert_eq!(catalogue.policies.len(), 1);
        assert_eq!(catalogue.policies[0].procedures, [("1".to_owned(), "1".to_owned(), served)]);
        assert_eq!(
            notes,
            [
                "c.json: [0].isEnable: it is left out: did you mean `isEnabled`?",
                "c.json: [0].rules[0].subject: it is left out: did you mean `subjects`?",
                "c.json: [2].procedures[1].slug: a second procedure `1`: its controls go to the first",
                "c.json: [3]: a second policy `p`, which is left out",
                "`tags` of a control is left out: nothing is made of it (2 times, first in c.json)",
                "`body` of a procedure is left out: nothing is made of it (2 times, first in c.json)",
                "`notes` of a rule is left out: nothing is made of it (once, first in c.json)",
            ]
        );
    }
}
