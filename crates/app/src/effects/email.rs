//! E-mail by SMTP. Without a server in the settings a mail is written to the record, as a short message is.

use gongzhi_store::directory;
use gongzhi_store::outbox::OutboxRow;
use lettre::message::{Mailbox, Message as Mail, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::channels::{Security, Smtp};
use super::notify::Message;
use super::sms::delivery_id;
use super::{ANSWER_WITHIN, Step, Trouble};
use crate::App;

impl App {
    /// Sends one mail and keeps a record of it with the address masked.
    pub(super) async fn send_email(&self, row: &OutboxRow) -> Result<(), Trouble> {
        let message: Message = serde_json::from_str(&row.body)?;
        let person = match &message.person {
            Some(id) => directory::person_by_id(&self.database, id).await?.filter(|p| p.active),
            None => None,
        };
        let Some(address) = person.and_then(|p| p.email).filter(|a| !a.is_empty()) else {
            return self.close(self.database.write().await?, row).await;
        };
        let settings = self.channel_settings().await?;
        let words = if message.en.is_empty() { message.zh.clone() } else { format!("{}\n\n{}", message.zh, message.en) };
        let adapter = match settings.smtp.as_ref().filter(|_| !message.synthetic) {
            Some(smtp) => {
                smtp.send(&address, &message.subject, &words, &delivery_id(&row.key)).await?;
                "smtp"
            }
            None => "log",
        };
        self.effects.pass(Step::Sent)?;
        self.keep_and_close(row, "email", adapter, masked(&address), &words).await
    }
}

impl Smtp {
    /// Sends one mail. The message id is the same for every try, so that a second one can be told apart.
    pub(super) async fn send(&self, to: &str, subject: &str, words: &str, id: &str) -> Result<(), Trouble> {
        let from: Mailbox =
            self.from.parse().map_err(|_| Trouble::never("发件地址无效", "the sender's address is not valid", &self.from))?;
        let to: Mailbox = to.parse().map_err(|_| Trouble::never("收件地址无效", "the recipient's address is not valid", &masked(to)))?;
        let domain = from.email.domain().to_owned();
        let mail = Mail::builder()
            .message_id(Some(format!("<{id}@{domain}>")))
            .from(from)
            .to(to)
            // A title comes from fields: a line break in it would start a header of its own.
            .subject(subject.replace(['\r', '\n'], " "))
            .header(ContentType::TEXT_PLAIN)
            .body(words.to_owned())
            .map_err(|e| Trouble::never("邮件无法生成", "the mail cannot be written", &e.to_string()))?;
        let parameters = || {
            TlsParameters::new(self.host.clone())
                .map_err(|e| Trouble::never("邮件服务器名称无效", "the mail server's name is not valid", &e.to_string()))
        };
        let tls = match self.security {
            Security::None => Tls::None,
            Security::Starttls => Tls::Required(parameters()?),
            Security::Tls => Tls::Wrapper(parameters()?),
        };
        let mut transport =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host).port(self.port).tls(tls).timeout(Some(ANSWER_WITHIN));
        if !self.user.is_empty() {
            transport = transport.credentials(Credentials::new(self.user.clone(), self.secret.clone()));
        }
        match transport.build().send(mail).await {
            Ok(_) => Ok(()),
            Err(e) if e.is_permanent() => Err(Trouble::never("邮件服务器拒收", "the mail server refused", &e.to_string())),
            Err(e) => Err(Trouble::later("邮件未能发出", "the mail could not be sent", &e.to_string())),
        }
    }
}

/// An address with all but its first letter and its domain hidden.
pub(crate) fn masked(address: &str) -> String {
    match address.split_once('@') {
        Some((name, domain)) => format!("{}***@{domain}", name.chars().take(1).collect::<String>()),
        None => "***".into(),
    }
}
