//! Every mistake a control's author can make: its message, its place, and what the help says.

use super::{GOOD, parse};
use crate::{Expected, Problem};

#[test]
fn a_good_control_is_read_in_full() {
    let control = parse(GOOD).unwrap();
    assert_eq!(control.former_ids[0].as_str(), "host-ports");
    assert_eq!(control.variables["highest"], 1024);
    assert_eq!(control.frameworks["f-1"], ["1.1"]);
    let headings: Vec<&str> = control.sections.iter().map(|s| s.heading.as_str()).collect();
    assert_eq!(
        headings.join(", "),
        "Overview, Rationale, Impact, Audit, Remediation guidance, Service-wide remediation, Operational rollout, References"
    );
    assert!(control.section("Overview").unwrap().ends_with("### A part of its own\nMore."));

    let check = control.check("ports").unwrap();
    assert_eq!(check.title, "No container takes a port of the node");
    assert_eq!(check.expected, Expected::Assets { empty: true });
    assert!(check.order.as_ref().unwrap().descending);
    for block in [&check.query, check.evidence.as_ref().unwrap(), check.population.as_ref().unwrap()] {
        assert_eq!(GOOD[block.offset..][..block.text.len()], block.text);
    }

    let fail = &control.examples[0];
    assert_eq!(fail.asset.as_ref().unwrap().container(), Some("web"));
    assert_eq!(GOOD.lines().nth(fail.line - 1), Some("kind: Pod"));
    assert_eq!(control.digest.len(), 64);
}

#[test]
fn line_endings_do_not_move_blocks() {
    let text = GOOD.replace('\n', "\r\n");
    let control = parse(&text).unwrap();
    let block = &control.checks[0].query;
    assert_eq!(text[block.offset..][..block.text.len()], block.text);
    assert!(block.text.starts_with("{\r\n"));
}

/// The problems of the good control with one text in place of another, each with what it marks.
fn mistakes(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    match parse(&GOOD.replacen(from, to, 1)) {
        Ok(_) => "no problem".to_owned(),
        Err(problems) => problems.iter().map(show).collect::<Vec<_>>().join("\n"),
    }
}

fn show(problem: &Problem) -> String {
    let marked = &problem.text[problem.span.clone()];
    let (line, column) = problem.position();
    let help = problem.help.as_deref().unwrap_or("-");
    format!("{line}:{column} {marked:?} {} | {help}", problem.message)
}

/// What is done to the good control, and what is written instead. The snapshot has what must be said about it.
const CASES: &[(&str, &str)] = &[
    // Front matter.
    ("---\nid", "id"),
    ("\n---\n\n## Overview", "\n\n## Overview"),
    ("title: Host ports", "title: [Host"),
    ("title: Host ports\n", ""),
    ("title: Host ports", "title: 2"),
    ("title: Host ports", "title: ' '"),
    ("title: Host ports", "titel: Host ports"),
    ("title: Host ports", "title: Host ports\ntitle: Host ports"),
    ("id: no-host-ports", "id: no-host-port"),
    ("id: no-host-ports", "id: No host ports"),
    ("severity: medium", "severity: moderate"),
    ("category: pod-security", "category: network"),
    ("f-1: [", "f-2: ["),
    ("f-1: [\"1.1\"]", "f-1: [\"1.3\", \"1.1\", \"1.1\", 1.1]"),
    ("f-1: [\"1.1\"]", "f-1: []"),
    ("[kubernetes, manifests]", "[kubernetes, manifest]"),
    ("[kubernetes, manifests]", "kubernetes"),
    ("formerIds: [host-ports]", "formerIds: [Host]"),
    ("formerIds: [host-ports]", "manual: maybe"),
    ("formerIds: [host-ports]", "manual: true"),
    ("variables: {highest: 1024}", "variables: 3"),
    // Sections.
    ("## Overview", "# Host ports\n\n## Overview"),
    ("## Impact\nNone.\n", ""),
    ("\nBecause.", ""),
    ("## Impact", "## Impacts"),
    ("## Impact", "## Audit"),
    ("## Impact\nNone.\n\n## Audit", "## Audit\nNone.\n\n## Impact"),
    // Checks.
    ("### ports: No container takes a port of the node", "Text"),
    ("### ports: No", "### No"),
    ("### ports: No", "### Ports!: No"),
    ("```graphql\n", "```sql\n"),
    ("```graphql evidence", "```graphql"),
    ("\n{ image }\n", "\n"),
    ("Expected: `eq []`\n", ""),
    ("Expected: `eq []`", "Expected: `empty`"),
    ("Expected: `eq []`", "Expects: `eq []`"),
    ("Expected: `eq []`", "Expected: `eq []`\nExpected: `neq []`"),
    ("Order: -image", "Order: --image"),
    ("Order: -image", "Serves: 1.2"),
    ("Order: -image", "Serves: ,"),
    ("Order: -image", "Serves: 1.1\nServes: 1.1"),
    (
        "\n## Examples",
        "\n### ports: Again\n```graphql\n{ pods { name } }\n```\nExpected: `eq []`\n\n## Examples",
    ),
    // Examples.
    ("### A web server on the node's port\n", ""),
    ("yaml fail ports core", "yaml fail port core"),
    ("```yaml pass", "```yaml"),
    ("```yaml pass", "```yaml passes"),
    ("```yaml pass", "```json pass"),
    ("```yaml pass", "```yaml pass ports core/Pod/a/b rest"),
    ("```yaml pass\nkind: Pod\n```\n", "Nothing.\n"),
];

#[test]
fn each_mistake_is_told_with_its_place() {
    let told: Vec<String> =
        CASES.iter().map(|(from, to)| format!("{from:?} => {to:?}\n{}", mistakes(from, to))).collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = GOOD
        .replace("severity: medium", "severity: bad")
        .replace("eq []", "eq [")
        .replace("fail ports", "fail x");
    assert_eq!(parse(&text).unwrap_err().len(), 3);
}

#[test]
fn no_part_of_a_control_makes_the_parser_panic() {
    for end in 0..GOOD.len() {
        let _ = parse(&GOOD[..end]);
        let _ = parse(&GOOD[end..]);
        let _ = parse(&format!("{}{}", &GOOD[..end], &GOOD[(end + 7).min(GOOD.len())..]));
    }
}
