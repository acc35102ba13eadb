use std::path::PathBuf;
use std::process::Command;
use std::{fs, str};

use assay_model::json::Fields;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::table::Type;
use super::*;

/// A folder of the Go module with Kubernetes' types: its own examples of each kind, in each form, with each field set.
/// None without Go, which is no failure but where everything has to be tested.
fn examples() -> Option<PathBuf> {
    let module = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/apiserver");
    let go = Command::new("go").args(["mod", "download", "-json", "k8s.io/api"]).current_dir(module).output();
    let told = go.ok().filter(|go| go.status.success())?.stdout;
    let told: Value = serde_json::from_slice(&told).unwrap();
    Some(PathBuf::from(told["Dir"].as_str().unwrap()).join("testdata"))
}

#[test]
fn kubernetes_own_examples_are_what_their_json_says() {
    let Some(examples) = examples() else {
        assert!(std::env::var_os("ASSAY_TESTS_REQUIRE_ALL").is_none(), "needs Go, and its modules");
        return;
    };
    let table = Table::get().unwrap();
    let mut read = 0;
    for folder in ["HEAD", "v1.35.0", "v1.34.0", "v1.33.0"] {
        for file in fs::read_dir(examples.join(folder)).unwrap() {
            let path = file.unwrap().path();
            let Some(name) = path.to_str().and_then(|path| path.strip_suffix(".pb")) else { continue };
            let body = fs::read(&path).unwrap();
            let Envelope { api_version, kind, raw } = Envelope::open(&body).unwrap();
            let (api_version, kind) = (str::from_utf8(api_version).unwrap(), str::from_utf8(kind).unwrap());
            let Some(encoding) = Encoding::of(api_version, kind) else { continue };
            let text = fs::read_to_string(format!("{name}.json")).unwrap();
            let mut expected = Json::parse(&text).unwrap();
            let fields = expected.as_object_mut().unwrap();
            assert_eq!(fields.remove("apiVersion"), Some(api_version.into()));
            assert_eq!(fields.remove("kind"), Some(kind.into()));
            if kind == "StatefulSet" {
                declare_claims(fields);
            }
            match encoding.object(raw) {
                Some(object) => assert_eq!(object.to_string(), expected.to_string(), "{name}"),
                // A version had fields that the present one does not: JSON is asked for.
                None => assert!(fs::exists(format!("{name}.after_roundtrip.pb")).unwrap(), "{name}"),
            }
            read += 1;
        }
    }
    assert!(read > 3 * table.kinds().len(), "{read}");
}

/// What a server sends could lead a reader of messages deeper and deeper otherwise.
#[test]
fn no_message_leads_back_to_itself() {
    fn within(ty: &Type) -> Option<usize> {
        match ty {
            Type::Message(message) => Some(*message),
            Type::Pointer(inner) | Type::List(inner) | Type::Map(inner) => within(inner),
            _ => None,
        }
    }
    fn descend(table: &Table, message: usize, deeper: usize) {
        assert!(deeper > 0);
        let fields = (0..u128::BITS).filter_map(|number| table.message(message).field(number));
        fields.filter_map(|field| within(&field.ty)).for_each(|inner| descend(table, inner, deeper - 1));
    }
    let table = Table::get().unwrap();
    table.kinds().iter().for_each(|kind| descend(table, kind.message, 20));
}

/// An object as Kubernetes' own Go types have it in either form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Example {
    api_version: String,
    kind: String,
    protobuf: String,
    json: Box<RawValue>,
}

#[test]
fn random_objects_are_what_go_writes_of_them() {
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let kube = PathBuf::from(root).join("target/apiserver/kube");
    let built = Command::new(PathBuf::from(root).join("tests/apiserver/build")).status();
    if !built.is_ok_and(|built| built.success()) {
        assert!(std::env::var_os("ASSAY_TESTS_REQUIRE_ALL").is_none(), "needs Go, and its modules");
        return;
    }
    let examples = Command::new(kube).args(["examples", &seed.to_string(), "20"]).output().unwrap();
    assert!(examples.status.success());
    let examples = String::from_utf8(examples.stdout).unwrap();
    for line in examples.lines() {
        let Example { api_version, kind, protobuf, json } = serde_json::from_str(line).unwrap();
        let message = BASE64_STANDARD.decode(protobuf).unwrap();
        let mut expected = Json::parse(json.get()).unwrap();
        if kind == "StatefulSet" {
            declare_claims(expected.as_object_mut().unwrap());
        }
        let encoding = Encoding::of(&api_version, &kind).unwrap();
        let object = encoding.object(&message).unwrap_or_else(|| panic!("seed {seed}: {line}"));
        assert_eq!(object.to_string(), expected.to_string(), "seed {seed}: {kind}");
        // Wrong bytes are another object, or none.
        let mut wrong = message.clone();
        for at in (0..message.len()).step_by(41) {
            wrong[at] ^= 1 << (at % 8);
            let _ = (encoding.object(&wrong), encoding.object(&message[..at]));
        }
    }
    assert_eq!(examples.lines().count(), 20 * Table::get().unwrap().kinds().len());
}

/// Says of claims what they are, as an API server does when it makes the version that is asked for.
fn declare_claims(object: &mut Fields<'_>) {
    let spec = object.get_mut("spec").and_then(Json::as_object_mut).unwrap();
    let Some(Json::Array(claims)) = spec.get_mut("volumeClaimTemplates") else { return };
    for claim in claims {
        let claim = claim.as_object_mut().unwrap();
        claim.insert("apiVersion", "v1");
        claim.insert("kind", "PersistentVolumeClaim");
    }
}
