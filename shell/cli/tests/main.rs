//! The binary as people run it: arguments in, stdout, stderr and exit status out.

#[cfg(test)]
mod access_log;
#[cfg(test)]
mod accessed;
#[cfg(test)]
mod api_judged;
#[cfg(test)]
mod asked;
#[cfg(test)]
mod backtested;
#[cfg(test)]
mod backtested_at_prices;
#[cfg(test)]
mod bills;
#[cfg(test)]
mod browsed;
#[cfg(test)]
mod commitments;
#[cfg(test)]
mod connected;
#[cfg(test)]
mod decided;
#[cfg(test)]
mod decided_cut_short;
#[cfg(test)]
mod documented;
#[cfg(test)]
mod exported;
#[cfg(test)]
mod fake_aws;
#[cfg(test)]
mod granted;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod import_killed;
#[cfg(test)]
mod judged;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod killing_proxy;
#[cfg(test)]
mod ledgers;
#[cfg(test)]
mod live;
#[cfg(test)]
mod lived;
#[cfg(test)]
mod looked;
#[cfg(test)]
mod ordered;
#[cfg(test)]
mod orders_killed;
#[cfg(test)]
mod prices;
#[cfg(test)]
mod proposed;
#[cfg(test)]
mod ran;
#[cfg(test)]
mod read_while_replaced;
#[cfg(test)]
mod reconciled;
#[cfg(test)]
mod refreshed;
#[cfg(test)]
mod rehearsed;
#[cfg(test)]
mod rehearsed_lake;
#[cfg(test)]
mod replayed;
#[cfg(test)]
mod rolled_up;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod scheduled;
#[cfg(test)]
mod served;
#[cfg(test)]
mod served_oidc;
#[cfg(test)]
mod usage;
