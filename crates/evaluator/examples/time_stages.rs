//! What each stage of an audit of manifests costs: `cargo run --release --example time_stages -- FILE…`

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::path::PathBuf;
use std::time::Instant;

use assay_connector::manifest::Input;
use assay_connector::{ManifestRequest, collect_manifests};
use assay_controls::{Control, Library};
use assay_evaluator::{Request, evaluate};
use assay_model::schema::Schema;
use assay_snapshot::Store;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let inputs = std::env::args().skip(1).map(|path| Input::Path(PathBuf::from(path))).collect();
    let folder = tempfile::tempdir()?;
    let mut clock = Instant::now();
    let mut lap = |stage: &str| {
        println!("{stage:>10} {:>8.1} ms", clock.elapsed().as_secs_f64() * 1000.0);
        clock = Instant::now();
    };
    let schema = Schema::built_in()?;
    lap("schema");
    let store = Store::open(folder.path())?;
    let request = ManifestRequest::new(inputs);
    let snapshot = collect_manifests(&request, &schema, &store, &())?;
    lap("collect");
    let library = Library::built_in()?;
    lap("controls");
    let controls: Vec<&Control> = library.controls().iter().collect();
    evaluate(&Request::new(&schema, &snapshot, &controls))?;
    lap("evaluate");
    Ok(())
}
