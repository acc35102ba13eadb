//! The built-in library is without mistakes and without lints.

use crate::Library;

#[test]
fn built_in_has_no_problem() {
    let library = Library::built_in().unwrap_or_else(|problems| panic!("{problems}"));
    assert!(!library.controls().is_empty());
    let lints: Vec<String> = library.lint().iter().map(ToString::to_string).collect();
    assert!(lints.is_empty(), "{}", lints.join("\n"));
}
