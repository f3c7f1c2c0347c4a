//! Demo accounts.

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

/// One demo account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Login.
    pub login: String,
    /// Password, the same for all; exists in the demo city only.
    pub password: String,
    /// Invented name.
    pub name: Text,
    /// Unit id in the template city.
    pub unit: String,
    /// Unit ids to try in order where a city has no such unit.
    pub unit_fallbacks: Vec<String>,
    /// Role ids: dispatcher, analyst, clerk, officer, leader, administrator.
    pub roles: Vec<String>,
    /// Invented number.
    pub phone: String,
}

/// The seven accounts of the demo city.
#[must_use]
pub fn people() -> Vec<Person> {
    #[allow(clippy::type_complexity)] // a table, read once
    let rows: [(&str, &str, &str, &[&str], &[&str]); 7] = [
        ("dispatcher", "陈值班", "Chen Zhiban", &["brigade-1", "bureau"], &["dispatcher"]),
        ("analyst", "林研判", "Lin Yanpan", &["bureau", "brigade-1"], &["analyst"]),
        ("clerk", "周承办", "Zhou Chengban", &["transport"], &["clerk"]),
        ("clerk2", "吴承办", "Wu Chengban", &["urban-management"], &["clerk"]),
        ("reviewer", "郑复查", "Zheng Fucha", &["brigade-1", "bureau"], &["officer"]),
        ("leader", "沈主任", "Shen Zhuren", &["commission", "bureau"], &["leader"]),
        ("admin", "管理员", "Administrator", &["commission", "bureau"], &["administrator"]),
    ];
    rows.iter()
        .enumerate()
        .map(|(index, (login, zh, en, units, roles))| Person {
            login: (*login).into(),
            password: "gongzhi-demo".into(),
            name: Text::new(*zh, *en),
            unit: units[0].into(),
            unit_fallbacks: units[1..].iter().map(|u| (*u).into()).collect(),
            roles: roles.iter().map(|r| (*r).into()).collect(),
            phone: format!("1990000000{index}"),
        })
        .collect()
}
