//! Serves a sandbox whose books are in a file, as `tenor sandbox serve` does, without the rest of the program: for `bench/sandbox.py`.
//!
//! `serve FILE PORT CONTROL_KEY`: prints where it listens and the payer's keys, and runs until it is interrupted or told to end.

use jiff::Timestamp;
use std::io::Write as _;
use std::path::Path;
use tenor_sandbox::{Cloud, Server, Setup, Store, interrupted};

const USAGE: &str = "usage: serve FILE PORT CONTROL_KEY";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, port, control_key] = &arguments[..] else { return Err(USAGE.into()) };
    let store = Store::at(Path::new(file));
    let setup = Setup { seed: 1, secret: 1, accounts: 8, start: "2025-01".parse()?, rows_per_month: 60_000 };
    let cloud = store.load()?.unwrap_or_else(|| Cloud::new(setup));
    let payer = cloud.keys()[0].clone();
    let address = format!("127.0.0.1:{port}").parse()?;
    let stop = interrupted()?;
    let server = Server::bind(cloud, Some(store), address, Timestamp::now, control_key.clone()).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "AWS_ENDPOINT_URL=http://{}", server.address())?;
    writeln!(out, "AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}", payer.access_key, payer.secret_key)?;
    out.flush()?;
    drop(out);
    server.run(stop).await?;
    Ok(())
}
