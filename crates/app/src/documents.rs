//! Letters: made once a key, numbered without gaps, kept as a PDF, proved by anybody who holds the paper.
//!
//! A letter's stream in the ledger is `document:<id>`; its one event names the number, the digests of the file, and the
//! case's chain as it stood. So a PDF, a row or a history that was changed afterwards does not pass the check.

use std::collections::HashMap;

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::Language;
use gongzhi_civic::time::Timestamp;
use gongzhi_matter::{Letter, ledger};
use gongzhi_store::cases::{self, CaseRow, Key};
use gongzhi_store::documents::{self, By, DocumentRow};
use gongzhi_store::{StoreError, directory, events, photos};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::App;
use crate::access::{require, secret};
use crate::cases::Loaded;
use crate::error::{AppError, Problem, not_found};
use crate::form_words::date_words;
use crate::journal::{self, Signature};
use crate::letter_data::{Events, Occasion};
use crate::typeset::{Job, Typeset, letters_of, typeset};

/// How often a number may be taken by somebody else before this one gives up for now.
const ATTEMPTS: usize = 16;

/// Which letter is wanted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewDocument {
    /// The letter's id in the definition.
    pub letter: String,
    /// The sender's key: a second sending finds the first document.
    pub key: String,
}

impl App {
    /// Makes a letter for somebody who asks for it on the case's page.
    ///
    /// # Errors
    /// No permission, no such case or letter, not theirs to make, a template with faults.
    pub async fn ask_document(&self, actor: &Actor, case: &str, new: NewDocument) -> Result<DocumentRow, AppError> {
        require(actor, Permission::CaseAct)?;
        let row = self.visible(actor, case).await?;
        let loaded = self.unfold(row)?;
        let letter = loaded.definition.letter(&new.letter).ok_or_else(no_letter)?;
        if !self.letters_for(actor, &loaded).iter().any(|l| l.id == letter.id) {
            let (zh, en) = (format!("您不能制作“{}”。", letter.title.zh), format!("You may not make “{}”.", letter.title.en));
            return Err(Problem::new(403, "letter_not_yours", zh, en).into());
        }
        let key = if new.key.is_empty() { secret() } else { new.key };
        self.make_document(&loaded.row.id, &new.letter, &format!("hand:{}:{key}", actor.person), &Signature::from(actor)).await
    }

    /// The letters that this actor may make by hand for a case.
    pub(crate) fn letters_for<'d>(&self, actor: &Actor, loaded: &'d Loaded) -> Vec<&'d Letter> {
        gongzhi_matter::decide::letters(&loaded.definition, &loaded.case, &self.actor_facts(actor))
    }

    /// Makes a letter; the same key again gives the same document. A key of the outbox (`case/seq/n`) says which event
    /// asked for it.
    ///
    /// The number is the next of its series. Typesetting takes a while and is done outside the transaction, with the
    /// number that is next; if somebody else took it meanwhile, it is done again with the one after.
    ///
    /// # Errors
    /// No such case or letter, a key that made something else, every fault of the template, what the store says.
    pub async fn make_document(&self, case: &str, letter: &str, key: &str, by: &Signature) -> Result<DocumentRow, AppError> {
        if let Some(known) = self.made_before(case, letter, key).await? {
            return Ok(known);
        }
        let row = cases::find(&self.database, Key::Id(case)).await?.ok_or_else(|| not_found("这件事项", "case"))?;
        let loaded = self.unfold(row)?;
        let found = loaded.definition.letter(letter).ok_or_else(no_letter)?.clone();
        let files = cases::definition_files(&self.database, &loaded.definition.content_hash).await?;
        let files = letters_of(&serde_json::from_value(files).map_err(|e| AppError::Internal(e.to_string()))?);
        let events = self.recorded(case).await?;
        let people = self.people_of(&events, by).await?;
        let taken = self.taken(&loaded).await?;
        let synthetic = loaded.row.synthetic || self.is_demo().await?;
        // One letter after another: in one program nobody typesets in vain, and memory stays small.
        let _one = self.making.lock().await;
        let mut pictures = None;
        for _ in 0..ATTEMPTS {
            let now = self.clock.now();
            let series = found.number.zh.replace("{year}", &now.date(&self.zone).year().to_string());
            let ordinal = documents::last_ordinal(&self.database, &series).await? + 1;
            let number = number(&series, ordinal);
            let (id, code) = (uuid::Uuid::now_v7().to_string(), secret());
            let occasion = Occasion {
                letter: &found,
                number: &number,
                code: &code,
                by,
                now,
                seq: asked_by(case, key),
                people: &people,
                taken: &taken,
                synthetic,
            };
            let (data, wanted) = self.letter_data(&loaded, &events, &occasion);
            if pictures.is_none() {
                pictures = Some(self.pictures(wanted).await?);
            }
            let mut own = files.clone();
            own.extend(pictures.iter().flatten().cloned());
            let job = Job { files: own, main: found.template.clone(), data: data.clone(), identity: id.clone(), at: now };
            let templates = self.templates.clone();
            let made =
                tokio::task::spawn_blocking(move || typeset(&templates, job)).await.map_err(|e| AppError::Internal(e.to_string()))??;
            let head = events.last().map(|(row, _)| (row.seq, row.hash.clone())).unwrap_or_default();
            let row = DocumentRow {
                id,
                key: key.to_owned(),
                code,
                case: case.to_owned(),
                letter: found.id.clone(),
                title: found.title.zh.clone(),
                series,
                ordinal,
                number,
                issuer: data.pointer("/issuer/name").and_then(Value::as_str).unwrap_or_default().to_owned(),
                blob: String::new(),
                sm3: ledger::sm3_hex(&made.pdf),
                sha256: sha256(&made.pdf),
                bytes: i64::try_from(made.pdf.len()).unwrap_or(i64::MAX),
                pages: i64::try_from(made.pages).unwrap_or(0),
                public: found.public,
                made_at: now.0,
                actor: by.actor.clone(),
                unit: by.unit.clone(),
                case_seq: head.0,
                case_hash: head.1,
                data,
            };
            if let Some(row) = self.keep(row, &made, by).await? {
                self.tell("case", json!({ "id": loaded.row.id, "number": loaded.row.number, "document": row.id }));
                return Ok(row);
            }
            if let Some(known) = self.made_before(case, letter, key).await? {
                return Ok(known);
            }
        }
        Err(Problem::new(
            409,
            "number_taken",
            "文号正被其他文书占用，请稍后再试。",
            "The next number keeps being taken by other letters; try again in a while.",
        )
        .into())
    }

    /// Writes file, row and event if the number is still the next one.
    async fn keep(&self, mut row: DocumentRow, made: &Typeset, by: &Signature) -> Result<Option<DocumentRow>, AppError> {
        let mut write = self.database.write().await?;
        if documents::last_ordinal_now(&mut write, &row.series).await? + 1 != row.ordinal {
            return Ok(None);
        }
        row.blob = self.blobs.put(&made.pdf)?;
        match documents::insert(&mut write, &row).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Ok(None),
            Err(e) => return Err(e.into()),
        }
        journal::append(&mut write, &stream(&row.id), by, Timestamp(row.made_at), &[("document.made".into(), body(&row))]).await?;
        write.commit().await?;
        Ok(Some(row))
    }

    async fn made_before(&self, case: &str, letter: &str, key: &str) -> Result<Option<DocumentRow>, AppError> {
        match documents::find(&self.database, By::Key(key)).await? {
            Some(known) if known.case == case && known.letter == letter => Ok(Some(known)),
            Some(_) => Err(Problem::new(409, "key_used", "这个请求标识已用于另一份文书。", "This key has made another document.").into()),
            None => Ok(None),
        }
    }

    async fn people_of(&self, events: &Events, by: &Signature) -> Result<HashMap<String, String>, AppError> {
        let mut names = HashMap::new();
        for id in events.iter().map(|(row, _)| &row.actor).chain([&by.actor]) {
            if !names.contains_key(id)
                && let Some(person) = directory::person_by_id(&self.database, id).await?
            {
                names.insert(id.clone(), person.name);
            }
        }
        Ok(names)
    }

    async fn taken(&self, loaded: &Loaded) -> Result<HashMap<String, String>, AppError> {
        let hashes: Vec<String> = loaded.case.photos.iter().chain(&loaded.case.after_photos).cloned().collect();
        if hashes.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = photos::by_hashes(&self.database, &hashes).await?;
        Ok(rows.into_iter().filter_map(|p| Some((p.hash, p.taken_at?))).collect())
    }

    /// The pictures of a letter by the names that its data uses, small enough for paper.
    async fn pictures(&self, wanted: Vec<(String, String)>) -> Result<Vec<(String, Vec<u8>)>, AppError> {
        let blobs = self.blobs.clone();
        let work = move || {
            let mut found = Vec::with_capacity(wanted.len());
            for (file, hash) in wanted {
                let whole = blobs.get(&hash)?.ok_or_else(|| AppError::Internal(format!("photo {hash} is gone")))?;
                let small = crate::photo::for_paper(&whole).unwrap_or(whole);
                found.push((file, small));
            }
            Ok(found)
        };
        tokio::task::spawn_blocking(work).await.map_err(|e| AppError::Internal(e.to_string()))?
    }

    /// A case's documents for its page.
    pub(crate) async fn documents_of(&self, row: &CaseRow) -> Result<Vec<Value>, AppError> {
        Ok(documents::of_case(&self.database, &row.id).await?.iter().map(document_view).collect())
    }

    /// The letters of a case that its reporter may have.
    pub(crate) async fn public_documents_of(&self, row: &CaseRow) -> Result<Vec<Value>, AppError> {
        let rows = documents::of_case(&self.database, &row.id).await?;
        let url = |d: &DocumentRow| format!("/api/public/cases/{}/documents/{}", row.token, d.id);
        let one = |d: &DocumentRow| json!({ "id": d.id, "title": d.title, "number": d.number, "at": d.made_at, "url": url(d), "verify": format!("/verify/{}", d.code) });
        Ok(rows.iter().filter(|d| d.public).map(one).collect())
    }

    /// A case's documents, and the letters that this actor may make now.
    ///
    /// # Errors
    /// No permission, no such case or none of the actor's.
    pub async fn list_documents(&self, actor: &Actor, case: &str, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::CaseRead)?;
        let row = self.visible(actor, case).await?;
        let items = self.documents_of(&row).await?;
        let loaded = self.unfold(row)?;
        Ok(json!({ "items": items, "letters": letter_views(&self.letters_for(actor, &loaded), language) }))
    }

    /// A document's PDF for somebody who may see its case.
    ///
    /// # Errors
    /// No permission, no such document or none of a case of the actor's.
    pub async fn document_pdf(&self, actor: &Actor, id: &str) -> Result<(DocumentRow, Vec<u8>), AppError> {
        require(actor, Permission::CaseRead)?;
        let row = documents::find(&self.database, By::Id(id)).await?.ok_or_else(no_document)?;
        self.visible(actor, &row.case).await.map_err(|_| no_document())?;
        self.with_pdf(row)
    }

    /// A public letter's PDF for the reporter of its case, by their own link.
    ///
    /// # Errors
    /// No such link or document, or one that is not for the reporter.
    pub async fn public_document_pdf(&self, token: &str, id: &str) -> Result<(DocumentRow, Vec<u8>), AppError> {
        let case = cases::find(&self.database, Key::Token(token)).await?.ok_or_else(no_document)?;
        let row = documents::find(&self.database, By::Id(id)).await?.filter(|d| d.case == case.id && d.public);
        self.with_pdf(row.ok_or_else(no_document)?)
    }

    fn with_pdf(&self, row: DocumentRow) -> Result<(DocumentRow, Vec<u8>), AppError> {
        let pdf = self.blobs.get(&row.blob)?.ok_or_else(|| AppError::Internal(format!("the file of document {} is gone", row.id)))?;
        Ok((row, pdf))
    }

    /// Checks a document by the code on the paper: file, number, its own chain and its case's. Says nothing of what the
    /// letter is about.
    ///
    /// # Errors
    /// No document has this code.
    pub async fn check_document(&self, code: &str) -> Result<Value, AppError> {
        let row = documents::find(&self.database, By::Code(code)).await?.ok_or_else(unknown_code)?;
        let case = cases::find(&self.database, Key::Id(&row.case)).await?;
        let file = self.blobs.get(&row.blob)?.is_some_and(|pdf| ledger::sm3_hex(&pdf) == row.sm3 && sha256(&pdf) == row.sha256);
        let own = events::stream(&self.database, &stream(&row.id)).await?;
        let document = crate::ledger::verify_rows(&own).is_ok()
            && own.first().is_some_and(|e| e.at == row.made_at && serde_json::from_str::<Value>(&e.body).ok() == Some(body(&row)));
        let history = events::stream(&self.database, &format!("case:{}", row.case)).await?;
        let chain =
            crate::ledger::verify_rows(&history).is_ok() && history.iter().any(|e| e.seq == row.case_seq && e.hash == row.case_hash);
        let holds = document && chain;
        Ok(json!({
            "ok": file && holds, "number": row.number, "title": row.title, "unit": row.issuer, "at": row.made_at,
            "date": date_words(Timestamp(row.made_at).date(&self.zone)), "case_number": case.as_ref().map(|c| &c.number), "pages": row.pages, "bytes": row.bytes,
            "sm3": row.sm3, "sha256": row.sha256, "head": row.case_hash, "city": self.name(),
            "ledger": { "holds": holds, "document": document, "case": chain }, "file": file,
            "synthetic": row.data.get("synthetic").and_then(Value::as_bool).unwrap_or(false),
        }))
    }

    /// Whether a file is, bit for bit, the document of this code.
    ///
    /// # Errors
    /// No document has this code.
    pub async fn compare_document(&self, code: &str, file: &[u8]) -> Result<Value, AppError> {
        let mut checked = self.check_document(code).await?;
        let (sm3, sha256) = (ledger::sm3_hex(file), sha256(file));
        let same = checked["sm3"] == json!(sm3) && checked["sha256"] == json!(sha256);
        checked["same"] = json!(same);
        checked["given"] = json!({ "sm3": sm3, "sha256": sha256, "bytes": file.len() });
        Ok(checked)
    }
}

/// A document as pages of the office show it.
#[must_use]
pub fn document_view(d: &DocumentRow) -> Value {
    json!({ "id": d.id, "letter": d.letter, "title": d.title, "number": d.number, "at": d.made_at, "pages": d.pages, "public": d.public,
        "url": format!("/api/documents/{}", d.id), "verify": format!("/verify/{}", d.code) })
}

/// Letters that may be made, for a page.
pub(crate) fn letter_views(letters: &[&Letter], language: Language) -> Vec<Value> {
    letters.iter().map(|l| json!({ "id": l.id, "kind": l.kind, "title": l.title.get(language) })).collect()
}

fn stream(id: &str) -> String {
    format!("document:{id}")
}

/// What the ledger keeps of a document: everything by which a paper can be held against it, nothing of what it says.
fn body(d: &DocumentRow) -> Value {
    json!({
        "document": d.id, "case": d.case, "letter": d.letter, "number": d.number, "series": d.series, "ordinal": d.ordinal, "issuer": d.issuer,
        "file": d.blob, "sm3": d.sm3, "sha256": d.sha256, "bytes": d.bytes, "case_seq": d.case_seq, "case_hash": d.case_hash,
    })
}

fn number(series: &str, ordinal: i64) -> String {
    if series.contains("{n}") { series.replace("{n}", &ordinal.to_string()) } else { format!("{series}{ordinal}") }
}

/// The event that an outbox key belongs to.
fn asked_by(case: &str, key: &str) -> Option<u64> {
    key.strip_prefix(case)?.strip_prefix('/')?.split('/').next()?.parse().ok()
}

fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn no_letter() -> AppError {
    not_found("这种文书", "letter")
}

fn no_document() -> AppError {
    not_found("这份文书", "document")
}

fn unknown_code() -> AppError {
    Problem::new(
        404,
        "document_unknown",
        "没有这个验证码对应的文书。请核对验证码；核对无误的，这份文书不是本系统出具的，请勿采信。",
        "No document has this code. Check the code; if it is right, the paper was not made here: do not rely on it.",
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_its_pattern_with_year_and_place() {
        assert_eq!(number("明交安办交〔2026〕{n}号", 3), "明交安办交〔2026〕3号");
        assert_eq!(number("交办2026-", 12), "交办2026-12");
    }

    #[test]
    fn only_a_key_of_this_case_names_its_event() {
        assert_eq!(asked_by("c1", "c1/7/0"), Some(7));
        assert_eq!(asked_by("c1", "c2/7/0"), None);
        assert_eq!(asked_by("c1", "hand:p:c1/7/0"), None);
    }
}
