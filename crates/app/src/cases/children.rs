//! Parents and children: a case that belongs to another tells it of its opening; the parent hears once.

use gongzhi_matter::{ActorFacts, ChildChange, Command, ParentRef};
use gongzhi_store::Write;
use gongzhi_store::cases::{self, CaseRow};

use crate::App;
use crate::error::{AppError, not_found};
use crate::journal::Signature;

/// The case that a new one belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Parenthood {
    /// The parent as the child knows it.
    pub parent: ParentRef,
    /// Whether the parent has to wait for the child.
    pub mandatory: bool,
}

impl Parenthood {
    /// Of this case.
    pub(crate) fn of(row: &CaseRow, mandatory: bool) -> Self {
        let parent = ParentRef { case: row.id.clone(), number: row.number.clone(), matter: row.matter.clone(), unit: row.unit.clone() };
        Self { parent, mandatory }
    }
}

impl App {
    /// Appends news of a child to the parent's stream. Told again, nothing happens: `false`.
    pub(crate) async fn note_child(&self, write: &mut Write, parent: &str, child: ChildChange) -> Result<bool, AppError> {
        let row = cases::load(write, parent).await?.ok_or_else(|| not_found("上级事项", "parent case"))?;
        let mut loaded = self.unfold(row)?;
        let command = Command { action: CHILD.to_owned(), actor: ActorFacts::system(), child: Some(child), ..Command::default() };
        match self.apply_command(write, &mut loaded, &command, &Signature::program(), self.clock.now()).await {
            Ok(()) => Ok(true),
            Err(AppError::Problem(p)) if p.code == NOTHING_NEW => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// The news of an opening.
    pub(super) fn opened(row: &CaseRow, mandatory: bool) -> Result<ChildChange, AppError> {
        let base = serde_json::from_value(serde_json::Value::String(row.base.clone())).map_err(|e| AppError::Internal(e.to_string()))?;
        Ok(ChildChange {
            case: row.id.clone(),
            number: row.number.clone(),
            matter: row.matter.clone(),
            mandatory,
            stage: row.stage.clone(),
            base,
            opened: true,
        })
    }
}

/// The engine's action for news of a child.
const CHILD: &str = "child";
/// The engine's refusal of news it knows.
const NOTHING_NEW: &str = "child_unknown";
