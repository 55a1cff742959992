//! Computes the proposal of packed-out inputs and says how long it took: `cargo run --release -p tenor-propose --example propose -- inputs.json`.

#![expect(clippy::disallowed_types, clippy::disallowed_methods, clippy::print_stdout, reason = "an example reads a file and measures time")]

use std::time::Instant;
use tenor_propose::proposal::{Inputs, propose};
use tenor_propose::solve::OneByOne;

fn main() {
    let path = std::env::args().nth(1).expect("name a file of inputs, unpacked");
    let inputs: Inputs = serde_json::from_slice(&std::fs::read(path).expect("it can be read")).expect("it holds inputs");
    let begun = Instant::now();
    let proposal = propose(&inputs, "", &OneByOne).expect("the inputs are sound");
    println!("{}", proposal.encode());
    eprintln!("{:.1} s", begun.elapsed().as_secs_f64());
}
