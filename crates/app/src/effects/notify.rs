//! Telling people: a notice in the program, and one row per recipient for ways that leave the house.

use gongzhi_civic::permission::Role;
use gongzhi_matter::{Addressee, Channel};
use gongzhi_store::cases;
use gongzhi_store::directory::{self, PersonRow};
use gongzhi_store::notices::{self, NoticeRow};
use gongzhi_store::outbox::{self, Entry, Lane, OutboxRow};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Trouble;
use super::write::{Telling, target_word};
use crate::App;

/// A message to one recipient. Their address is not in it: it is looked up when the message is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Message {
    /// Person id, or nothing for the case's reporter.
    pub person: Option<String>,
    pub subject: String,
    pub zh: String,
    pub en: String,
    pub synthetic: bool,
}

impl App {
    /// Writes the notices and one row per recipient and way, all at once.
    pub(super) async fn tell_people(&self, row: &OutboxRow) -> Result<(), Trouble> {
        let telling: Telling = serde_json::from_str(&row.body)?;
        let by = |channel: Channel| telling.channels.contains(&channel);
        let public_url = Some(self.channel_settings().await?.public_url).filter(|u| !u.is_empty()).unwrap_or_else(|| self.address());
        let mut recipients: Vec<Option<PersonRow>> = Vec::new();
        if by(Channel::Sms) || by(Channel::Email) {
            recipients = self.recipients(&telling, &row.case).await?;
        }
        let token = match cases::find(&self.database, cases::Key::Id(&row.case)).await? {
            Some(case) => case.token,
            None => String::new(),
        };
        let now = self.clock.now().0;
        let mut write = self.database.write().await?;
        if by(Channel::App) {
            for to in telling.to.iter().filter(|to| **to != Addressee::Reporter) {
                let target = target_word(to);
                let notice = NoticeRow {
                    id: 0,
                    key: format!("{}/{target}", row.key),
                    kind: telling.kind.clone(),
                    case: row.case.clone(),
                    number: telling.number.clone(),
                    title: telling.title.clone(),
                    // In the program the notice itself is the link.
                    zh: without_link(&telling.words.zh),
                    en: without_link(&telling.words.en),
                    at: row.created_at,
                    target,
                };
                notices::put(&mut write, &notice).await?;
            }
        }
        for person in &recipients {
            let link = match person {
                _ if public_url.is_empty() => String::new(),
                Some(_) => format!("{public_url}/office#/case/{}", telling.number),
                None => format!("{public_url}/#/track/{token}"),
            };
            let name = person.as_ref().map_or("reporter", |p| &p.id);
            let message = Message {
                person: person.as_ref().map(|p| p.id.clone()),
                subject: format!("{} {}", telling.number, telling.title),
                zh: telling.words.zh.replace("{link}", &link),
                en: telling.words.en.replace("{link}", &link),
                synthetic: telling.synthetic,
            };
            let ways = [
                ("sms", by(Channel::Sms) && person.as_ref().is_none_or(|p| p.phone.is_some())),
                ("email", by(Channel::Email) && person.as_ref().is_some_and(|p| p.email.is_some())),
            ];
            for (kind, _) in ways.into_iter().filter(|(_, yes)| *yes) {
                let entry = Entry {
                    key: &format!("{}/{kind}/{name}", row.key),
                    lane: Lane::Outside,
                    kind,
                    target: person.as_ref().map_or("reporter", |p| &p.name),
                    case: &row.case,
                    effect: &row.effect,
                    body: &json!(message).to_string(),
                    at: now,
                };
                outbox::put(&mut write, &entry).await?;
            }
        }
        self.close(write, row).await
    }

    /// Everybody addressed who can be reached outside, once; `None` is the reporter.
    async fn recipients(&self, telling: &Telling, case: &str) -> Result<Vec<Option<PersonRow>>, Trouble> {
        let mut people: Vec<PersonRow> = Vec::new();
        let mut reporter = false;
        for to in &telling.to {
            match to {
                Addressee::Unit(unit) => people.extend(directory::people(&self.database, Some(unit)).await?),
                Addressee::Person(id) => people.extend(directory::person_by_id(&self.database, id).await?),
                Addressee::Role(word) => {
                    let Some(role) = Role::parse(word) else { continue };
                    let units = cases::units_of(&self.database, case).await?;
                    let tree = self.units();
                    let all = directory::people(&self.database, None).await?;
                    // A role is held in many units; the words name the case, so only those who may see it are told.
                    people.extend(
                        all.into_iter()
                            .filter(|p| p.roles.contains(&role) && self.actor_of(p).sees(units.iter().map(String::as_str), &tree)),
                    );
                }
                Addressee::Reporter => {
                    reporter = cases::reporter(&self.database, case).await?.is_some_and(|(_, phone)| !phone.trim().is_empty());
                }
            }
        }
        people.retain(|p| p.active);
        people.sort_by(|a, b| a.id.cmp(&b.id));
        people.dedup_by(|a, b| a.id == b.id);
        let mut recipients: Vec<Option<PersonRow>> = people.into_iter().map(Some).collect();
        if reporter {
            recipients.push(None);
        }
        Ok(recipients)
    }
}

fn without_link(words: &str) -> String {
    words.replace("{link}", "").trim_end().to_owned()
}
