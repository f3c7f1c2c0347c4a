//! Opening a request.

use gongzhi_civic::text::Language;
use gongzhi_matter::Definition;
use gongzhi_protocol::open311::{Fault, NewRequest, Node, Place, write_time};
use gongzhi_store::cases::CaseRow;
use gongzhi_store::keys;
use serde_json::{Value, json};

use super::DoorError;
use super::services::{DESCRIPTION, fields_of};
use crate::App;
use crate::access::digest;
use crate::case_views::reporter_facts;
use crate::cases::{GivenPlace, NewCase, Opener};
use crate::journal::Signature;

/// What a client's key is good for at this door.
pub(super) const SCOPE: &str = "open311";
/// A key's last use is written down at most so often.
const USED_EVERY_MS: i64 = 3_600_000;

impl App {
    /// The key's id, if it opens this door.
    ///
    /// # Errors
    /// 403 for a key that is missing, unknown or switched off.
    pub async fn open311_key(&self, key: &str) -> Result<String, DoorError> {
        if key.is_empty() {
            return Err(Fault::forbidden("api_key was not provided (缺少 api_key，请向管理员申请)").into());
        }
        let Some(known) = keys::by_digest(&self.database, &digest(key), SCOPE).await? else {
            return Err(Fault::forbidden("api_key is not valid (api_key 无效或已停用)").into());
        };
        let now = self.clock.now().0;
        if known.used_at.is_none_or(|at| now - at > USED_EVERY_MS) {
            let mut write = self.database.write().await?;
            keys::used(&mut write, &known.id, now).await?;
            write.commit().await?;
        }
        Ok(known.id)
    }

    /// Opens a request as a case; pictures that came with it are cleaned like any other. With `once`, the client's own key of
    /// the sending, a second sending gives the first request.
    ///
    /// # Errors
    /// 403 without a valid key, 404 for an unknown service, 400 with every field that does not hold.
    pub async fn open311_open(
        &self,
        new: NewRequest,
        media: Vec<Vec<u8>>,
        once: Option<String>,
        base: &str,
        language: Language,
    ) -> Result<Node, DoorError> {
        let key = self.open311_key(&new.api_key).await?;
        let definition = self.open311_definition(&new.service)?;
        let mut photos = Vec::new();
        for bytes in media.into_iter().filter(|b| !b.is_empty()).take(9) {
            let photo = self.take_photo(bytes, "reporter").await?;
            photos.extend(photo["hash"].as_str().map(str::to_owned));
        }
        let contact = if new.phone.is_empty() { new.email.clone() } else { new.phone.clone() };
        let reporter = (!new.name.is_empty() || !contact.is_empty()).then(|| (new.name.clone(), contact));
        let account = new.account.clone();
        let case = new_case(&definition, &new, photos, once.map(|o| format!("{key}:{o}")))?;
        let opener =
            Opener { facts: reporter_facts(), by: Signature::reporter(), source: "open311", reporter, synthetic: false, parent: None };
        let row = self.open_as(opener, case, self.clock.now()).await?;
        let notice = self.notice(&definition, &row, base, language)?;
        let record = Node::Record(vec![
            ("service_request_id", super::request_id(&definition, &row).into()),
            ("service_notice", notice.into()),
            ("account_id", Node::text_or_empty(account)),
        ]);
        Ok(Node::List("request", vec![record]))
    }

    /// What is said to who reported: until when, and where to look.
    fn notice(&self, definition: &Definition, row: &CaseRow, base: &str, language: Language) -> Result<String, DoorError> {
        let case = serde_json::from_value(row.body.clone()).map_err(|e| crate::AppError::Internal(e.to_string()))?;
        let clocks = gongzhi_matter::clocks(definition, &case, self.clock.now(), &self.calendar());
        let until = clocks.iter().find(|c| c.promise).map(|c| write_time(c.due.0, &self.zone)[..10].to_owned());
        let link = format!("{base}/#/track/{}", row.token);
        Ok(match (language, until) {
            (Language::En, Some(until)) => format!("To be done by {until}. Follow it at {link}"),
            (Language::En, None) => format!("Follow it at {link}"),
            (_, Some(until)) => format!("承诺 {until} 前办结，查询进度：{link}"),
            (_, None) => format!("查询进度：{link}"),
        })
    }
}

/// A request as a new case of a matter. Links to pictures elsewhere stay words: this house fetches nothing for a stranger.
pub(super) fn new_case(definition: &Definition, new: &NewRequest, photos: Vec<String>, once: Option<String>) -> Result<NewCase, DoorError> {
    let mut fields = fields_of(definition, &new.attributes)?;
    let mut words = new.description.clone();
    for link in &new.media_urls {
        words.push_str(&format!("\n照片链接 picture: {link}"));
    }
    let words = words.trim().to_owned();
    let takes_words = definition.opening_form().is_some_and(|f| f.schema.pointer(&format!("/properties/{DESCRIPTION}")).is_some());
    if !words.is_empty() && takes_words {
        fields.insert(DESCRIPTION.to_owned(), Value::String(words));
    }
    let place = match &new.place {
        Place::Point(lat, lon) => GivenPlace { lon: Some(*lon), lat: Some(*lat), text: new.address.clone(), ..GivenPlace::default() },
        Place::Words(text) => GivenPlace { text: Some(text.clone()), ..GivenPlace::default() },
        Place::Id(key) => GivenPlace { key: Some(key.clone()), text: new.address.clone(), ..GivenPlace::default() },
    };
    Ok(NewCase {
        matter: definition.id.clone(),
        fields: Value::Object(fields),
        place,
        photos,
        evidence: json!({}),
        key: once.map(|o| format!("open311:{o}")).unwrap_or_default(),
        ..NewCase::default()
    })
}
