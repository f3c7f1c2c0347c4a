//! Telling other systems: endpoints with topics, and signed calls. A body holds ids, times and what the public may see
//! anyway; nothing else of a case leaves by this way.

use std::collections::BTreeSet;

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::{Language, Text};
use gongzhi_matter::EffectDeed;
use gongzhi_store::cases;
use gongzhi_store::outbox::{self, Entry, Lane, OutboxRow};
use gongzhi_store::webhooks::{self, WebhookRow};
use hmac::{Hmac, Mac as _};
use serde::Deserialize;
use serde_json::{Value, json};

use super::channels::is_web_address;
use super::sms::{delivery_id, no_answer};
use super::write::Declared;
use super::{Step, Trouble};
use crate::App;
use crate::access::{require, secret};
use crate::error::{AppError, Problem, not_found};
use crate::journal::{self, Signature};

/// Header with time and signature.
const SIGNATURE: &str = "x-gongzhi-signature";
/// Header with the delivery's id: the same for every try.
const DELIVERY: &str = "x-gongzhi-delivery";
/// Header with the topic.
const TOPIC: &str = "x-gongzhi-topic";

/// An endpoint as an administrator gives it; on a change only what is given changes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GivenWebhook {
    /// Where to post.
    pub url: Option<String>,
    /// `matter.action`, `matter.*` or `*`; none is all.
    pub topics: Option<Vec<String>>,
    /// Whether it is told.
    pub active: Option<bool>,
}

/// The value of the signature header: `t=<seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`.
#[must_use]
pub fn signature(secret: &str, seconds: i64, body: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{seconds}.{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

/// Whether an endpoint asked for this topic.
fn wants(topics: &[String], topic: &str) -> bool {
    topics.is_empty()
        || topics
            .iter()
            .any(|t| t == "*" || t == topic || t.strip_suffix('*').is_some_and(|start| start.ends_with('.') && topic.starts_with(start)))
}

impl App {
    /// Puts one delivery per endpoint that asked for the topic. The body is fixed now: every try sends the same bytes.
    pub(super) async fn address_webhooks(&self, row: &OutboxRow) -> Result<(), Trouble> {
        let declared: Declared = serde_json::from_str(&row.body)?;
        let EffectDeed::Webhook { topic } = &declared.effect.deed else {
            return Err(Trouble::never("记录的内容不符", "what was written does not fit", "webhook"));
        };
        let endpoints: Vec<WebhookRow> =
            webhooks::all(&self.database).await?.into_iter().filter(|w| w.active && wants(&w.topics, topic)).collect();
        let mut bodies = Vec::new();
        if !endpoints.is_empty() {
            let case = cases::find(&self.database, cases::Key::Id(&row.case)).await?.ok_or_else(|| not_found("这件事项", "case"))?;
            let public = match self.definitions().pinned(&case.definition).is_some_and(|d| d.public.is_some()) {
                true => self.public_view_of(&case, false, Language::Zh).await?,
                false => Value::Null,
            };
            for endpoint in endpoints {
                let key = format!("{}/{}", row.key, endpoint.id);
                let body = json!({
                    "delivery": delivery_id(&key), "topic": topic, "at": row.created_at,
                    "case": { "id": case.id, "number": case.number, "matter": case.matter, "event": declared.seq, "action": declared.action,
                        "stage": declared.stage, "unit": case.unit, "opened_at": case.opened_at, "closed_at": case.closed_at, "synthetic": case.synthetic },
                    "public": public,
                });
                bodies.push((key, endpoint.id, json!({ "topic": topic, "payload": body.to_string() }).to_string()));
            }
        }
        let mut write = self.database.write().await?;
        for (key, endpoint, body) in &bodies {
            let entry = Entry {
                key,
                lane: Lane::Outside,
                kind: "post",
                target: endpoint,
                case: &row.case,
                effect: &row.effect,
                body,
                at: self.clock.now().0,
            };
            outbox::put(&mut write, &entry).await?;
        }
        self.close(write, row).await
    }

    /// One signed call.
    pub(super) async fn post_webhook(&self, row: &OutboxRow) -> Result<(), Trouble> {
        let body: Value = serde_json::from_str(&row.body)?;
        let payload = body["payload"].as_str().unwrap_or_default();
        let endpoint = webhooks::find(&self.database, &row.target).await?.filter(|w| w.active);
        let Some(endpoint) = endpoint else {
            // Switched off since: nobody to tell any more.
            return self.close(self.database.write().await?, row).await;
        };
        let outcome = self.call(&endpoint, body["topic"].as_str().unwrap_or_default(), payload, &delivery_id(&row.key)).await;
        let mut write = self.database.write().await?;
        let now = self.clock.now().0;
        match outcome {
            Ok(()) => {
                self.effects.pass(Step::Sent)?;
                webhooks::note(&mut write, &endpoint.id, now, None).await?;
                self.close(write, row).await
            }
            Err(trouble) => {
                if let Trouble::Later(text) | Trouble::Never(text) = &trouble {
                    webhooks::note(&mut write, &endpoint.id, now, Some(&json!(text).to_string())).await?;
                    write.commit().await?;
                }
                Err(trouble)
            }
        }
    }

    async fn call(&self, endpoint: &WebhookRow, topic: &str, payload: &str, delivery: &str) -> Result<(), Trouble> {
        let request = self
            .effects
            .client()?
            .post(&endpoint.url)
            .header("content-type", "application/json")
            .header(DELIVERY, delivery)
            .header(TOPIC, topic)
            .header(SIGNATURE, signature(&endpoint.secret, self.clock.now().0 / 1000, payload))
            .body(payload.to_owned());
        let response = request.send().await.map_err(|e| no_answer(&e))?;
        match response.status() {
            status if status.is_success() => Ok(()),
            status if status.is_redirection() => Err(Trouble::never(
                "对方要求转到别处，签名的内容只发往登记的地址",
                "the endpoint redirects; a signed body goes to its address only",
                status.as_str(),
            )),
            status if status.as_u16() == 410 => Err(Trouble::never("对方已停用这个地址", "the endpoint is gone", status.as_str())),
            status => Err(Trouble::later("对方服务器拒绝", "the other server refused", status.as_str())),
        }
    }

    /// The endpoints, without their secrets.
    ///
    /// # Errors
    /// No permission.
    pub async fn list_webhooks(&self, actor: &Actor, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::ChannelsWrite)?;
        let endpoints = webhooks::all(&self.database).await?;
        Ok(json!({ "items": endpoints.iter().map(|w| view(w, language)).collect::<Vec<_>>(), "topics": self.topics() }))
    }

    /// Makes or changes an endpoint. The secret is in the answer to its making, and never again.
    ///
    /// # Errors
    /// No permission, no such endpoint, an address or topics that cannot work.
    pub async fn put_webhook(&self, actor: &Actor, id: Option<&str>, given: GivenWebhook, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::ChannelsWrite)?;
        let now = self.clock.now();
        let known = match id {
            Some(id) => Some(webhooks::find(&self.database, id).await?.ok_or_else(|| not_found("这个接收地址", "endpoint"))?),
            None => None,
        };
        let made = known.is_none();
        let mut endpoint = known.unwrap_or_else(|| WebhookRow {
            id: uuid::Uuid::now_v7().to_string(),
            url: String::new(),
            topics: Vec::new(),
            secret: format!("whs_{}{}", secret(), secret()),
            active: true,
            created_at: now.0,
            delivered_at: None,
            failure: None,
        });
        if let Some(url) = given.url {
            endpoint.url = url.trim().to_owned();
        }
        if let Some(topics) = given.topics {
            endpoint.topics = topics.into_iter().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect();
        }
        endpoint.active = given.active.unwrap_or(endpoint.active);
        let invalid = || Problem::new(422, "webhook_invalid", "接收地址的设置有误。", "The settings of the endpoint cannot work.");
        if !is_web_address(&endpoint.url) {
            return Err(invalid().at("/url", "须为 http:// 或 https:// 地址", "an http:// or https:// address").into());
        }
        let declared = self.topics();
        if let Some(unknown) = endpoint.topics.iter().find(|t| !declared.iter().any(|d| wants(std::slice::from_ref(t), d)) && *t != "*") {
            return Err(invalid().at("/topics", &format!("没有事项会发出“{unknown}”"), &format!("no matter sends “{unknown}”")).into());
        }
        let mut write = self.database.write().await?;
        webhooks::put(&mut write, &endpoint).await?;
        let body = json!({ "id": endpoint.id, "url": endpoint.url, "topics": endpoint.topics, "active": endpoint.active });
        journal::append(&mut write, "channels", &Signature::from(actor), now, &[("webhook.put".into(), body)]).await?;
        write.commit().await?;
        let mut answer = view(&endpoint, language);
        if made {
            answer["secret"] = json!(endpoint.secret);
        }
        Ok(answer)
    }

    /// Every topic that some definition in force sends.
    fn topics(&self) -> Vec<String> {
        let definitions = self.definitions();
        let mut topics: BTreeSet<String> = BTreeSet::new();
        for definition in definitions.all() {
            topics.extend(definition.effects.iter().filter_map(|e| e.topic.clone()));
        }
        topics.into_iter().collect()
    }
}

fn view(w: &WebhookRow, language: Language) -> Value {
    let failure = w.failure.as_deref().and_then(|f| serde_json::from_str::<Text>(f).ok()).map(|t| t.get(language).to_owned());
    json!({ "id": w.id, "url": w.url, "topics": w.topics, "active": w.active, "created_at": w.created_at, "delivered_at": w.delivered_at, "failure": failure })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_hmac_sha256_over_time_and_body() {
        // Made once with
        // `printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret`.
        assert_eq!(
            signature("secret", 1_700_000_000, r#"{"a":1}"#),
            "t=1700000000,v1=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686"
        );
    }

    #[test]
    fn an_endpoint_gets_the_topics_it_asked_for() {
        let topics = |t: &[&str]| t.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert!(
            wants(&[], "a.close")
                && wants(&topics(&["*"]), "a.close")
                && wants(&topics(&["a.*"]), "a.close")
                && wants(&topics(&["a.close"]), "a.close")
        );
        assert!(!wants(&topics(&["a.open", "ab.*", "a.clos*"]), "a.close"));
    }
}
