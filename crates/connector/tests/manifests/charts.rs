//! What charts leave unknown.

use super::*;

/// A chart whose template can be read as if it were an object; beside it, what is none of its templates.
fn chart(metadata: &str) -> (TempDir, Collected) {
    let folder = tempfile::tempdir().unwrap();
    let pod = |name: &str| format!("{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}}}");
    for (file, text) in [
        ("chart/Chart.yaml", metadata.to_owned()),
        ("chart/templates/sub/web.yaml", pod("\"{{ .Values.name }}\"")),
        ("chart/crds/a.yaml", pod("as-it-is")),
        ("templates/b.yaml", pod("beside")),
    ] {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let collected = collect(&[folder.path().to_owned()]);
    (folder, collected)
}

#[test]
fn a_template_is_unknown() {
    let (_, collected) = chart("apiVersion: v2\nname: web\n");
    assert_eq!(collected.texts("pods", "name"), ["as-it-is", "beside", "{{ .Values.name }}"]);
    let told = collected.texts("pods", "unreadable");
    assert_eq!(told[..2], ["-", "-"]);
    let names_both = told[2].starts_with("a template of ") && told[2].ends_with("/chart` makes");
    assert!(names_both && told[2].contains("audit what `helm template "), "{told:?}");
    // A template may make many, or none.
    assert_eq!(collected.status("configmaps").0, ReadStatus::Failed);
    assert_eq!(collected.notes().iter().filter(|note| note.contains("not among what was given")).count(), 1);
}

/// Only templates, and charts that others are rendered beside, make something.
#[test]
fn a_chart_without_templates_is_complete_but_for_its_dependencies() {
    for (dependencies, status) in
        [("", ReadStatus::Listed), ("dependencies: [{name: redis}]", ReadStatus::Failed)]
    {
        let (folder, _) = chart(&format!("apiVersion: v2\nname: web\n{dependencies}"));
        let excluding = ManifestRequest {
            exclude: vec!["chart/templates".to_owned()],
            ..request(&[folder.path().to_owned()])
        };
        let collected = try_collect(&excluding).unwrap();
        assert_eq!(collected.status("pods"), (status, 2), "{dependencies}");
    }
}
