//! Runs the sandbox.

use super::folder::{Folder, Running};
use super::month;
use crate::context::Context;
use anyhow::Context as _;
use jiff::Timestamp;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tenor_bill::BillingPeriod;
use tenor_sandbox::{Cloud, Server, Setup, interrupted};
use tenor_state::{Randomness as _, SystemRandomness};

/// Arguments of `tenor sandbox serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,

    /// The port; 0 for any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 4600)]
    port: u16,

    /// How many seconds pass in it in each second of this machine. With 0, time stands still but for a second a call.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=604_800))]
    speed: u32,

    /// Of a new sandbox: how many accounts its organization has.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    accounts: u32,

    /// Of a new sandbox: the month in which it begins.
    #[arg(long, value_name = "MONTH", default_value = "2025-01", value_parser = month)]
    start: BillingPeriod,

    /// Of a new sandbox: what all chance comes from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Of a new sandbox: about how many rows a month's bill has.
    #[arg(long, value_name = "N", default_value_t = 60_000)]
    rows: u64,
}

/// Listens until it is interrupted or told to end.
pub(super) fn run(context: &Context, folder: &Folder, args: &Args) -> anyhow::Result<()> {
    let _held = folder.hold_or_refuse()?;
    let store = folder.store();
    let mut key = [0; 16];
    SystemRandomness::new().fill(&mut key)?;
    let cloud = match store.load()? {
        Some(cloud) => cloud,
        None => {
            let secret = super::secret()?;
            let cloud =
                Cloud::new(Setup { seed: args.seed, secret, accounts: args.accounts, start: args.start, rows_per_month: args.rows });
            store.save(&cloud)?;
            cloud
        }
    };
    let payer = cloud.keys()[0].clone();
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    context.block_on(async {
        let address = SocketAddr::new(args.address, args.port);
        let stop = interrupted().context("cannot listen to signals")?;
        let server = Server::bind(cloud, Some(store), address, Timestamp::now, key.clone()).await?;
        let address = server.address();
        folder.announce(&Running { address: address.to_string(), key })?;
        context.note(format_args!("A simulated AWS listens on http://{address}. Nothing in it is real, and no other key opens it:"));
        let mut out = std::io::stdout().lock();
        writeln!(out, "export AWS_ENDPOINT_URL=http://{address}")?;
        writeln!(
            out,
            "export AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1",
            payer.access_key, payer.secret_key
        )?;
        out.flush()?;
        drop(out);
        let control = server.control();
        let speed = i64::from(args.speed);
        let passing = tokio::spawn(async move {
            let mut each = tokio::time::interval(Duration::from_secs(1));
            if speed == 0 {
                return;
            }
            loop {
                each.tick().await;
                // Where it breaks has been told; time goes on.
                drop(control.pass(speed));
            }
        });
        let ended = server.run(stop).await;
        passing.abort();
        Ok(ended?)
    })
}
