//! Collects manifests, or the cluster of the current context, into a store: `collect STORE [FILE…]`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

use assay_connector::{
    ClusterRequest, ManifestRequest, Progress, collect_cluster, collect_manifests, manifest::Input,
};
use assay_model::schema::Schema;
use assay_snapshot::Store;

/// Notes on the standard error output.
struct Notes;

impl Progress for Notes {
    fn note(&self, message: &str) {
        eprintln!("{message}");
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let store = Store::open(arguments.next().ok_or("which store?")?)?;
    let inputs: Vec<Input> = arguments.map(|path| Input::Path(path.into())).collect();
    let schema = Schema::built_in()?;
    let collected = if inputs.is_empty() {
        collect_cluster(&ClusterRequest::default(), &schema, &store, &Notes).await
    } else {
        collect_manifests(&ManifestRequest::new(inputs), &schema, &store, &Notes)
    };
    // As text: the errors of manifests have lines.
    let snapshot = collected.map_err(|error| error.to_string())?;
    println!("{}", snapshot.dir().display());
    let collection = &snapshot.manifest.collection;
    println!("{:?}", collection.consistency);
    for note in &collection.notes {
        println!("note: {note}");
    }
    for read in collection.resources.iter().filter(|read| read.message.is_some()) {
        println!("{:?}: {}.{}: {:?}", read.status, read.resource, read.group, read.message);
    }
    for file in snapshot.manifest.files.iter().filter(|file| file.rows > 0) {
        println!("{:>7} rows {:>9} bytes  {}", file.rows, file.bytes, file.path);
    }
    Ok(())
}
