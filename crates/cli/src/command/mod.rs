//! The commands, found by the build script: a new one is a file here, with an `Args` that can `run`.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

include!(concat!(env!("OUT_DIR"), "/commands.rs"));
