//! Costs as a file: all that the page shows a part of, exact. The answer is held and no text of it: the lines are written twice, first into a hash, which
//! the ledger gets, and then to whoever asked.

use super::{TOP_MAX, compares, question};
use crate::app::App;
use crate::ask::Ask;
use crate::home::blocking;
use crate::lake::{CostAnswer, CostQuestion, Granularity, Key, Refusal, of_one_snapshot};
use crate::pages::compare::{Before, before};
use crate::reply::{Trouble, written};
use axum::response::Response;
use std::sync::Arc;
use tenor_ledger::{ContentHash, ContentHasher, Event, Text};

/// What the file is made of.
struct Table {
    question: CostQuestion,
    answer: Arc<CostAnswer>,
    /// What stood before, where it was asked for and can be told.
    before: Option<Before>,
    /// Whether it was asked for, so that its columns are there either way.
    compares: bool,
}

/// The file, without a limit of groups unless the address says one. That it left is recorded, so no other site has it asked for.
pub(crate) async fn download(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    if ask.is_cross_site {
        return Err(Trouble::forbidden("the file was asked for by another site"));
    }
    let (question, compares) = (question(&ask.query)?, compares(&ask.query)?);
    let Some(user) = ask.who.user() else { return Err(Trouble::LogIn) };
    let asked = &question;
    let found = of_one_snapshot(&*app.ports.lake, |lake| async move {
        let answer = lake.cost(asked).await?;
        // Why a change is left open is said on the page.
        let before = if compares { before(&*lake, asked, &answer, TOP_MAX as usize, &mut Vec::new()).await? } else { None };
        Ok::<_, Refusal>((answer, before))
    });
    let (answer, before) = found.await?;
    let rows = u64::try_from(answer.rows.len()).expect("rows are counted");
    let table = Arc::new(Table { question, answer, before, compares });
    let hashed = Arc::clone(&table);
    let content = blocking(move || hash(&hashed)).await;
    let event = Event::DataExported { what: Text::fitted(ask.route.word.unwrap_or_default()), content, rows };
    let draft = app.home.by(&user.name, ask.now).draft(event);
    app.home.write(ask.now, move |state, random| state.append(&[draft], random)).await?;
    Ok(written("text/csv; charset=utf-8", "tenor-cost.csv", lines(table)))
}

fn hash(table: &Arc<Table>) -> ContentHash {
    let mut hasher = ContentHasher::default();
    for line in lines(Arc::clone(table)) {
        hasher.take(line.as_bytes());
    }
    hasher.finish()
}

/// The head, then a line for each row: the same whenever it is written.
fn lines(table: Arc<Table>) -> impl Iterator<Item = String> + Send + 'static {
    (0..=table.answer.rows.len()).map(move |at| match at.checked_sub(1) {
        None => table.head(),
        Some(row) => table.row(row),
    })
}

impl Table {
    fn head(&self) -> String {
        let time = match self.question.granularity {
            Granularity::Total => None,
            Granularity::Month => Some("billing_period"),
            Granularity::Day => Some("day"),
        };
        let changes = ["before", "change"].into_iter().filter(|_| self.compares);
        let heads = time.into_iter().chain(self.question.by.iter().map(String::as_str)).chain(["cost"]).chain(changes).chain(["currency"]);
        line(heads.map(field))
    }

    /// What was before is open where it cannot be told, and so is the change.
    fn row(&self, at: usize) -> String {
        let row = &self.answer.rows[at];
        let key = |key: &Key| match key {
            Key::Value(value) => field(value),
            Key::Nothing => String::new(),
            Key::Other => "other".to_owned(),
        };
        let was = self.before.as_ref().and_then(|before| before.was(row));
        let change = was.map(|was| row.cost - was);
        let changes = [was, change].map(|amount| amount.map_or_else(String::new, |amount| amount.to_string()));
        let changes = changes.into_iter().filter(|_| self.compares);
        let currency = field(self.answer.currency.as_deref().unwrap_or_default());
        let cells = row.time.iter().map(|time| field(time)).chain(row.keys.iter().map(key));
        line(cells.chain([row.cost.to_string()]).chain(changes).chain([currency]))
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(",") + "\r\n"
}

/// Quoted where it has to be; what a spreadsheet would take for a formula is told by an apostrophe not to be one.
pub(in crate::pages) fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::{Table, hash, lines};
    use crate::lake::{CostAnswer, CostQuestion, CostRow, Key};
    use crate::reply::written;
    use http_body_util::BodyExt as _;
    use std::sync::Arc;
    use tenor_ledger::ContentHash;
    use tenor_money::Money;

    fn table(rows: usize) -> Arc<Table> {
        let row = |at: usize| CostRow { time: None, keys: vec![Key::Value(format!("group {at}"))], cost: Money::from_whole(1) };
        let answer = CostAnswer { rows: (0..rows).map(row).collect(), currency: Some("USD".to_owned()), ..CostAnswer::default() };
        let question = CostQuestion { by: vec!["service".to_owned()], ..CostQuestion::default() };
        Arc::new(Table { question, answer: Arc::new(answer), before: None, compares: false })
    }

    #[tokio::test]
    async fn a_file_comes_in_pieces_and_is_the_one_that_was_hashed() {
        let table = table(20_000);
        let mut body = written("text/csv", "costs.csv", lines(Arc::clone(&table))).into_body();
        let (mut content, mut largest, mut pieces) = (Vec::new(), 0, 0);
        while let Some(frame) = body.frame().await {
            let piece = frame.unwrap().into_data().unwrap();
            (largest, pieces) = (largest.max(piece.len()), pieces + 1);
            content.extend_from_slice(&piece);
        }
        assert!(pieces > 4 && largest < 2 * (64 << 10), "{pieces} pieces, the largest of {largest} bytes");
        assert_eq!(content.iter().filter(|byte| **byte == b'\n').count(), 20_001);
        assert_eq!(ContentHash::sha256(&content), hash(&table));
    }

    #[test]
    fn what_was_before_has_its_columns_where_it_was_asked_for() {
        let asked = Table { compares: true, ..Arc::into_inner(table(1)).unwrap() };
        let file: String = lines(Arc::new(asked)).collect();
        assert_eq!(file, "service,cost,before,change,currency\r\ngroup 0,1,,,USD\r\n");
    }
}
