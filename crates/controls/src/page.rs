//! Which sections a control's page has, and in which order: a reader finds the same thing at the same place.

use crate::document::RawSection;
use crate::problem::Mistakes;

/// The section that holds the checks.
pub(crate) const CHECKS: &str = "Checks";
/// The section that holds the examples.
pub(crate) const EXAMPLES: &str = "Examples";

#[derive(Clone, Copy, PartialEq)]
enum Presence {
    Required,
    Optional,
    /// Required unless the control is manual, and then refused.
    Decidable,
}

const SECTIONS: [(&str, Presence); 11] = [
    ("Overview", Presence::Required),
    ("Rationale", Presence::Required),
    ("Impact", Presence::Required),
    ("Audit", Presence::Required),
    ("Query logic", Presence::Optional),
    ("Remediation guidance", Presence::Required),
    ("Service-wide remediation", Presence::Required),
    ("Operational rollout", Presence::Required),
    ("References", Presence::Required),
    (CHECKS, Presence::Decidable),
    (EXAMPLES, Presence::Decidable),
];

/// Whether the section is data for the audit rather than part of the page.
pub(crate) fn is_data(heading: &str) -> bool {
    heading == CHECKS || heading == EXAMPLES
}

/// Reports sections that are missing, unknown, doubled, empty or out of order.
pub(crate) fn check_sections(text: &str, sections: &[RawSection], manual: bool, mistakes: &mut Mistakes) {
    let mut last: Option<usize> = None;
    for section in sections {
        let Some(rank) = rank(&section.heading) else {
            unknown(section, mistakes);
            continue;
        };
        if sections
            .iter()
            .take_while(|s| s.heading_span != section.heading_span)
            .any(|s| s.heading == section.heading)
        {
            mistakes.add(section.heading_span.clone(), format!("a second section `{}`", section.heading));
        } else if let Some(before) = last.filter(|&last| rank < last) {
            let message = format!("`{}` comes before `{}`", section.heading, SECTIONS[before].0);
            mistakes.add_with_help(section.heading_span.clone(), message, "keep the order of sections");
        }
        last = last.max(Some(rank));
        filled(text, section, manual, mistakes);
    }
    missing(text, sections, manual, mistakes);
}

fn rank(heading: &str) -> Option<usize> {
    SECTIONS.iter().position(|(known, _)| *known == heading)
}

fn unknown(section: &RawSection, mistakes: &mut Mistakes) {
    let names = SECTIONS.map(|(name, _)| name);
    let message = format!("unknown section `{}`", section.heading);
    mistakes.add_unknown(section.heading_span.clone(), message, &section.heading, &names);
}

fn filled(text: &str, section: &RawSection, manual: bool, mistakes: &mut Mistakes) {
    if manual && is_data(&section.heading) {
        let message = format!("a manual control has no `{}`", section.heading);
        let help = "put the procedure into Audit, or remove `manual: true`";
        mistakes.add_with_help(section.heading_span.clone(), message, help);
    } else if text[section.body.clone()].trim().is_empty() {
        mistakes.add(section.heading_span.clone(), format!("section `{}` is empty", section.heading));
    }
}

fn missing(text: &str, sections: &[RawSection], manual: bool, mistakes: &mut Mistakes) {
    for (index, (name, presence)) in SECTIONS.iter().enumerate() {
        let needed = *presence == Presence::Required || (*presence == Presence::Decidable && !manual);
        if !needed || sections.iter().any(|section| section.heading == *name) {
            continue;
        }
        // Where it should stand: at the next section that is there, else at the end.
        let next = sections.iter().find(|section| rank(&section.heading).is_some_and(|rank| rank > index));
        let place = next.map_or(text.len()..text.len(), |section| section.heading_span.clone());
        mistakes.add_with_help(
            place,
            format!("section `{name}` is missing"),
            format!("add `## {name}` here"),
        );
    }
}
