//! Who may do what: one table, read by every door and printed by a test.
//!
//! A permission says that a role may try an act at all. What one may do to one case in one stage is the matter's own
//! business (its definition names relations and four-eyes rules); what one may see of an area or unit is a [`Scope`].

use serde::{Deserialize, Serialize};

use crate::unit::{UnitKind, UnitTree};

/// Roles of people. A person may hold several; the union of their permissions holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Command-room officer: takes calls, dispatches.
    Dispatcher,
    /// Analyst: finds hot spots, proposes hazards.
    Analyst,
    /// Clerk of a department, town or enterprise: handles what is sent to the unit.
    Clerk,
    /// Police officer on the road: finds, reviews, closes.
    Officer,
    /// Leader: sees figures, supervises, approves extensions.
    Leader,
    /// Administrator: units, people, definitions. Has no right over cases.
    Administrator,
}

/// All roles, in the order of the permission table.
pub const ROLES: [Role; 6] = [Role::Dispatcher, Role::Analyst, Role::Clerk, Role::Officer, Role::Leader, Role::Administrator];

impl Role {
    /// The word used in data and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dispatcher => "dispatcher",
            Self::Analyst => "analyst",
            Self::Clerk => "clerk",
            Self::Officer => "officer",
            Self::Leader => "leader",
            Self::Administrator => "administrator",
        }
    }

    /// Reads [`Role::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        ROLES.into_iter().find(|r| r.as_str() == word)
    }
}

macro_rules! permissions {
    ($( $(#[$doc:meta])* $name:ident = $word:literal : [$($role:ident),*] ),* $(,)?) => {
        /// An act that a door may ask leave for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $( $(#[$doc])* $name ),* }

        /// Every permission, in table order.
        pub const PERMISSIONS: &[Permission] = &[$(Permission::$name),*];

        impl Permission {
            /// The word used in answers (`signal.read`).
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// The roles that hold it.
            #[must_use]
            pub fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$(Role::$role),*]),* }
            }
        }
    };
}

permissions! {
    /// See calls and crashes, the map and the heat.
    SignalRead = "signal.read": [Dispatcher, Analyst, Officer, Leader],
    /// Take a call by form.
    SignalCreate = "signal.create": [Dispatcher, Officer],
    /// Correct class or validity.
    SignalCorrect = "signal.correct": [Dispatcher, Analyst],
    /// See ranked hot spots and their evidence.
    HotspotRead = "hotspot.read": [Dispatcher, Analyst, Officer, Leader],
    /// List, mark as treated and delist black spots.
    BlackSpotWrite = "black_spot.write": [Analyst, Officer, Leader],
    /// See cases in one's scope.
    CaseRead = "case.read": [Dispatcher, Analyst, Clerk, Officer, Leader],
    /// Open a case from the office; the definition decides who opens which matter.
    CaseOpen = "case.open": [Dispatcher, Analyst, Clerk, Officer, Leader],
    /// Act on a case; the definition decides which act.
    CaseAct = "case.act": [Dispatcher, Analyst, Clerk, Officer, Leader],
    /// Reveal a masked datum, with a purpose.
    PersonalReveal = "personal.reveal": [Dispatcher, Officer],
    /// See the scoreboard.
    ScoreRead = "score.read": [Dispatcher, Analyst, Clerk, Officer, Leader],
    /// See units and people.
    DirectoryRead = "directory.read": [Dispatcher, Analyst, Clerk, Officer, Leader, Administrator],
    /// Change units and people.
    DirectoryWrite = "directory.write": [Administrator],
    /// Edit the working calendar: every open clock moves.
    CalendarWrite = "calendar.write": [Administrator],
    /// Move cases to another version of their matter.
    CaseMigrate = "case.migrate": [Administrator],
    /// Write, try and publish versions of matters.
    MatterWrite = "matter.write": [Administrator],
    /// Give in a list whose rows become cases.
    ListWrite = "list.write": [Dispatcher, Analyst, Officer, Clerk],
    /// See what does not go on by itself, try it again, give it up.
    StuckMend = "stuck.mend": [Dispatcher, Leader, Administrator],
    /// Settings of mail, short messages and endpoints of other systems.
    ChannelsWrite = "channels.write": [Administrator],
    /// Read the ledger's events.
    LedgerRead = "ledger.read": [Leader, Administrator],
    /// Verify the ledger.
    LedgerVerify = "ledger.verify": [Leader, Administrator],
}

/// What part of the city's cases someone sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every case.
    City,
    /// Cases in which the own unit, or one below it, has or had a part.
    OwnUnits,
}

/// Somebody who acts, as the doors know them after login.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Actor {
    /// The person's id.
    pub person: String,
    /// Their name, for the ledger.
    pub name: String,
    /// Their unit.
    pub unit: String,
    /// Their unit's kind.
    pub unit_kind: UnitKind,
    /// Their roles.
    pub roles: Vec<Role>,
}

impl Actor {
    /// Whether one of the roles holds `permission`.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.iter().any(|r| permission.roles().contains(r))
    }

    /// Whether the person holds `role`.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// What part of the cases this person sees: the police command line and leaders of the commission see the city,
    /// everybody else what concerns their unit.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let commands = matches!(self.unit_kind, UnitKind::Bureau | UnitKind::Brigade | UnitKind::Squadron | UnitKind::Commission);
        let oversees = self.roles.iter().any(|r| matches!(r, Role::Dispatcher | Role::Analyst | Role::Officer | Role::Leader));
        if commands && oversees { Scope::City } else { Scope::OwnUnits }
    }

    /// Whether a case in which `units` have a part is visible to this person.
    #[must_use]
    pub fn sees<'a>(&self, units: impl IntoIterator<Item = &'a str>, tree: &UnitTree) -> bool {
        self.scope() == Scope::City || units.into_iter().any(|u| tree.is_within(u, &self.unit))
    }
}

/// The permission table as text, one row a permission: committed as `docs/permissions.md` and compared by a test.
#[must_use]
pub fn table() -> String {
    let mut out = String::from("| permission |");
    for role in ROLES {
        out.push_str(&format!(" {} |", role.as_str()));
    }
    out.push_str("\n|---|");
    out.push_str(&"---|".repeat(ROLES.len()));
    for permission in PERMISSIONS {
        out.push_str(&format!("\n| {} |", permission.as_str()));
        for role in ROLES {
            out.push_str(if permission.roles().contains(&role) { " yes |" } else { " – |" });
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(kind: UnitKind, role: Role) -> Actor {
        Actor { person: "p".into(), name: "n".into(), unit: "u".into(), unit_kind: kind, roles: vec![role] }
    }

    #[test]
    fn a_department_sees_only_its_own_and_the_command_line_sees_the_city() {
        let tree = UnitTree::default();
        assert!(!actor(UnitKind::Department, Role::Clerk).sees(["other"], &tree));
        assert!(actor(UnitKind::Department, Role::Clerk).sees(["other", "u"], &tree));
        assert!(actor(UnitKind::Bureau, Role::Dispatcher).sees(["other"], &tree));
        assert_eq!(actor(UnitKind::Department, Role::Leader).scope(), Scope::OwnUnits);
    }

    #[test]
    fn the_committed_table_is_the_table_in_force() {
        let committed = include_str!("../../../docs/permissions.md");
        assert!(committed.contains(&table()), "docs/permissions.md is stale; `make bless` writes:\n{}", table());
    }
}
