//! Letters that an effect asks for.

use gongzhi_matter::EffectDeed;
use gongzhi_store::outbox::OutboxRow;

use super::Trouble;
use super::write::Declared;
use crate::App;
use crate::journal::Signature;

impl App {
    /// Has the letter made under the row's key: the second try finds the first one's letter.
    pub(super) async fn write_document(&self, row: &OutboxRow) -> Result<(), Trouble> {
        let declared: Declared = serde_json::from_str(&row.body)?;
        let EffectDeed::Document { letter } = declared.effect.deed else {
            return Err(Trouble::never("记录的内容不符", "what was written does not fit", "document"));
        };
        self.make_document(&row.case, &letter, &row.key, &Signature::program()).await?;
        self.close(self.database.write().await?, row).await
    }
}
