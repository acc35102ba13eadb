//! An audit made by hand, with hostile names, and what each format makes of it.

mod fixture;

use assay_audit::Audit;
use serde_json::Value;

pub(crate) use fixture::{Objects, audit, library, many};

use crate::{Options, Report, format, formats};

/// The report in this format.
pub(crate) fn write(name: &str, audit: &Audit) -> String {
    let library = library();
    let report = Report { audit, library: &library, evidence: &Objects, options: Options::default() };
    let mut bytes = Vec::new();
    format(name).unwrap().write(&report, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_format_has_its_own_file_and_repeats_itself() {
    let mut files: Vec<_> = formats().iter().map(|format| format.file_name()).collect();
    files.sort_unstable();
    files.dedup();
    assert_eq!(files.len(), formats().len());
    for format in formats() {
        assert_eq!(write(format.name(), &audit()), write(format.name(), &audit()), "{}", format.name());
    }
    assert!(format("pdf").is_none());
}

#[test]
fn json_is_the_audit() {
    let text = write("json", &audit());
    assert_eq!(serde_json::from_str::<Audit>(&text).unwrap(), audit());
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["$schema"], crate::formats::SCHEMA);
}

#[test]
fn sarif_is_as_it_was() {
    insta::assert_snapshot!(write("sarif", &audit()));
}

#[test]
fn html_is_as_it_was() {
    let text = write("html", &audit());
    // The style sheet and the script are files of their own: their text here would only repeat each change.
    let head = text.split_once("<style>").unwrap().0;
    let body = text.split_once("</style>").unwrap().1.split_once("<script>").unwrap().0;
    let (before, policy) = head.split_once("<meta http-equiv").unwrap();
    let after = policy.split_once('\n').unwrap().1;
    insta::assert_snapshot!(format!("{before}{after}{body}"));
}

/// Writes all reports below `$REPORTS`, for a look at them or for other tools.
#[test]
fn reports_to_look_at() {
    let Some(folder) = std::env::var_os("REPORTS").map(std::path::PathBuf::from) else { return };
    for (name, audit) in [("small", audit()), ("large", many(50_000))] {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for format in formats() {
            std::fs::write(folder.join(format.file_name()), write(format.name(), &audit)).unwrap();
        }
    }
}
