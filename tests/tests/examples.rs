//! No mistake is found in the built-in controls.

use assay_tests::assay::Place;

#[test]
fn no_control_could_be_better() {
    let run = Place::new().run(["controls", "lint"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}
