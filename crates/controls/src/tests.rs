//! Tests of the parser and of the built-in library.

mod folders;
mod library;
mod mistakes;

use crate::{Control, Framework, Problem};

/// A control with every kind of part, in the format's order.
const GOOD: &str = include_str!("tests/no-host-ports.md");
const PATH: &str = "pod-security/no-host-ports.md";

fn frameworks() -> Vec<Framework> {
    let text = "id: f-1\ntitle: F\nversion: '1'\nurl: https://f.example\nrequirements:\n  - {id: '1.1', title: One}\n  - {id: '1.2', title: Two, manual: true}\n";
    vec![Framework::parse("frameworks/f-1.yaml", text.into()).unwrap()]
}

fn parse(text: &str) -> Result<Control, Vec<Problem>> {
    crate::parse(PATH, text, &frameworks())
}
