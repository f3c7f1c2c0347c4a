//! Effects between matters: opening children, acting on children, the parent or the case itself, telling a parent.

use gongzhi_matter::{ActorFacts, Command, EffectDeed};
use gongzhi_store::cases::{self, CaseRow, Key};
use gongzhi_store::outbox::OutboxRow;
use serde_json::json;

use super::Trouble;
use super::write::{Declared, News};
use crate::App;
use crate::cases::{GivenPlace, NewCase, Opener, Parenthood};
use crate::error::not_found;
use crate::journal::{PROGRAM, Signature};

impl App {
    /// Opens a child, tells the parent of it and has the declared action taken, all in the transaction that closes the row.
    pub(super) async fn open_child(&self, row: &OutboxRow) -> Result<(), Trouble> {
        let declared: Declared = serde_json::from_str(&row.body)?;
        let EffectDeed::Child { matter, fields, unit, then, mandatory, place } = declared.effect.deed else {
            return Err(unfit("child"));
        };
        let parent = self.case_row_of(&row.case).await?;
        let now = self.clock.now();
        let mut given = GivenPlace::default();
        if place {
            given = GivenPlace {
                key: parent.place_key.clone(),
                lon: parent.lon,
                lat: parent.lat,
                text: Some(parent.place_name.clone()).filter(|n| !n.is_empty()),
            };
        }
        let opener = Opener { parent: Some(Parenthood::of(&parent, mandatory)), ..Opener::program("parent", parent.synthetic) };
        let new = NewCase { matter, fields, place: given, ..NewCase::default() };
        let mut write = self.database.write().await?;
        let mut child = self.open_in(&mut write, &opener, new, &format!("{PROGRAM}:{}", row.key), now).await?;
        if let Some(action) = then {
            let mut loaded = self.unfold(child)?;
            let command = Command { action, actor: ActorFacts::system(), to_unit: unit, ..Command::default() };
            self.apply_command(&mut write, &mut loaded, &command, &Signature::program(), now).await?;
            child = loaded.row;
        }
        self.close(write, row).await?;
        for case in [&child, &parent] {
            self.tell("case", json!({ "id": case.id, "number": case.number, "stage": case.stage, "unit": case.unit }));
        }
        Ok(())
    }

    /// A child ended or was opened again: its parent hears of it.
    pub(super) async fn tell_parent(&self, row: &OutboxRow) -> Result<(), Trouble> {
        let news: News = serde_json::from_str(&row.body)?;
        let mut write = self.database.write().await?;
        self.note_child(&mut write, &news.parent, news.child).await?;
        self.close(write, row).await
    }

    /// Takes a declared action on an open child, the parent or the case itself, together with marking the row done.
    pub(super) async fn act_by_itself(&self, row: &OutboxRow) -> Result<(), Trouble> {
        let declared: Declared = serde_json::from_str(&row.body)?;
        let (case, action) = match declared.effect.deed {
            EffectDeed::Children { case, action } => {
                let child = self.case_row_of(&case).await?;
                if matches!(child.base.as_str(), "done" | "cancelled") {
                    // It ended by itself in the meantime: what was wanted is so.
                    return self.close(self.database.write().await?, row).await;
                }
                (case, action)
            }
            EffectDeed::Parent { case, action } => (case, action),
            EffectDeed::Own { action } => (row.case.clone(), action),
            _ => return Err(unfit("action")),
        };
        let command = Command { action, actor: ActorFacts::system(), ..Command::default() };
        self.command_and_close(row, &case, &command).await
    }

    async fn command_and_close(&self, row: &OutboxRow, case: &str, command: &Command) -> Result<(), Trouble> {
        let mut write = self.database.write().await?;
        let found = cases::load(&mut write, case).await?.ok_or_else(|| not_found("这件事项", "case"))?;
        let mut loaded = self.unfold(found)?;
        self.apply_command(&mut write, &mut loaded, command, &Signature::program(), self.clock.now()).await?;
        self.close(write, row).await?;
        let row = &loaded.row;
        self.tell("case", json!({ "id": row.id, "number": row.number, "stage": row.stage, "unit": row.unit }));
        Ok(())
    }

    async fn case_row_of(&self, id: &str) -> Result<CaseRow, Trouble> {
        Ok(cases::find(&self.database, Key::Id(id)).await?.ok_or_else(|| not_found("这件事项", "case"))?)
    }
}

fn unfit(what: &str) -> Trouble {
    Trouble::never("记录的内容不符", "what was written does not fit", what)
}
