//! Messages sent to real servers on this machine: a mail server and a webhook receiver in the judges' Python, neither of which knows this crate.

#[cfg(test)]
mod sent;
