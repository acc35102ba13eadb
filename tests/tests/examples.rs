//! The built-in controls have no mistakes, and their examples hold.

use assay_tests::assay::Place;

#[test]
fn no_control_could_be_better() {
    let run = Place::new().run(["controls", "lint"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn every_example_is_judged_as_it_says() {
    let run = Place::new().run(["controls", "test"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}
