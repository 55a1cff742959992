//! What is looked at in an account: a function for each catalogued read, with a typed answer.
//!
//! All pages are read. A failed read is an error and never an empty list; nothing here changes anything or decides.

pub mod accounts;
pub mod bucket;
pub mod cloudtrail;
pub mod ec2;
pub mod elasticache;
pub mod explorer;
pub mod exports;
pub mod identity;
pub mod memorydb;
pub mod opensearch;
pub mod plans;
pub mod pricing;
pub mod quotas;
pub mod rds;
pub mod redshift;
pub mod reports;
pub mod reserved;
pub mod role;
pub mod serverless;
pub mod sharing;
