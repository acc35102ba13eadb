//! The built-in library is without mistakes and without lints.

use crate::Library;

#[test]
fn built_in_has_no_problem() {
    let library = Library::built_in().unwrap_or_else(|problems| panic!("{problems}"));
    assert!(!library.controls().is_empty());
    let lints: Vec<String> = library.lint().iter().map(ToString::to_string).collect();
    assert!(lints.is_empty(), "{}", lints.join("\n"));
}

/// The built-in frameworks are promised in full: what no snapshot can decide has a manual control.
#[test]
fn every_requirement_has_a_control() {
    let library = Library::built_in().unwrap();
    for framework in library.frameworks() {
        let missing =
            framework.requirements.iter().map(|requirement| requirement.id.as_str()).filter(|&id| {
                let serves = |ids: &Vec<String>| ids.iter().any(|served| served == id);
                !library
                    .controls()
                    .iter()
                    .any(|control| control.frameworks.get(&framework.id).is_some_and(serves))
            });
        assert_eq!(missing.collect::<Vec<_>>(), [] as [&str; 0], "{}", framework.id);
    }
}
