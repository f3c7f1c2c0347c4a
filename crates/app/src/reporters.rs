//! Knowing a reporter again without knowing them: a keyed digest of the number, or of the person who reports from the office.

use gongzhi_matter::Facts;
use gongzhi_store::cases::{self, CaseFilter, CaseRow};
use gongzhi_store::{Database, Write, directory};

use crate::App;
use crate::access::secret;
use crate::cases::{CasePlace, OPEN};
use crate::error::AppError;

/// The setting that keeps the key. It never leaves the house.
const KEY: &str = "reporter.key";

/// Who opens a case, as far as it concerns how often.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reporting<'a> {
    /// A citizen who left a number.
    Phone(&'a str),
    /// Somebody with an account.
    Person(&'a str),
}

/// The key of the digests, made at the first start. Two servers that start at once agree: the first one's stands.
pub(crate) async fn key(database: &Database) -> Result<[u8; 32], AppError> {
    if directory::setting(database, KEY).await?.is_none() {
        let mut write = database.write().await?;
        directory::put_first_setting(&mut write, KEY, &format!("{}{}", secret(), secret())).await?;
        write.commit().await?;
    }
    let stored = directory::setting(database, KEY).await?.unwrap_or_default();
    Ok(*blake3::hash(stored.as_bytes()).as_bytes())
}

impl App {
    /// The digest by which a reporter is known again; none for a number without digits.
    pub(crate) fn reporter_digest(&self, who: Reporting<'_>) -> Option<String> {
        let text = match who {
            Reporting::Person(id) => format!("person:{id}"),
            Reporting::Phone(phone) => {
                let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
                // 0086 and +86 are the same telephone as none.
                let digits = digits.trim_start_matches("0086");
                let digits = if digits.len() == 13 { digits.trim_start_matches("86") } else { digits };
                if digits.is_empty() {
                    return None;
                }
                format!("phone:{digits}")
            }
        };
        Some(blake3::keyed_hash(&self.reporter_key, text.as_bytes()).to_hex()[..32].to_owned())
    }

    /// Counts that a definition asks for by declaring them in its `[context]`, and no others: `reporter.today`,
    /// `reporter.days_30`, `subject.open`, `duplicate.count`. The case itself is not counted.
    pub(crate) async fn count_facts(
        &self,
        write: &mut Write,
        definition: &gongzhi_matter::Definition,
        facts: &mut Facts,
        seen: &Seen<'_>,
    ) -> Result<(), AppError> {
        let asked = |name: &str| definition.context.get(name).is_some_and(|v| v.field.is_none());
        let open = || OPEN.iter().map(|b| b.as_str().to_owned()).collect::<Vec<_>>();
        let here = || CaseFilter { matters: vec![definition.id.clone()], except: seen.case.map(str::to_owned), ..CaseFilter::default() };
        if let Some(reporter) = seen.reporter {
            let day = gongzhi_civic::time::Timestamp(seen.at).date(&self.zone);
            let midnight = day.to_zoned(self.zone.clone()).map_or(seen.at, |z| z.timestamp().as_millisecond());
            let month = seen.at - 30 * gongzhi_civic::time::DAY_MS;
            for (name, since) in [("reporter.today", midnight), ("reporter.days_30", month)] {
                if asked(name) {
                    let filter = CaseFilter {
                        reporter_key: Some(reporter.to_owned()),
                        opened_from: Some(since),
                        opened_to: Some(seen.at + 1),
                        ..here()
                    };
                    facts.set(name, cases::count_in(write, &filter).await?);
                }
            }
        }
        if let Some(key) = seen.subject.filter(|_| asked("subject.open")) {
            let filter = CaseFilter { subject_key: Some(key.to_owned()), bases: open(), ..here() };
            facts.set("subject.open", cases::count_in(write, &filter).await?);
        }
        if asked("duplicate.count") {
            facts.set("duplicate.count", self.duplicates(write, definition, seen).await?);
        }
        Ok(())
    }

    /// How many cases the declared rule calls possible duplicates.
    async fn duplicates(&self, write: &mut Write, definition: &gongzhi_matter::Definition, seen: &Seen<'_>) -> Result<i64, AppError> {
        let Some(rule) = &definition.subject.duplicates else { return Ok(0) };
        let excluded: Vec<&str> = rule.exclude.iter().map(|b| b.as_str()).collect();
        let bases = ["intake", "locate", "route", "handle", "review", "hold", "done", "cancelled"];
        let mut filter = CaseFilter {
            matters: vec![definition.id.clone()],
            bases: bases.iter().filter(|b| !excluded.contains(b)).map(|b| (*b).to_owned()).collect(),
            opened_from: Some(seen.at - crate::public::window_ms(rule.window)),
            opened_to: Some(seen.at + 1),
            except: seen.case.map(str::to_owned),
            limit: 200,
            ..CaseFilter::default()
        };
        if rule.same.iter().any(|f| f == "category")
            && let Some(category) = seen.fields.get("category").and_then(serde_json::Value::as_str)
        {
            filter.categories = vec![category.to_owned()];
        }
        let found = if crate::subjects::by_key(definition) {
            let Some(key) = seen.subject else { return Ok(0) };
            filter.subject_key = Some(key.to_owned());
            cases::list_in(write, &filter).await?
        } else {
            let Some(point) = seen.place.point else { return Ok(0) };
            let radius = f64::from(rule.radius_m);
            filter.bounds = Some(crate::public::around(point, radius));
            let rows = cases::list_in(write, &filter).await?;
            let near = |r: &CaseRow| {
                r.lon.zip(r.lat).is_some_and(|(lon, lat)| {
                    gongzhi_civic::place::haversine_m(point, gongzhi_civic::place::Point::new(lon, lat)) <= radius
                })
            };
            rows.into_iter().filter(near).collect()
        };
        let same = |r: &CaseRow| {
            let theirs = &r.body["fields"];
            rule.same.iter().all(|f| theirs.get(f) == seen.fields.get(f))
        };
        Ok(i64::try_from(found.iter().filter(|r| same(r)).count()).unwrap_or(0))
    }
}

/// What is known of a case (or of one about to be opened) when others like it are counted.
pub(crate) struct Seen<'a> {
    pub case: Option<&'a str>,
    pub reporter: Option<&'a str>,
    pub subject: Option<&'a str>,
    pub fields: &'a serde_json::Value,
    pub place: &'a CasePlace,
    pub at: i64,
}
