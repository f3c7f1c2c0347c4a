//! Effects: what follows from an event outside its case. People are told, children opened, letters made, other systems called.
//!
//! The transaction of the event writes one outbox row per effect ([`write`]); a worker does them afterwards ([`worker`]).
//! A row whose work lies in our own database is marked done in the transaction of the work itself: it happens once, however
//! often a worker dies. A row that leaves over the network carries a stable delivery id: it is sent at least once, and the
//! other side can tell a second sending from a new one. Every kind of row has its executor in one `match` in [`worker`].

pub mod channels;
pub mod notices;
pub mod stuck;
pub mod webhooks;

mod documents;
mod email;
mod matters;
mod notify;
mod signal;
mod sms;
mod worker;
mod write;

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use gongzhi_civic::text::Text;
use gongzhi_civic::time::{HOUR_MS, MINUTE_MS};

use crate::error::AppError;

pub(crate) use email::masked as masked_address;
pub use worker::{Maintenance, backoff_ms};
pub(crate) use write::Before;

/// The longest a foreign server may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a worker may hold a row.
const LEASE_MS: i64 = 10 * MINUTE_MS;
/// First pause after a failure.
const FIRST_PAUSE_MS: i64 = MINUTE_MS / 2;
/// Longest pause.
const LONGEST_PAUSE_MS: i64 = 6 * HOUR_MS;
/// Tries before a row is stuck: with the pauses above, a day and a half.
const TRIES: i64 = 14;
/// Tries of what the engine refuses: a person may just have been faster, but waiting for days helps nobody.
const TRIES_REFUSED: i64 = 6;

/// Points at which a test may cut a worker off, as a power cut would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Rows are claimed, nothing is done.
    Claimed,
    /// The work is written and not committed.
    BeforeCommit,
    /// The work is committed.
    Committed,
    /// A message or a call has left the house; that it has is not noted yet.
    Sent,
}

/// Says at each step whether to stop there.
pub type Interruption = Box<dyn FnMut(Step) -> bool + Send>;

/// What the executors share.
#[derive(Default)]
pub struct Effects {
    client: OnceLock<reqwest::Client>,
    interruption: Mutex<Option<Interruption>>,
    told: tokio::sync::Mutex<Option<i64>>,
}

impl std::fmt::Debug for Effects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Effects").finish_non_exhaustive()
    }
}

impl Effects {
    /// Lets `interruption` cut this program's workers off: for tests of what a power cut leaves behind.
    pub fn interrupt(&self, interruption: Option<Interruption>) {
        *self.interruption.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = interruption;
    }

    fn pass(&self, step: Step) -> Result<(), Trouble> {
        let mut interruption = self.interruption.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if interruption.as_mut().is_some_and(|stop| stop(step)) { Err(Trouble::Interrupted) } else { Ok(()) }
    }

    /// The client for calls to other systems: no redirects (a signed body goes where it was addressed), no proxy.
    pub(crate) fn client(&self) -> Result<&reqwest::Client, Trouble> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_WITHIN)
            .connect_timeout(ANSWER_WITHIN)
            .no_proxy()
            .user_agent(concat!("gongzhi/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| Trouble::later("无法建立对外连接", "no client for calls could be made", &e.to_string()))?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// Why a row was not done.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It may go better later: no answer, a busy server, a fault of the database.
    Later(Text),
    /// The engine refuses it as things stand.
    Refused(Text),
    /// It will never go like this; a person has to look.
    Never(Text),
    /// The lease ended meanwhile; another worker has the row. Nothing of this try stays.
    Lost,
    /// A test cut the worker off.
    Interrupted,
}

impl Trouble {
    pub(crate) fn later(zh: &str, en: &str, detail: &str) -> Self {
        Self::Later(with_detail(zh, en, detail))
    }

    pub(crate) fn never(zh: &str, en: &str, detail: &str) -> Self {
        Self::Never(with_detail(zh, en, detail))
    }
}

fn with_detail(zh: &str, en: &str, detail: &str) -> Text {
    if detail.is_empty() { Text::new(zh, en) } else { Text::new(format!("{zh}：{detail}"), format!("{en}: {detail}")) }
}

impl From<AppError> for Trouble {
    fn from(error: AppError) -> Self {
        match error {
            // Somebody wrote to the case at the same moment: the next try sees what they did.
            AppError::Problem(p) if p.code == "version_conflict" => Self::Later(p.message),
            AppError::Problem(p) => Self::Refused(p.message),
            other => Self::later("内部错误", "a fault of ours", &other.to_string()),
        }
    }
}

impl From<gongzhi_store::StoreError> for Trouble {
    fn from(error: gongzhi_store::StoreError) -> Self {
        Self::later("内部错误", "a fault of ours", &error.to_string())
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(error: serde_json::Error) -> Self {
        Self::never("记录的内容无法读取", "what was written cannot be read", &error.to_string())
    }
}
