//! When bills are delivered: each month's once, when it is over. AWS delivers the month that runs too, up to three times a day ([BOTO:bcm-data-exports]
//! `FrequencyOption`); here it has no bill yet. How long a delivery takes is simulated.

use super::definition::Paper;
use super::wanted::{NotDelivered, Wanted};
use crate::cloud::Cloud;
use crate::cloud::moment::Moment;
use crate::error::WriteError;
use crate::layout::{Address, Version};
use crate::random::{base32, hash, uuid};
use crate::request::BillRequest;
use crate::sku::text_key;
use crate::write::{FileOf, write_world};
use std::collections::BTreeSet;
use std::sync::Arc;
use tenor_bill::BillingPeriod;

const QUERY_SECONDS: i64 = 20;
/// How long a delivery takes, and how long one that failed by itself is let be.
const SECONDS: i64 = 60;

/// One month's bill on its way into a bucket, or there.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// The id of its execution or assembly, as no other has it.
    pub(crate) id: String,
    pub(crate) period: BillingPeriod,
    pub(crate) began: Moment,
    pub(crate) ended: Moment,
}

/// A bucket that a definition names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket<'a> {
    /// Index of the account that named it first.
    pub(crate) owner: u32,
    pub(crate) region: &'a str,
}

/// A try to write a delivery that came to nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failed {
    /// Of what moment the books were.
    pub(crate) at: Moment,
    /// Whether trying again at once would come to the same: it was not the disk that failed.
    pub(crate) is_lasting: bool,
}

/// A delivery that has come to its end, to be written or written already.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) delivery: Delivery,
    /// Index of the report or export.
    pub(super) paper: usize,
    wanted: Arc<Wanted>,
}

impl Delivery {
    /// The word for how far it is.
    pub(super) fn state(&self, now: Moment, is_delivered: bool) -> &'static str {
        match now.0 - self.began.0 {
            ..QUERY_SECONDS => "QUERY_IN_PROCESS",
            QUERY_SECONDS..SECONDS => "DELIVERY_IN_PROCESS",
            SECONDS.. if is_delivered => "DELIVERY_SUCCESS",
            SECONDS.. => "DELIVERY_FAILURE",
        }
    }
}

impl Cloud {
    /// The deliveries of a report or export: one of each month that ended after it was defined. The latest first.
    pub(super) fn deliveries(&self, paper: &Paper) -> Vec<Delivery> {
        let of_month = |period: BillingPeriod| {
            let began = Moment::of(period.end());
            let id = uuid(&[self.books.setup.seed, 73, paper_key(paper), began.0.unsigned_abs()]);
            Delivery { id, period, began, ended: began.later(SECONDS) }
        };
        let mut found: Vec<Delivery> = self.closed_months().map(of_month).filter(|delivery| delivery.began > paper.made).collect();
        found.reverse();
        found
    }

    /// The latest delivery that has come to its end.
    pub(super) fn latest_delivery(&self, paper: &Paper) -> Option<Delivery> {
        self.deliveries(paper).into_iter().find(|delivery| delivery.ended <= self.books.now)
    }

    /// What is told of each delivery of any report or export.
    #[cfg(test)]
    pub(crate) fn delivery_states(&self) -> Vec<&'static str> {
        let state = |paper, delivery: Delivery| delivery.state(self.books.now, self.obstacle(paper, &delivery).is_none());
        self.books.papers.iter().flat_map(|paper| self.deliveries(paper).into_iter().map(move |found| state(paper, found))).collect()
    }

    /// Why nothing comes of a delivery that has ended, or is to end.
    pub(super) fn obstacle(&self, paper: &Paper, delivery: &Delivery) -> Option<NotDelivered> {
        let has_failed = self.undelivered.contains_key(&delivery.id);
        self.wanted(paper).err().or(has_failed.then_some(NotDelivered::Unwritten))
    }

    /// What came of a delivery when it was written: nothing, if it failed. Whether that is news.
    pub(crate) fn note_delivery(&mut self, id: &str, failed: Option<Failed>) -> bool {
        match failed {
            None => self.undelivered.remove(id).is_some(),
            Some(failed) => self.undelivered.insert(id.to_owned(), failed).is_none(),
        }
    }

    /// Whether a delivery is not tried for somebody who asked at this moment: it has failed since then, or it failed by itself and not long ago.
    pub(crate) fn has_failed_for(&self, id: &str, asked: Moment) -> bool {
        let has_failed = |failed: &Failed| failed.at >= asked || failed.is_lasting && self.books.now < failed.at.later(SECONDS);
        self.undelivered.get(id).is_some_and(has_failed)
    }

    /// The bucket of this name.
    pub(crate) fn bucket(&self, name: &str) -> Option<Bucket<'_>> {
        let first = self.books.papers.iter().find(|paper| paper.bucket() == name && paper.has_bucket())?;
        Some(Bucket { owner: first.account, region: first.region() })
    }

    /// What has been delivered into a bucket.
    pub(crate) fn due(&self, bucket: &str) -> Vec<Due> {
        let papers = self.books.papers.iter().enumerate().filter(|(_, paper)| paper.bucket() == bucket);
        let wanted = papers.filter_map(|(at, paper)| Some((at, paper, Arc::new(self.wanted(paper).ok()?))));
        let due = wanted.flat_map(|(at, paper, wanted)| {
            let ended = self.deliveries(paper).into_iter().filter(|delivery| delivery.ended <= self.books.now);
            ended.map(move |delivery| Due { delivery, paper: at, wanted: Arc::clone(&wanted) })
        });
        due.collect()
    }

    /// What has been delivered into any bucket.
    pub(crate) fn all_due(&self) -> Vec<Due> {
        let buckets: BTreeSet<&str> = self.books.papers.iter().map(Paper::bucket).collect();
        buckets.into_iter().flat_map(|bucket| self.due(bucket)).collect()
    }

    /// The same organization as far as bills go, to write them while the books go on.
    pub(crate) fn bills_part(&self) -> Self {
        self.with(self.books.bills_part())
    }

    /// The bill that is delivered.
    pub(super) fn request_of(&self, Due { delivery, wanted, .. }: &Due, threads: usize) -> BillRequest {
        BillRequest {
            format: wanted.format,
            layout: wanted.layout,
            columns: wanted.columns.clone(),
            split: wanted.is_split,
            start: delivery.period,
            threads,
            ..crate::cloud::bills::request(&self.books.setup)
        }
    }

    /// Where it goes.
    pub(super) fn address_of(&self, Due { delivery, paper, .. }: &Due) -> Address {
        let paper = &self.books.papers[*paper];
        Address {
            bucket: paper.bucket().to_owned(),
            base: paper.base(),
            name: paper.name.clone(),
            report_id: base32(12, hash(&[self.books.setup.seed, 98, paper_key(paper)])),
            export_arn: paper.arn.clone(),
            version: Some(Version { id: delivery.id.clone(), delivered: delivery.ended.timestamp() }),
        }
    }

    /// Writes what is due, each key into its file.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn write_delivery(&self, due: &Due, file: FileOf<'_>, threads: usize) -> Result<(), WriteError> {
        let request = self.request_of(due, threads);
        let world = self.world(&request);
        write_world(&request, &world, &self.address_of(due), file).map(drop)
    }
}

/// What tells a report or export from any other.
fn paper_key(paper: &Paper) -> u64 {
    hash(&[text_key(&paper.arn), text_key(&paper.name), u64::from(paper.account), paper.made.0.unsigned_abs()])
}

#[cfg(test)]
mod tests {
    use super::{Delivery, Failed, Paper};
    use crate::cloud::moment::Moment;
    use crate::cloud::{Cloud, Setup};
    use std::collections::BTreeMap;

    fn cloud() -> Cloud {
        Cloud::new(Setup { seed: 1, secret: 1, accounts: 1, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 })
    }

    #[test]
    fn each_month_that_ends_after_it_was_asked_for_is_delivered_once() {
        let mut cloud = cloud();
        let day = 86_400;
        cloud.advance(40 * day);
        let made = cloud.books.now;
        let (name, arn, definition, tags) = ("a".to_owned(), String::new(), serde_json::Value::Null, BTreeMap::new());
        let paper = Paper { account: 0, name, arn, definition, made, tags };
        let months = |cloud: &Cloud| cloud.deliveries(&paper).iter().map(|found| found.period.to_string()).collect::<Vec<_>>();
        assert_eq!(months(&cloud), [""; 0]);
        // A bill is final five seconds after its month.
        cloud.advance(19 * day + 5);
        assert_eq!(months(&cloud), ["2025-02"]);
        assert!(cloud.latest_delivery(&paper).is_none());
        cloud.advance(55);
        assert_eq!(cloud.latest_delivery(&paper).unwrap().ended, cloud.books.now);
        cloud.advance(31 * day);
        assert_eq!(months(&cloud), ["2025-03", "2025-02"]);
    }

    #[test]
    fn a_delivery_takes_a_minute() {
        let began = Moment(0);
        let delivery = Delivery { id: String::new(), period: "2025-01".parse().unwrap(), began, ended: began.later(60) };
        let states = [0, 19, 20, 60].map(|seconds| delivery.state(Moment(seconds), true));
        assert_eq!(states, ["QUERY_IN_PROCESS", "QUERY_IN_PROCESS", "DELIVERY_IN_PROCESS", "DELIVERY_SUCCESS"]);
        assert_eq!(delivery.state(Moment(60), false), "DELIVERY_FAILURE");
    }

    #[test]
    fn what_failed_is_tried_for_who_asks_later_and_a_minute_later_where_it_failed_by_itself() {
        let mut cloud = cloud();
        let at = cloud.books.now;
        let told = |cloud: &Cloud| [-1, 0, 1].map(|seconds| cloud.has_failed_for("a", at.later(seconds)));
        assert_eq!(told(&cloud), [false; 3]);
        let failed = |is_lasting| Some(Failed { at, is_lasting });
        assert!(cloud.note_delivery("a", failed(false)) && !cloud.note_delivery("a", failed(false)), "it is news once");
        assert_eq!(told(&cloud), [true, true, false]);
        cloud.note_delivery("a", failed(true));
        cloud.advance(59);
        assert_eq!(told(&cloud), [true; 3]);
        cloud.advance(1);
        assert_eq!(told(&cloud), [true, true, false]);
        assert!(cloud.note_delivery("a", None) && !cloud.note_delivery("a", None));
        assert_eq!(told(&cloud), [false; 3]);
    }
}
