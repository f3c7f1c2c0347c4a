//! What a use case answers when it does not do what was asked.
//!
//! Two kinds: what the asker can mend (a [`Problem`] with code, both wordings and the field it concerns) and what only
//! the house can mend ([`AppError::Store`], [`AppError::Internal`]): the asker sees one sentence and a trace.

use std::collections::BTreeMap;

use gongzhi_civic::permission::Permission;
use gongzhi_civic::text::Text;
use gongzhi_matter::Refusal;
use gongzhi_store::StoreError;

/// Something the asker can mend.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// HTTP status that fits.
    pub status: u16,
    /// Stable code.
    pub code: String,
    /// What was refused, why, and what would help.
    pub message: Text,
    /// JSON Pointer → what is wrong there.
    pub fields: BTreeMap<String, Text>,
}

impl Problem {
    /// A problem with its wordings.
    pub fn new(status: u16, code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: Text::new(zh, en), fields: BTreeMap::new() }
    }

    /// The same problem, pointing at a field.
    #[must_use]
    pub fn at(mut self, pointer: &str, zh: &str, en: &str) -> Self {
        self.fields.insert(pointer.to_owned(), Text::new(zh, en));
        self
    }
}

/// Why a use case did not happen. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The asker can mend it.
    #[error("{}: {}", .0.code, .0.message.en)]
    Problem(Box<Problem>),
    /// Rows or files refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fault of ours.
    #[error("{0}")]
    Internal(String),
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        let join = |a: &str, b: &str| if b.is_empty() { a.to_owned() } else { format!("{a} {b}") };
        Problem {
            status: refusal.code.status(),
            code: refusal.code.as_str().to_owned(),
            message: Text::new(join(&refusal.message.zh, &refusal.remedy.zh), join(&refusal.message.en, &refusal.remedy.en)),
            fields: refusal.fields,
        }
        .into()
    }
}

/// Nobody is logged in, or the login ran out.
#[must_use]
pub fn unauthenticated() -> AppError {
    Problem::new(401, "unauthenticated", "请先登录。", "Please log in first.").into()
}

/// The actor's roles do not hold the permission.
#[must_use]
pub fn forbidden(permission: Permission) -> AppError {
    let word = permission.as_str();
    Problem::new(
        403,
        "forbidden",
        format!("您的角色没有此权限（{word}）。如有需要请联系管理员。"),
        format!("Your roles do not allow this ({word}). Ask the administrator if you need it."),
    )
    .into()
}

/// There is no such thing, or the actor may not know of it.
#[must_use]
pub fn not_found(zh: &str, en: &str) -> AppError {
    Problem::new(404, "not_found", format!("没有找到{zh}。"), format!("No such {en}.")).into()
}

/// A question that needs streets, before a road file is imported.
#[must_use]
pub(crate) fn no_roads() -> AppError {
    invalid("no_roads", "尚未导入路网。", "No roads are imported yet.")
}

/// Input that cannot be right.
#[must_use]
pub fn invalid(code: &str, zh: impl Into<String>, en: impl Into<String>) -> AppError {
    Problem::new(422, code, zh, en).into()
}
