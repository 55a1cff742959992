//! The real AWS's port against a sandbox that listens: what is sent is done, and found again.

mod changes;
mod cloud;
mod every;
mod faults;
mod orders;
mod plans;
mod prices;
mod quotas;
mod shop;
mod standings;
mod tier;
mod trails;
