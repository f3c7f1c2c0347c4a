//! The settings of the ways out: where our own address is, the mail server, the message gateway. Secrets go in and never
//! come back.

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::{Language, Text};
use gongzhi_store::{directory, notices};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Trouble;
use crate::App;
use crate::access::require;
use crate::error::{AppError, Problem};
use crate::journal::{self, Signature};

const SETTING: &str = "channels";
/// What a gateway is sent where the city has not said otherwise.
const TEMPLATE: &str = r#"{"phone":"{phone}","text":"{words}"}"#;

/// All settings of channels.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelSettings {
    /// Where the program is reached from outside, for links in messages; empty leaves links out.
    pub public_url: String,
    /// The mail server; none writes mails to the record only.
    pub smtp: Option<Smtp>,
    /// Short messages.
    pub sms: Sms,
}

/// A mail server.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Smtp {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
    /// Login, or empty for none.
    pub user: String,
    /// Password.
    pub secret: String,
    /// Sender: `name <address>` or an address.
    pub from: String,
}

/// How the connection to a mail server is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Plain text that is turned into TLS before anything is said; refused where the server cannot.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None: for a relay on the same machine.
    None,
}

/// How short messages go out.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Sms {
    /// Adapter.
    pub adapter: SmsAdapter,
    /// Address of the gateway.
    pub url: String,
    /// Body with `{phone}` and `{words}`, each escaped for the content type.
    pub template: String,
    /// `application/json` or `application/x-www-form-urlencoded`.
    pub content_type: String,
    /// Header that carries the secret.
    pub secret_header: String,
    /// The whole value of that header.
    pub secret: String,
}

/// Adapters for short messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsAdapter {
    /// Written to the record, not sent.
    #[default]
    Log,
    /// Posted to a gateway.
    Http,
}

impl Default for Sms {
    fn default() -> Self {
        Self {
            adapter: SmsAdapter::Log,
            url: String::new(),
            template: TEMPLATE.into(),
            content_type: JSON.into(),
            secret_header: "authorization".into(),
            secret: String::new(),
        }
    }
}

// Neither reaches a log with its secret.
impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Sms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sms").field("adapter", &self.adapter).field("url", &self.url).finish_non_exhaustive()
    }
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

impl Sms {
    /// The body for one message.
    pub(super) fn fill(&self, phone: &str, words: &str) -> String {
        let escape = |text: &str| {
            if self.content_type == FORM {
                text.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
            } else {
                let quoted = Value::from(text).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
        };
        // In one pass: words that contain a placeholder stay words.
        self.template.split("{phone}").map(|part| part.replace("{words}", &escape(words))).collect::<Vec<String>>().join(&escape(phone))
    }
}

/// Settings as an administrator gives them; what is left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GivenChannels {
    /// Where the program is reached from outside.
    pub public_url: Option<String>,
    /// Mail server; `null` for none.
    #[serde(deserialize_with = "given")]
    pub smtp: Option<Option<GivenSmtp>>,
    /// Short messages.
    pub sms: Option<GivenSms>,
}

/// `null` is a value here: a given nothing.
fn given<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// A mail server as given. Without a secret the known one stays.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)] // the fields of `Smtp`
pub struct GivenSmtp {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: String,
    pub secret: Option<String>,
    pub from: String,
}

/// Short messages as given. Without a secret the known one stays.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)] // the fields of `Sms`
pub struct GivenSms {
    pub adapter: SmsAdapter,
    pub url: String,
    pub template: Option<String>,
    pub content_type: Option<String>,
    pub secret_header: Option<String>,
    pub secret: Option<String>,
}

impl std::fmt::Debug for GivenSmtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GivenSmtp").field("host", &self.host).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for GivenSms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GivenSms").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Which channel to try, and with whom.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Trial {
    /// `email` or `sms`.
    pub channel: String,
    /// Address or number.
    pub to: String,
}

impl ChannelSettings {
    /// What cannot work, with the field it stands in.
    pub(super) fn faults(&self) -> Vec<(&'static str, Text)> {
        let mut faults = Vec::new();
        if !self.public_url.is_empty() && !is_web_address(&self.public_url) {
            faults.push(("/public_url", Text::new("须以 http:// 或 https:// 开头", "must begin with http:// or https://")));
        }
        if let Some(smtp) = &self.smtp {
            if smtp.host.trim().is_empty() {
                faults.push(("/smtp/host", Text::new("必填", "required")));
            }
            if smtp.port == 0 {
                faults.push(("/smtp/port", Text::new("必填", "required")));
            }
            if smtp.from.parse::<lettre::message::Mailbox>().is_err() {
                faults.push(("/smtp/from", Text::new("不是有效的邮箱地址", "not an e-mail address")));
            }
            if !smtp.user.is_empty() && smtp.security == Security::None && !is_here(&smtp.host) {
                faults.push((
                    "/smtp/security",
                    Text::new("有密码时须加密（starttls 或 tls）", "with a password the connection must be secured (starttls or tls)"),
                ));
            }
        }
        if self.sms.adapter == SmsAdapter::Http {
            if !is_web_address(&self.sms.url) {
                faults.push(("/sms/url", Text::new("须以 http:// 或 https:// 开头", "must begin with http:// or https://")));
            }
            if !self.sms.template.contains("{phone}") || !self.sms.template.contains("{words}") {
                faults.push(("/sms/template", Text::new("须包含 {phone} 和 {words}", "must contain {phone} and {words}")));
            }
            if ![JSON, FORM].contains(&self.sms.content_type.as_str()) {
                faults.push(("/sms/content_type", Text::new("只支持 JSON 与表单", "JSON and forms only")));
            }
            if self.sms.secret_header.parse::<reqwest::header::HeaderName>().is_err() {
                faults.push(("/sms/secret_header", Text::new("不是有效的请求头名", "not a header name")));
            }
            if reqwest::header::HeaderValue::from_str(&self.sms.secret).is_err() {
                faults.push(("/sms/secret", Text::new("含有不能放入请求头的字符", "has characters that no header may hold")));
            }
        }
        faults
    }

    fn view(&self) -> Value {
        json!({
            "public_url": self.public_url,
            "smtp": self.smtp.as_ref().map(|s| json!({ "host": s.host, "port": s.port, "security": s.security, "user": s.user, "from": s.from, "has_secret": !s.secret.is_empty() })),
            "sms": { "adapter": self.sms.adapter, "url": self.sms.url, "template": self.sms.template, "content_type": self.sms.content_type,
                "secret_header": self.sms.secret_header, "has_secret": !self.sms.secret.is_empty() },
        })
    }

    fn changed(mut self, given: GivenChannels) -> Self {
        if let Some(url) = given.public_url {
            self.public_url = url.trim().trim_end_matches('/').to_owned();
        }
        if let Some(smtp) = given.smtp {
            let known = self.smtp.take();
            self.smtp = smtp.map(|g| Smtp {
                // A password is for the server it was given for: another host does not get it.
                secret: g.secret.unwrap_or_else(|| known.filter(|k| k.host == g.host).map(|k| k.secret).unwrap_or_default()),
                host: g.host.trim().to_owned(),
                port: g.port,
                security: g.security,
                user: g.user,
                from: g.from,
            });
        }
        if let Some(g) = given.sms {
            let known = std::mem::take(&mut self.sms);
            self.sms = Sms {
                secret: g.secret.unwrap_or(if known.url == g.url { known.secret } else { String::new() }),
                adapter: g.adapter,
                url: g.url,
                template: g.template.unwrap_or(known.template),
                content_type: g.content_type.unwrap_or(known.content_type),
                secret_header: g.secret_header.unwrap_or(known.secret_header),
            };
        }
        self
    }
}

pub(super) fn is_web_address(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.host().is_some() && u.password().is_none())
}

fn is_here(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

impl App {
    /// The settings in force.
    pub(crate) async fn channel_settings(&self) -> Result<ChannelSettings, AppError> {
        match directory::setting(&self.database, SETTING).await? {
            Some(text) => serde_json::from_str(&text).map_err(|e| AppError::Internal(format!("channels: {e}"))),
            None => Ok(ChannelSettings::default()),
        }
    }

    /// The settings for the screen, without secrets, with the newest messages.
    ///
    /// # Errors
    /// No permission.
    pub async fn channels(&self, actor: &Actor, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::ChannelsWrite)?;
        let settings = self.channel_settings().await?;
        let faults: serde_json::Map<String, Value> =
            settings.faults().into_iter().map(|(at, why)| (at.to_owned(), json!(why.get(language)))).collect();
        let messages: Vec<Value> = notices::messages(&self.database, None, 50)
            .await?
            .into_iter()
            .map(|m| json!({ "id": m.id.to_string(), "channel": m.channel, "adapter": m.adapter, "recipient": m.recipient, "words": m.words, "at": m.at }))
            .collect();
        let mut view = settings.view();
        view["faults"] = Value::Object(faults);
        view["messages"] = json!(messages);
        Ok(view)
    }

    /// Changes the settings. The ledger says who and what, without secrets.
    ///
    /// # Errors
    /// No permission, settings that cannot work.
    pub async fn put_channels(&self, actor: &Actor, given: GivenChannels, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::ChannelsWrite)?;
        let settings = self.channel_settings().await?.changed(given);
        let faults = settings.faults();
        if !faults.is_empty() {
            let mut problem = Problem::new(422, "channel_invalid", "通道设置有误。", "The settings of the channels cannot work.");
            for (at, why) in faults {
                problem = problem.at(at, &why.zh, &why.en);
            }
            return Err(problem.into());
        }
        let text = serde_json::to_string(&settings).map_err(|e| AppError::Internal(e.to_string()))?;
        let mut write = self.database.write().await?;
        directory::put_setting(&mut write, SETTING, &text).await?;
        let by = Signature::from(actor);
        journal::append(&mut write, "channels", &by, self.clock.now(), &[("channels.put".into(), settings.view())]).await?;
        write.commit().await?;
        self.channels(actor, language).await
    }

    /// Sends a trial message over a channel at once; what went wrong is the answer.
    ///
    /// # Errors
    /// No permission, an unknown channel, no recipient.
    pub async fn try_channel(&self, actor: &Actor, trial: &Trial, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::ChannelsWrite)?;
        if trial.to.trim().is_empty() {
            return Err(Problem::new(422, "field_missing", "有必填项未填写。", "A required field is missing.")
                .at("/to", "必填", "required")
                .into());
        }
        let settings = self.channel_settings().await?;
        let (adapter, outcome) = match trial.channel.as_str() {
            "sms" => (json!(settings.sms.adapter), self.try_sms(&settings, &trial.to).await),
            "email" => match &settings.smtp {
                Some(smtp) => {
                    let id = uuid::Uuid::new_v4().simple().to_string();
                    let words = "共治平台邮件通道测试。\n\nTest of the mail channel.";
                    (json!("smtp"), smtp.send(trial.to.trim(), "共治平台测试 Gongzhi test", words, &id).await)
                }
                None => (json!("log"), Ok(())),
            },
            _ => {
                return Err(Problem::new(422, "channel_unknown", "没有这个通道。", "There is no such channel.")
                    .at("/channel", "sms 或 email", "sms or email")
                    .into());
            }
        };
        let failure = match outcome {
            Ok(()) => None,
            Err(Trouble::Later(t) | Trouble::Never(t) | Trouble::Refused(t)) => Some(t.get(language).to_owned()),
            Err(Trouble::Lost | Trouble::Interrupted) => Some(String::new()),
        };
        Ok(json!({ "ok": failure.is_none(), "adapter": adapter, "failure": failure }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_break_out_of_a_gateways_body() {
        let mut sms = Sms::default();
        let body: Value = serde_json::from_str(&sms.fill("139", "说\"好\"\n{phone}\\")).unwrap();
        assert_eq!(body, json!({ "phone": "139", "text": "说\"好\"\n{phone}\\" }));
        sms.content_type = FORM.into();
        sms.template = "to={phone}&text={words}".into();
        assert_eq!(sms.fill("139", "a&to=1 中"), "to=139&text=a%26to%3D1%20%E4%B8%AD");
    }

    #[test]
    fn a_password_stays_with_its_server_and_is_never_shown() {
        let given = |json: Value| serde_json::from_value::<GivenChannels>(json).unwrap();
        let smtp = |host: &str| json!({ "smtp": { "host": host, "port": 587, "user": "u", "from": "a@b.cn" } });
        let mut first = smtp("one");
        first["smtp"]["secret"] = json!("s3cret");
        let settings = ChannelSettings::default().changed(given(first));
        assert!(settings.faults().is_empty());
        assert!(!settings.view().to_string().contains("s3cret") && !format!("{settings:?}").contains("s3cret"));
        assert_eq!(settings.clone().changed(given(smtp("one"))).smtp.unwrap().secret, "s3cret");
        assert_eq!(settings.clone().changed(given(smtp("two"))).smtp.unwrap().secret, "", "another host does not get it");
        assert!(
            settings.clone().changed(given(json!({}))).smtp.is_some() && settings.changed(given(json!({ "smtp": null }))).smtp.is_none()
        );
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        let settings = ChannelSettings {
            public_url: "gongzhi.city".into(),
            smtp: Some(Smtp { user: "u".into(), security: Security::None, host: "mail.city".into(), ..Smtp::default() }),
            sms: Sms { adapter: SmsAdapter::Http, template: "{phone}".into(), secret_header: "a b".into(), ..Sms::default() },
        };
        let places: Vec<&str> = settings.faults().into_iter().map(|f| f.0).collect();
        assert_eq!(
            places,
            ["/public_url", "/smtp/port", "/smtp/from", "/smtp/security", "/sms/url", "/sms/template", "/sms/secret_header"]
        );
    }
}
