//! Matters (一件事): work by more than one party, declared as data and run by one engine.
//!
//! [`Definition::load`] reads a folder's texts and refuses what cannot work, with file, line and reason.
//! [`decide`] turns a command into events or a refusal, [`apply`] folds events into a [`Case`]; both are pure.
//! Clocks, routing proposals, scores, the public projection and the ledger chain are derived from the same data.
//! Invariant: no matter is known here by name; whatever is special to one stands in its folder.

// A refusal carries its two wordings and its field messages by value: it is made once per refused command.
#![allow(clippy::result_large_err)]

pub mod after;
pub mod bench;
pub mod case;
pub mod city;
pub mod clock;
pub mod command;
pub mod course;
pub mod decide;
pub mod definition;
pub mod diff;
pub mod effect;
pub mod event;
pub mod explain;
pub mod expression;
pub mod family;
pub mod form;
pub mod ledger;
pub mod migrate;
pub mod part;
pub mod public;
pub mod refusal;
pub mod routing;
pub mod scenario;
pub mod score;
pub mod simulate;
pub mod together;
pub mod view;

pub use after::{
    CallBack, CheckMethod, EffectCheck, EffectCheckDue, EffectReference, NaiveRatio, Verdict, effect_checks_due, effect_checks_to_come,
};
pub use bench::{Bench, test_bench};
pub use case::{Case, ClockState, Suspension, apply};
pub use clock::{ClockView, RungView, clocks, next_rung_at, projected_start};
pub use command::{ActorFacts, Command, Facts};
pub use decide::{AvailableAction, TableHit, available, check_form, decide, facts_for, may_open, table_hits};
pub use definition::{
    Action, Base, Definition, Effect, EffectCheckRule, EffectKind, Fault, Letter, LetterKind, ListRule, Migration, Stage, Verb,
};
pub use diff::{Change, ChangeKind, diff};
pub use effect::{Addressee, Channel, EffectDeed, EffectRef};
pub use event::{ActorRef, ClockChange, Event, Recorded};
pub use family::{ChildChange, ChildRef, ParentRef};
pub use migrate::migrate;
pub use part::{Part, PartChange, PartState};
pub use public::{PublicStep, PublicView, public_view};
pub use refusal::{Refusal, RefusalCode};
pub use routing::{Proposal, route};
pub use score::{ScoreEntry, scores, scores_of};
pub use simulate::{SimulationInput, SimulationReport, simulate};
pub use together::gate_together;
pub use view::DefinitionView;
