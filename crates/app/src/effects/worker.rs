//! Working off the outbox: claim, execute by kind, note the outcome, try again with growing pauses.

use futures_util::StreamExt as _;
use gongzhi_civic::text::Text;
use gongzhi_civic::time::DAY_MS;
use gongzhi_store::outbox::{self, Lane, OutboxRow};
use gongzhi_store::{Write, notices};
use serde_json::json;

use super::{FIRST_PAUSE_MS, LEASE_MS, LONGEST_PAUSE_MS, Step, TRIES, TRIES_REFUSED, Trouble};
use crate::App;
use crate::error::AppError;
use crate::open311;

/// Rows taken at once.
const BATCH: i64 = 32;
/// Batches in one round, so that ladders come to their turn.
const BATCHES: usize = 64;
/// Calls that leave the house at the same time.
const AT_ONCE: usize = 8;
/// How long a row that is over is kept, for the case's page and for questions.
const KEEP_DAYS: i64 = 30;
/// How long notices and messages are kept.
const KEEP_NOTICES_DAYS: i64 = 365;
/// Rows deleted in one statement.
const PRUNE: i64 = 5_000;

/// What housekeeping removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// Outbox rows that were over long ago.
    pub outbox: u64,
    /// Old notices and messages.
    pub notices: u64,
}

/// The pause before the try after `attempts` failures: doubling from half a minute to six hours, and up to a quarter more,
/// by the key, so that what failed together does not come back together.
#[must_use]
pub fn backoff_ms(key: &str, attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    let pause = FIRST_PAUSE_MS.saturating_mul(1 << doublings).min(LONGEST_PAUSE_MS);
    let digest = blake3::hash(format!("{key}#{attempts}").as_bytes());
    let share = i64::from(u16::from_le_bytes([digest.as_bytes()[0], digest.as_bytes()[1]]));
    (pause + pause / 4 * share / i64::from(u16::MAX)).min(LONGEST_PAUSE_MS)
}

impl App {
    /// Does what is due and needs only our own database.
    ///
    /// # Errors
    /// What the store says; what was done stays done, what was claimed comes back.
    pub async fn work_inside(&self) -> Result<usize, AppError> {
        self.work_through(Lane::Inside).await
    }

    /// One row after another, in the order of putting: an effect of an event may lean on the one before it.
    async fn work_through(&self, lane: Lane) -> Result<usize, AppError> {
        let mut done = 0;
        for _ in 0..BATCHES {
            let rows = self.claim(lane).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                done += usize::from(self.work_off(row).await?);
            }
        }
        Ok(done)
    }

    /// Makes the letters that are due, one after another.
    ///
    /// # Errors
    /// What the store says; what was done stays done, what was claimed comes back.
    pub async fn work_on_letters(&self) -> Result<usize, AppError> {
        self.work_through(Lane::Paper).await
    }

    /// One round of everything that leaves over the network: other Open311 servers are asked, rows are worked off.
    ///
    /// # Errors
    /// What the store says.
    pub async fn run_calls(&self) -> Result<usize, AppError> {
        Ok(self.exchange_open311().await? + self.work_outside().await?)
    }

    /// Does what is due and leaves over the network, several at a time.
    ///
    /// # Errors
    /// What the store says; what was done stays done, what was claimed comes back.
    pub async fn work_outside(&self) -> Result<usize, AppError> {
        let mut done = 0;
        for _ in 0..BATCHES {
            let rows = self.claim(Lane::Outside).await?;
            if rows.is_empty() {
                break;
            }
            let mut tries = futures_util::stream::iter(rows).map(|row| async move { self.work_off(&row).await }).buffer_unordered(AT_ONCE);
            while let Some(outcome) = tries.next().await {
                done += usize::from(outcome?);
            }
        }
        Ok(done)
    }

    async fn claim(&self, lane: Lane) -> Result<Vec<OutboxRow>, AppError> {
        // A lease has to last for the whole batch: letters are taken few at a time.
        let batch = if lane == Lane::Paper { BATCH / 8 } else { BATCH };
        let lease = uuid::Uuid::new_v4().simple().to_string();
        // On a clock that runs fast a lease of shown minutes would be over at once.
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
        let length = (LEASE_MS as f64 * self.clock.speed().max(1.0)) as i64;
        let rows = outbox::claim(&self.database, lane, &lease, self.clock.now().0, length, batch).await?;
        if !rows.is_empty() {
            self.effects.pass(Step::Claimed).map_err(|_| interrupted())?;
        }
        Ok(rows)
    }

    /// One try of one row. `true`: it is done now.
    async fn work_off(&self, row: &OutboxRow) -> Result<bool, AppError> {
        let trouble = match self.execute(row).await {
            Ok(()) => return Ok(true),
            Err(trouble) => trouble,
        };
        let attempts = row.attempts + 1;
        let (failure, tries) = match trouble {
            Trouble::Later(text) => (text, TRIES),
            Trouble::Refused(text) => (text, TRIES_REFUSED),
            Trouble::Never(text) => (text, 0),
            Trouble::Lost => return Ok(false),
            Trouble::Interrupted => return Err(interrupted()),
        };
        let now = self.clock.now().0;
        let again = (attempts < tries).then(|| now + backoff_ms(&row.key, attempts));
        let stuck = again.is_none();
        tracing::warn!(row = row.id, kind = row.kind, attempts, stuck, failure = failure.en, "an effect failed");
        let mut write = self.database.write().await?;
        outbox::fail(&mut write, row, again, now, &failure_text(&failure)).await?;
        write.commit().await?;
        if stuck {
            self.tell("stuck", json!({ "id": row.id.to_string() }));
        }
        Ok(false)
    }

    /// Every kind of row and who does it. An executor does its work and [`App::close`]s the row in one transaction.
    async fn execute(&self, row: &OutboxRow) -> Result<(), Trouble> {
        match row.kind.as_str() {
            "notify" => self.tell_people(row).await,
            "child" => self.open_child(row).await,
            "children" | "parent" | "self" => self.act_by_itself(row).await,
            "child_news" => self.tell_parent(row).await,
            "document" => self.write_document(row).await,
            "signal" => self.raise_signal(row).await,
            "webhook" => self.address_webhooks(row).await,
            "post" => self.post_webhook(row).await,
            "sms" => self.send_sms(row).await,
            "email" => self.send_email(row).await,
            open311::PUSH | open311::PULL => self.exchange_errand(row).await,
            other => Err(Trouble::never("程序不认识这种任务", "this program does not know this kind", other)),
        }
    }

    /// An errand between Open311 servers: idempotent by the link that it leaves behind.
    async fn exchange_errand(&self, row: &OutboxRow) -> Result<(), Trouble> {
        let body = serde_json::from_str(&row.body)?;
        self.run_open311(&row.kind, &row.target, &body).await.map_err(|words| Trouble::Later(Text::new(words.clone(), words)))?;
        self.effects.pass(Step::Sent)?;
        self.close(self.database.write().await?, row).await
    }

    /// Marks the row done in the transaction of its work, and commits both. If the lease has ended, neither happens.
    pub(crate) async fn close(&self, mut write: Write, row: &OutboxRow) -> Result<(), Trouble> {
        if !outbox::finish(&mut write, row, self.clock.now().0).await? {
            return Err(Trouble::Lost);
        }
        self.effects.pass(Step::BeforeCommit)?;
        write.commit().await?;
        self.effects.pass(Step::Committed)
    }

    /// Tells listeners of this program about notices that any program wrote.
    ///
    /// # Errors
    /// What the store says.
    pub async fn tell_notices(&self) -> Result<(), AppError> {
        let mut told = self.effects.told.lock().await;
        let Some(last) = *told else {
            *told = Some(notices::last(&self.database).await?);
            return Ok(());
        };
        for notice in notices::after(&self.database, last, 1_000).await? {
            *told = Some(notice.id);
            self.tell("notice", json!({ "id": notice.id.to_string(), "target": notice.target, "kind": notice.kind, "case": notice.case }));
        }
        Ok(())
    }

    /// Removes what is over for long, so that tables that only pass things on stay small.
    ///
    /// # Errors
    /// What the store says.
    pub async fn keep_house(&self) -> Result<Maintenance, AppError> {
        let now = self.clock.now().0;
        let mut removed = Maintenance::default();
        loop {
            let mut write = self.database.write().await?;
            let gone = outbox::prune(&mut write, now - KEEP_DAYS * DAY_MS, PRUNE).await?;
            write.commit().await?;
            removed.outbox += gone;
            if gone == 0 {
                break;
            }
        }
        let mut write = self.database.write().await?;
        removed.notices = notices::prune(&mut write, now - KEEP_NOTICES_DAYS * DAY_MS).await?;
        write.commit().await?;
        Ok(removed)
    }
}

fn interrupted() -> AppError {
    AppError::Internal("the worker was cut off".into())
}

/// A failure as the row keeps it: both wordings.
fn failure_text(failure: &Text) -> String {
    json!({ "zh": shortened(&failure.zh), "en": shortened(&failure.en) }).to_string()
}

fn shortened(text: &str) -> String {
    text.chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_half_a_minute_to_six_hours_and_spread() {
        assert!((30_000..=37_500).contains(&backoff_ms("c/1/0", 1)));
        let pauses: Vec<i64> = (1..=14).map(|n| backoff_ms("c/1/0", n)).collect();
        assert!(pauses.windows(2).all(|w| w[0] < w[1] || w[1] == LONGEST_PAUSE_MS), "{pauses:?}");
        assert_eq!(pauses[13], LONGEST_PAUSE_MS);
        assert_eq!(backoff_ms("c/1/0", 3), backoff_ms("c/1/0", 3), "the same try of the same row always waits the same time");
        assert_ne!(backoff_ms("c/1/0", 3), backoff_ms("c/2/0", 3));
        assert_eq!(backoff_ms("k", i64::MAX), LONGEST_PAUSE_MS);
    }
}
