//! Short messages: an adapter that only writes them down (the default), and one that calls a gateway over HTTP.

use gongzhi_civic::personal::Phone;
use gongzhi_store::notices::{self, MessageRow};
use gongzhi_store::outbox::OutboxRow;
use gongzhi_store::{cases, directory};

use super::channels::{ChannelSettings, SmsAdapter};
use super::notify::Message;
use super::{Step, Trouble};
use crate::App;

/// A way to send a short message. An adapter sends or says why not; it decides nothing.
pub(super) trait SendSms {
    /// What the record of messages calls it.
    fn name(&self) -> &'static str;
    /// Sends `words` to `phone`. `key` is the same for every try of the same message.
    fn send(&self, phone: &Phone, words: &str, key: &str) -> impl Future<Output = Result<(), Trouble>> + Send;
}

/// Sends nothing: the message stands in the record, where an administrator sees what would have gone out.
struct LogOnly;

impl SendSms for LogOnly {
    fn name(&self) -> &'static str {
        "log"
    }

    async fn send(&self, _: &Phone, _: &str, _: &str) -> Result<(), Trouble> {
        Ok(())
    }
}

/// Posts to a gateway, in the shape that the city's settings describe.
struct HttpGateway<'a> {
    client: &'a reqwest::Client,
    settings: &'a ChannelSettings,
}

impl SendSms for HttpGateway<'_> {
    fn name(&self) -> &'static str {
        "http"
    }

    async fn send(&self, phone: &Phone, words: &str, key: &str) -> Result<(), Trouble> {
        let sms = &self.settings.sms;
        let mut request = self
            .client
            .post(&sms.url)
            .header("content-type", &sms.content_type)
            .header("idempotency-key", key)
            .body(sms.fill(phone.expose(), words));
        if !sms.secret.is_empty() {
            request = request.header(&sms.secret_header, &sms.secret);
        }
        let response = request.send().await.map_err(|e| no_answer(&e))?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        Err(Trouble::later("短信网关拒绝", "the message gateway refused", status.as_str()))
    }
}

/// Why a call failed, without the address: a query in it may hold a key.
pub(super) fn no_answer(e: &reqwest::Error) -> Trouble {
    let what = if e.is_timeout() {
        "timeout"
    } else if e.is_connect() {
        "connect"
    } else if e.is_builder() {
        "request"
    } else {
        "transport"
    };
    Trouble::later("对方服务器没有应答", "the other server did not answer", what)
}

/// The key of a message or a delivery as it leaves: it tells nothing about the case.
pub(super) fn delivery_id(key: &str) -> String {
    blake3::hash(key.as_bytes()).to_hex()[..32].to_owned()
}

impl App {
    /// Sends one short message and keeps a record of it with the number masked.
    pub(super) async fn send_sms(&self, row: &OutboxRow) -> Result<(), Trouble> {
        let message: Message = serde_json::from_str(&row.body)?;
        let phone = match &message.person {
            Some(id) => directory::person_by_id(&self.database, id).await?.filter(|p| p.active).and_then(|p| p.phone),
            None => cases::reporter(&self.database, &row.case).await?.map(|(_, phone)| phone),
        };
        let Some(phone) = phone.map(|p| Phone::new(&p)).filter(|p| !p.expose().is_empty()) else {
            // The number was deleted since, or the person left: nobody to tell any more.
            return self.close(self.database.write().await?, row).await;
        };
        let settings = self.channel_settings().await?;
        let id = delivery_id(&row.key);
        let adapter = match settings.sms.adapter {
            SmsAdapter::Http if !message.synthetic => {
                let gateway = HttpGateway { client: self.effects.client()?, settings: &settings };
                gateway.send(&phone, &message.zh, &id).await?;
                gateway.name()
            }
            // A made-up case must never ring a telephone.
            SmsAdapter::Http | SmsAdapter::Log => {
                LogOnly.send(&phone, &message.zh, &id).await?;
                LogOnly.name()
            }
        };
        self.effects.pass(Step::Sent)?;
        self.keep_and_close(row, "sms", adapter, phone.masked(), &message.zh).await
    }

    /// Sends a trial message at once.
    pub(super) async fn try_sms(&self, settings: &ChannelSettings, to: &str) -> Result<(), Trouble> {
        let words = "共治平台短信通道测试。Test of the message channel.";
        match settings.sms.adapter {
            SmsAdapter::Log => LogOnly.send(&Phone::new(to), words, "").await,
            SmsAdapter::Http => {
                let id = delivery_id(&uuid::Uuid::new_v4().to_string());
                HttpGateway { client: self.effects.client()?, settings }.send(&Phone::new(to), words, &id).await
            }
        }
    }

    pub(super) async fn keep_and_close(
        &self,
        row: &OutboxRow,
        channel: &str,
        adapter: &str,
        recipient: String,
        words: &str,
    ) -> Result<(), Trouble> {
        let mut write = self.database.write().await?;
        let kept = MessageRow {
            id: 0,
            key: row.key.clone(),
            channel: channel.to_owned(),
            adapter: adapter.to_owned(),
            recipient,
            case: row.case.clone(),
            words: hide_links(words),
            at: self.clock.now().0,
        };
        notices::keep_message(&mut write, &kept).await?;
        self.close(write, row).await
    }
}

/// The reporter's link is a secret; the record shows that there was one.
fn hide_links(words: &str) -> String {
    match words.split_once("/#/track/") {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
            format!("{before}/#/track/…{rest}")
        }
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_does_not_hold_the_reporters_link() {
        assert_eq!(hide_links("进展：办结。https://x/#/track/0123abc 。"), "进展：办结。https://x/#/track/… 。");
        assert_eq!(hide_links("无链接"), "无链接");
    }
}
