//! Reads manifests and tells how fast: `cargo run --release --example read_manifests -- FILE|FOLDER|- …`

use std::{
    error::Error,
    io::{self, Write as _},
    time::Instant,
};

use assay_connector::manifest::{Document, Input, Positions, ReadError, read};

fn main() -> Result<(), Box<dyn Error>> {
    let inputs: Vec<Input> = std::env::args_os()
        .skip(1)
        .map(|argument| if argument == "-" { Input::Stdin } else { Input::Path(argument.into()) })
        .collect();
    let start = Instant::now();
    let (mut objects, mut fields) = (0_u64, 0_u64);
    let positions = |document: Document<'_>| document.positions;
    let result = read::<Positions, io::Error>(&inputs, &positions, &mut |positions| {
        objects += 1;
        positions.each(|_, _| fields += 1);
        Ok(())
    });
    let sources = match result {
        Err(ReadError::Manifests { errors, sources }) => {
            writeln!(io::stderr(), "{errors}")?;
            *sources
        }
        result => result?,
    };
    let seconds = start.elapsed().as_secs_f64();
    let megabytes = sources.files.iter().map(|file| file.bytes).sum::<u64>() as f64 / 1e6;
    let mut output = io::stdout().lock();
    for note in sources.notes.iter() {
        writeln!(output, "{note}")?;
    }
    let files = sources.files.len();
    let speed = megabytes / seconds;
    writeln!(
        output,
        "{files} files, {megabytes:.1} MB, {objects} objects, {fields} fields: {seconds:.2} s, {speed:.0} MB/s"
    )?;
    Ok(())
}
