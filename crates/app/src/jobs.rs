//! What the program does by itself: ladders, effects, the daily anchor. Every step may run on two workers and
//! be cut off anywhere: a claim in the database decides who acts, and what was not committed did not happen.

use gongzhi_matter::{ActorFacts, Command};
use gongzhi_store::cases;
use serde_json::json;

use crate::App;
use crate::error::AppError;
use crate::journal::Signature;

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Rungs fired.
    pub rungs: usize,
    /// Effects done inside the house.
    pub effects: usize,
    /// Whether the day's anchor was taken.
    pub anchored: bool,
}

impl App {
    /// One round of everything that is due now, but for what leaves over the network ([`App::run_calls`]).
    ///
    /// # Errors
    /// What the store says; what was done before stays done.
    pub async fn run_jobs(&self) -> Result<Round, AppError> {
        let mut round = self.run_round().await?;
        round.effects += self.work_on_letters().await?;
        Ok(round)
    }

    /// The quick part of [`App::run_jobs`]: letters and foreign servers must not hold up a ladder, so a server has loops of
    /// their own for them.
    ///
    /// # Errors
    /// What the store says; what was done before stays done.
    pub async fn run_round(&self) -> Result<Round, AppError> {
        self.catch_up().await?;
        self.catch_up_calendar().await?;
        self.catch_up_definitions().await?;
        let mut round = Round { rungs: self.fire_rungs().await?, ..Round::default() };
        round.effects = self.work_inside().await?;
        self.tell_notices().await?;
        self.freeze_points().await?;
        self.forget_reporters().await?;
        round.anchored = self.anchor_ledger().await?.is_some();
        if round.anchored {
            // Once a day, as the anchor is.
            self.keep_house().await?;
            // PostgreSQL looks at its tables by itself.
            if self.database.kind() == "sqlite" {
                self.database.learn_distribution().await?;
            }
        }
        Ok(round)
    }

    /// Sees what another program wrote to the same state: an import from the command line, calls taken by a second server.
    ///
    /// # Errors
    /// What the store says.
    pub async fn catch_up(&self) -> Result<(), AppError> {
        let Ok(_one) = self.importing.try_lock() else { return Ok(()) };
        let _still = self.receiving.lock().await;
        let (import, last_id) = gongzhi_store::signals::latest(&self.database).await?;
        let mut seen = self.seen_import.lock().await;
        if *seen != import {
            self.load_network()?;
            self.load_signals().await?;
            *seen = import;
            self.tell("signal", json!({ "import": true }));
            return Ok(());
        }
        let known = self.signals().last_id();
        if last_id > known {
            let mut rows = Vec::new();
            gongzhi_store::signals::each_after(&self.database, known, |row| rows.push(row)).await?;
            self.enter_signals(&rows).await;
            for row in rows {
                self.tell(
                    "signal",
                    json!({ "id": row.id, "kind": row.kind, "class": row.class, "at": row.at, "lon": row.lon, "lat": row.lat }),
                );
            }
        }
        Ok(())
    }

    /// Fires every rung and makes every effect check that is due: claims it, records it, notifies. Twice is once.
    ///
    /// # Errors
    /// What the store says.
    pub async fn fire_rungs(&self) -> Result<usize, AppError> {
        let now = self.clock.now();
        let mut fired = 0;
        for id in cases::rungs_due(&self.database, now.0, 200).await? {
            let mut write = self.database.write().await?;
            let Some(row) = cases::load(&mut write, &id).await? else { continue };
            let before = row.sequence;
            let mut loaded = match self.unfold(row) {
                Ok(loaded) => loaded,
                Err(e) => {
                    tracing::error!(case = id, error = %e, "a case cannot be unfolded; its ladder waits");
                    continue;
                }
            };
            let due: Vec<_> = gongzhi_matter::clocks(&loaded.definition, &loaded.case, now, &self.calendar())
                .into_iter()
                .flat_map(|c| c.rungs_due)
                .collect();
            for rung in due {
                if !cases::claim_rung(&mut write, &id, &format!("{}#{}", rung.claim.clock, rung.claim.run), &rung.claim.rung, now.0).await?
                {
                    continue;
                }
                let command = Command { action: "rung".into(), actor: ActorFacts::system(), rung: Some(rung.claim), ..Command::default() };
                match self.apply_command(&mut write, &mut loaded, &command, &Signature::program(), now).await {
                    Ok(()) => fired += 1,
                    Err(AppError::Problem(p)) => tracing::warn!(case = id, code = p.code, "the engine refused a rung"),
                    Err(e) => return Err(e),
                }
            }
            for check in gongzhi_matter::effect_checks_due(&loaded.definition, &loaded.case, now, &self.calendar()) {
                fired += usize::from(self.make_effect_check(&mut write, &mut loaded, check, now).await?);
            }
            if loaded.row.sequence == before {
                // Nothing was due after all (a calendar changed): look again when the next rung comes.
                loaded.row.next_rung_at = gongzhi_matter::next_rung_at(&loaded.definition, &loaded.case, now, &self.calendar())
                    .map(|t| t.0)
                    .filter(|t| *t > now.0);
                cases::update(&mut write, &loaded.row, before).await?;
            }
            write.commit().await?;
            self.tell("clock", json!({ "id": id, "number": loaded.row.number }));
        }
        Ok(fired)
    }
}
