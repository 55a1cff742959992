//! Documents: the contents that entries name by their hash, kept beside the ledger together with the entries that name them.
//!
//! A document is believed for its hash alone, which is computed anew whenever it is read. Its kind is for people.

use crate::error::{Asking as _, StateError};
use crate::random::Randomness;
use crate::state::{State, View};
use rusqlite::{Connection, OptionalExtension as _, Transaction};
use std::collections::BTreeMap;
use tenor_ledger::{ContentHash, Draft, EntryHash, Event, Head, OrderId, Told, Verifier};
use tenor_order::{Book, BookError, Order, OrderError, Record};

use super::LedgerError;

/// A document has no more bytes.
pub const DOCUMENT_BYTES_MAX: usize = 64 << 20;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// What was agreed on with a connection's owner.
    Agreement,
    /// What a verification of a connection found.
    Findings,
    /// What a call of AWS will say, written before it is sent.
    Intent,
    /// What was held when an order was made.
    Inventory,
    /// An order, in its one encoding.
    Order,
    /// A policy, or guard rails.
    Policy,
    /// A proposal.
    Proposal,
    /// What came of holding the ledger against CloudTrail, AWS's lists and the bills.
    Reconciliation,
}

/// A content with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    kind: DocumentKind,
    /// SHA-256 of the content.
    hash: ContentHash,
    content: String,
}

/// Why a document cannot be kept or relied on.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The content that is stored is not the one that was.
    #[error("document {hash} was changed: its content has the hash {found} now")]
    Changed {
        /// Which.
        hash: ContentHash,
        /// What its content has.
        found: ContentHash,
    },
    /// More than a document may be.
    #[error("document {hash} has {bytes} bytes, and documents have {DOCUMENT_BYTES_MAX} at most")]
    TooLong {
        /// Which.
        hash: ContentHash,
        /// What it has.
        bytes: usize,
    },
    /// An entry, or the order that it tells of, names a content that is not kept.
    #[error("document {hash} is gone, which entry {sequence} needs")]
    Gone {
        /// Which.
        hash: ContentHash,
        /// The entry.
        sequence: u64,
    },
    /// The ledger names an order whose content is not kept.
    #[error("the content of order {0} is gone")]
    NoOrder(OrderId),
    /// The content of an order is none.
    #[error("the content of order {order} cannot be read")]
    Order {
        /// Which.
        order: OrderId,
        /// Why.
        source: OrderError,
    },
    /// The ledger says of an order what the order does not.
    #[error("the ledger says of order {order} that its {what} is {ledger}, and the order says {said}")]
    Unlike {
        /// Which.
        order: OrderId,
        /// What differs.
        what: &'static str,
        /// As the ledger has it.
        ledger: String,
        /// As the order has it.
        said: String,
    },
}

impl DocumentKind {
    /// As it is kept.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::Findings => "findings",
            Self::Intent => "intent",
            Self::Inventory => "inventory",
            Self::Order => "order",
            Self::Policy => "policy",
            Self::Proposal => "proposal",
            Self::Reconciliation => "reconciliation",
        }
    }
}

impl Document {
    /// A document, named by its content.
    #[must_use]
    pub fn new(kind: DocumentKind, content: String) -> Self {
        Self { kind, hash: ContentHash::sha256(content.as_bytes()), content }
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// Its name: SHA-256 of its content.
    #[must_use]
    pub const fn hash(&self) -> ContentHash {
        self.hash
    }

    /// Its content.
    #[must_use]
    pub fn content(&self) -> &str {
        &self.content
    }
}

impl DocumentError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Changed { .. } | Self::Gone { .. } | Self::NoOrder(_) => {
                "somebody changed the database: keep it for inquiry, and restore the last backup into an empty home: tenor restore FILE --home FOLDER"
            }
            Self::TooLong { .. } => "split what is to be done into smaller orders",
            Self::Order { .. } | Self::Unlike { .. } => {
                "nothing is carried out by it: update Tenor if a newer one wrote it, else keep the home for inquiry"
            }
        }
    }
}

impl State {
    /// Appends a group of entries with the documents that they name, durably: all of it is there when it returns, or nothing. A document that is
    /// kept already is kept once.
    ///
    /// # Errors
    /// As [`append`](Self::append), and [`LedgerError::Document`] when one is too long, or is kept already and was changed.
    pub fn append_with(&mut self, group: &[Draft], documents: &[Document], random: &dyn Randomness) -> Result<Head, StateError> {
        self.record(group, random, "append to the ledger in", |change| keep_in(change, documents))
    }
}

impl View {
    /// The document of that hash, if there is one.
    ///
    /// # Errors
    /// [`LedgerError::Document`] when its content is not what was kept.
    pub fn document(&self, hash: ContentHash) -> Result<Option<String>, StateError> {
        kept(&self.db, hash)
    }

    /// Whether every document that is kept is what was kept.
    ///
    /// # Errors
    /// [`LedgerError::Document`] with the first that is not.
    pub(crate) fn check_documents(&self) -> Result<(), StateError> {
        let mut select = self.db.prepare("SELECT hash FROM documents ORDER BY hash").asking("read the documents of")?;
        for hash in select.query_map([], |row| row.get::<_, String>(0)).asking("read the documents of")? {
            let hash = hash.asking("read the documents of")?;
            let hash = hash.parse().map_err(|_| StateError::Value { what: "the hash of a document".to_owned(), value: hash })?;
            kept(&self.db, hash)?;
        }
        Ok(())
    }

    /// Whether every document that the verified ledger names is kept, and of every order what it was made on. Entries that this version does not
    /// know name nothing here.
    ///
    /// # Errors
    /// [`LedgerError::Document`] with the first that is gone.
    pub(crate) fn check_named(&self) -> Result<(), StateError> {
        let mut select = self.db.prepare("SELECT 1 FROM documents WHERE hash = ?1").asking("read the documents of")?;
        self.verified(Verifier::new(), |checked| {
            let entry = checked.entry().expect("it was verified");
            let Told::Known(event) = &entry.event else { return Ok(()) };
            let mut named = named_by(event);
            if let Event::OrderCreated { order, .. } = event {
                let content = kept(&self.db, ContentHash::from_bytes(*order.as_bytes()))?;
                // One that cannot be read is kept as it is; nothing is carried out by it.
                named.extend(content.and_then(|content| Order::read(&content).ok()).map(|order| order.inventory()));
            }
            for hash in named {
                if !select.exists([hash.to_string()]).asking("read the documents of")? {
                    return Err(DocumentError::Gone { hash, sequence: entry.sequence }.into());
                }
            }
            Ok(())
        })
        .map(drop)
    }

    /// All that the verified ledger says of orders, keys and settings.
    ///
    /// # Errors
    /// As [`fold_verified`](Self::fold_verified), and [`LedgerError::Book`] when it says what cannot be.
    pub fn book(&self) -> Result<Book, StateError> {
        let begin: (Result<Book, BookError>, Option<EntryHash>) = (Ok(Book::default()), None);
        let (book, _) = self.fold_verified(begin, |(book, first), entry, event| {
            let entered = book.and_then(|mut book| {
                Book::check_place(event, first, Some(entry.previous))?;
                book.enter(book.counts_at(entry.moment, entry.clock), event).map(|()| book)
            });
            (entered, first.or(Some(entry.hash)))
        })?;
        Ok(book.map_err(|error| LedgerError::Book(Box::new(error)))?)
    }

    /// The contents of all orders of a book: each is the one that its id names, and says of itself what the ledger does.
    ///
    /// # Errors
    /// [`LedgerError::Document`] when one is gone, changed, no order, or unlike what the ledger says of it.
    pub fn orders(&self, book: &Book) -> Result<BTreeMap<OrderId, Order>, StateError> {
        book.orders().map(|(id, record)| Ok((id, self.order(id, record)?))).collect()
    }

    fn order(&self, id: OrderId, record: &Record) -> Result<Order, StateError> {
        let content = self.document(ContentHash::from_bytes(*id.as_bytes()))?.ok_or(DocumentError::NoOrder(id))?;
        let order = Order::read(&content).map_err(|source| DocumentError::Order { order: id, source })?;
        assert_eq!(order.id(), id, "an order's one encoding has its id as its hash, and the content was read by that");
        let pairs = [
            ("proposal", record.proposal.to_string(), order.proposal().to_string()),
            ("proposer", record.submission.key.to_string(), order.proposer().to_string()),
            ("number of steps", record.steps.len().to_string(), order.steps().len().to_string()),
        ];
        match pairs.into_iter().find(|(_, ledger, said)| ledger != said) {
            Some((what, ledger, said)) => Err(DocumentError::Unlike { order: id, what, ledger, said }.into()),
            None => Ok(order),
        }
    }
}

/// Keeps documents within a change of something else.
pub(crate) fn keep_in(change: &Transaction<'_>, documents: &[Document]) -> Result<(), StateError> {
    for document in documents {
        let bytes = document.content.len();
        if bytes > DOCUMENT_BYTES_MAX {
            return Err(DocumentError::TooLong { hash: document.hash, bytes }.into());
        }
        if kept(change, document.hash)?.is_none() {
            let values = (document.hash.to_string(), document.kind.as_str(), &document.content);
            change.execute("INSERT INTO documents (hash, kind, content) VALUES (?1, ?2, ?3)", values).asking("keep a document in")?;
        }
    }
    Ok(())
}

/// The documents that an event names. Proposals and guard rails it names by hashes of their own.
fn named_by(event: &Event) -> Vec<ContentHash> {
    match event {
        Event::OrderCreated { order, .. } => vec![ContentHash::from_bytes(*order.as_bytes())],
        Event::StepIntended { request, .. } => vec![*request],
        Event::ConfigurationChanged { before, after, .. } => before.iter().chain(after).copied().collect(),
        Event::ConnectionMade { agreement, .. } | Event::ConnectionChanged { agreement, .. } => vec![*agreement],
        Event::ConnectionVerified { findings, .. } | Event::ConnectionDrifted { findings, .. } => vec![*findings],
        Event::Reconciled { report, .. } => vec![*report],
        _ => Vec::new(),
    }
}

fn kept(db: &Connection, hash: ContentHash) -> Result<Option<String>, StateError> {
    let select = "SELECT CAST(content AS BLOB) FROM documents WHERE hash = ?1";
    let Some(content) = db.query_row(select, [hash.to_string()], |row| row.get::<_, Vec<u8>>(0)).optional().asking("read a document of")?
    else {
        return Ok(None);
    };
    let found = ContentHash::sha256(&content);
    // Only texts are kept, so what has the hash is one.
    match String::from_utf8(content) {
        Ok(content) if found == hash => Ok(Some(content)),
        _ => Err(DocumentError::Changed { hash, found }.into()),
    }
}

impl From<DocumentError> for StateError {
    fn from(error: DocumentError) -> Self {
        Self::Ledger(LedgerError::Document(Box::new(error)))
    }
}
