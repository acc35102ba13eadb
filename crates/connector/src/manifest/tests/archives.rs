//! Archives: what is read of them, where it stands, and what is refused.

use std::io::{self, Read as _, Write as _};

use flate2::{Compression, write::GzEncoder};

use super::{HEAD, Outcome, read_bytes, read_text};

fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        // What a well-behaved library refuses to write.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        builder.append(&header, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn named(name: &str) -> String {
    HEAD.replace("name: t", &format!("name: {name}"))
}

fn files(outcome: &Outcome) -> Vec<&str> {
    outcome.documents.iter().map(|document| document.file.rsplit_once("/f").unwrap().1).collect()
}

#[test]
fn an_archive_is_read_as_a_folder_is() {
    let (a, b) = (named("a"), named("b"));
    let packed = tar(&[
        ("./dir/a.yaml", &a),
        ("dir/b.json", r#"{"apiVersion":"v1","kind":"TList","items":[{"metadata":{"name":"c"}}]}"#),
        ("dir/._b.yaml", "\0\0"),
        ("dir/notes.txt", "a: b: c"),
        ("dir/values.yaml", "x: 1"),
        ("b.yml", &b),
    ]);
    for content in [packed.clone(), gzip(&packed)] {
        let outcome = read_bytes(&content);
        assert_eq!(outcome.errors, Vec::<String>::new());
        assert_eq!(outcome.names(), ["T/a", "T/c", "T/b"]);
        assert_eq!(files(&outcome), ["/dir/a.yaml", "/dir/b.json", "/b.yml"]);
        assert_eq!(outcome.documents[0].positions.get("kind").line, 2);
        assert_eq!((outcome.sources.files.len(), outcome.sources.files[0].bytes), (1, content.len() as u64));
        let [note] = outcome.notes().try_into().unwrap();
        assert!(note.ends_with("/dir/values.yaml:1:1: skipped: not a Kubernetes object: no apiVersion/kind"));
    }
}

#[test]
fn a_compressed_manifest_is_that_manifest() {
    let outcome = read_bytes(&gzip(named("a").as_bytes()));
    assert_eq!((outcome.names(), outcome.errors), (vec!["T/a".to_owned()], Vec::new()));
}

#[test]
fn what_is_wrong_with_an_archive_is_told() {
    let good = named("a");
    let packed = tar(&[("a.yaml", &good), ("b.yaml", &named("b"))]);
    let whole = gzip(&tar(&[("a.yaml", &good)]));
    for (content, expected) in [
        (tar(&[("notes.txt", "")]), "f: no *.yaml, *.yml or *.json file in this archive"),
        (
            tar(&[("../a.yaml", &good)]),
            "f: \"../a.yaml\" in it is a path that leads out of the archive: pack it without",
        ),
        (
            tar(&[("/etc/a.yaml", &good)]),
            "f: \"/etc/a.yaml\" in it is a path that leads out of the archive: pack it without",
        ),
        (tar(&[("b/a.yaml", "a: b: c")]), "f/b/a.yaml:1:5: "),
        (gzip(&gzip(good.as_bytes())), "f: compressed twice: unpack it once"),
        (whole[..whole.len() - 12].to_vec(), "f: can't be read: "),
        (whole[..40].to_vec(), "can't be read: "),
        (
            tar(&[("a.yaml", &good)])[..530].to_vec(),
            "f/a.yaml: can't be read: the archive ends within this file",
        ),
        // What is lost of it does not show: the first file is whole.
        (packed[..1024].to_vec(), "f: can't be read: the archive is cut off: it has no end"),
        (gzip(&packed[..1024]), "f: can't be read: the archive is cut off: it has no end"),
        ([packed.clone(), packed.clone()].concat(), "f: can't be read: another archive is joined to it"),
        ([gzip(&packed), gzip(&packed)].concat(), "f: can't be read: another archive is joined to it"),
    ] {
        let errors = read_bytes(&content).errors;
        assert!(errors.first().is_some_and(|error| error.contains(expected)), "{expected}: {errors:?}");
    }
}

#[test]
fn a_bomb_is_refused_before_it_fills_the_memory() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b'#'; 1 << 20];
    for _ in 0..100 {
        bomb.write_all(&zeros).unwrap();
    }
    let errors = read_bytes(&bomb.finish().unwrap()).errors;
    assert!(errors[0].contains("it grows more than 200 times"), "{errors:?}");
}

#[test]
fn what_describes_a_file_is_bounded() {
    use tar::EntryType::{GNULongLink, GNULongName, XGlobalHeader, XHeader};
    for kind in [GNULongName, GNULongLink, XHeader, XGlobalHeader] {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(16 << 20);
        header.set_cksum();
        builder.append(&header, io::repeat(b'a').take(16 << 20)).unwrap();
        let mut content = builder.into_inner().unwrap();
        content.truncate((16 << 20) + 512);
        content.extend(tar(&[("a.yaml", &named("a"))]));
        let outcome = read_bytes(&content);
        let errors = outcome.errors.join("\n");
        // One for all that follow is no description, and is passed over.
        let is_bounded = errors.contains("the name of a file in it is longer than any can be");
        assert!(is_bounded || kind == XGlobalHeader && outcome.names() == ["T/a"], "{kind:?}: {errors}");
    }
}

#[test]
fn a_link_is_not_followed() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "a.yaml", "/etc/passwd").unwrap();
    let outcome = read_bytes(&builder.into_inner().unwrap());
    assert!(outcome.notes()[0].ends_with("/a.yaml: skipped: a link within an archive"));
}

#[test]
fn what_a_dump_has_beside_objects_is_skipped_in_it_and_refused_by_name() {
    let answer = r#"{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"v1","resources":[]}"#;
    let objects = r#"[{"kind":"T","apiVersion":"v1","metadata":{"name":"a"}}]"#;
    let outcome = read_bytes(&tar(&[("resources.json", answer), ("custom-resources/t.json", objects)]));
    assert_eq!((outcome.names(), outcome.errors.len()), (vec!["T/a".to_owned()], 0));
    let refused = read_text(answer).errors;
    assert_eq!(refused, ["f:1:1: not a Kubernetes object but an answer of the API server"]);
    assert_eq!(read_text(objects).errors, ["f:1:1: not a Kubernetes object: not a mapping"]);
    // What was to be in its place was not read.
    let failure = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","code":403}"#;
    let errors = read_bytes(&tar(&[("pods.json", failure)])).errors;
    assert!(errors[0].contains("what was to be here was not read"), "{errors:?}");
}
