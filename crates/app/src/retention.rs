//! Forgetting: a reporter's name and number go when the matter's time for them is over; the case and its count stay.

use gongzhi_store::cases;
use serde_json::json;

use crate::App;
use crate::error::AppError;
use crate::journal::{self, Signature};

/// Cases a round, in one transaction.
const BATCH: i64 = 500;

impl App {
    /// Forgets the reporters whose time is over. Nothing in the ledger names them, so its chains stay whole.
    ///
    /// # Errors
    /// What the store says.
    pub async fn forget_reporters(&self) -> Result<usize, AppError> {
        let now = self.clock.now();
        let due = cases::purge_due(&self.database, now.0, BATCH).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let mut write = self.database.write().await?;
        let mut forgotten = Vec::new();
        for id in due {
            if cases::forget_reporter(&mut write, &id).await? {
                forgotten.push(id);
            }
        }
        if !forgotten.is_empty() {
            let body = json!({ "cases": forgotten, "what": "reporter" });
            journal::append(&mut write, "personal", &Signature::program(), now, &[("personal.deleted".into(), body)]).await?;
        }
        write.commit().await?;
        Ok(forgotten.len())
    }
}
