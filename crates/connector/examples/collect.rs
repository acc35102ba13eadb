//! Collects manifests, or a cluster, into a store: `collect STORE FILE…`.

#![allow(clippy::print_stdout, reason = "a command line prints")]

use assay_connector::{CollectError, ManifestRequest, collect_manifests, manifest::Input, running_tool};
use assay_model::schema::Schema;
use assay_snapshot::Store;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let store = Store::open(arguments.next().ok_or("which store?")?)?;
    let schema = Schema::built_in()?;
    let request = ManifestRequest {
        inputs: arguments.map(|path| Input::Path(path.into())).collect(),
        cluster_name: None,
        keep_going: false,
        job: None,
        tool: running_tool(),
    };
    let snapshot = match collect_manifests(&request, &schema, &store, &()) {
        Ok(snapshot) => snapshot,
        Err(CollectError::Manifests(problems)) => return Err(problems.to_string().into()),
        Err(error) => return Err(error.into()),
    };
    println!("{}", snapshot.dir().display());
    for note in &snapshot.manifest.collection.notes {
        println!("note: {note}");
    }
    for file in snapshot.manifest.files.iter().filter(|file| file.rows > 0) {
        println!("{:>7} rows {:>9} bytes  {}", file.rows, file.bytes, file.path);
    }
    Ok(())
}
