//! What clients ask: pairs of names and values, checked.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{Fault, parse_time};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// The span of a list when none is given, and the largest one: 90 days.
const SPAN_MS: i64 = 90 * DAY_MS;
/// Requests in one answer when no page size is given, and the largest page.
pub const PAGE: usize = 1_000;

/// Open or closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Being worked on, or waiting.
    Open,
    /// Ended.
    Closed,
}

/// Names and values of a query string or a form, `+` and `%xx` resolved. Broken escapes stay as they are.
#[must_use]
pub fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|p| !p.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescape(name), unescape(value))
        })
        .collect()
}

fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = |b: u8| char::from(b).to_digit(16);
        match (bytes[i], bytes.get(i + 1).copied().and_then(hex), bytes.get(i + 2).copied().and_then(hex)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                i += 3;
                continue;
            }
            (b'+', ..) => out.push(b' '),
            (byte, ..) => out.push(byte),
        }
        i += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The first value of a name; an empty one counts as absent.
fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim()).filter(|v| !v.is_empty())
}

fn listed(pairs: &[(String, String)], name: &str) -> Vec<String> {
    let all = pairs.iter().filter(|(n, _)| n == name).flat_map(|(_, v)| v.split(','));
    all.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()).collect()
}

fn instant(pairs: &[(String, String)], name: &str, zone: &TimeZone) -> Result<Option<i64>, Fault> {
    let Some(text) = first(pairs, name) else { return Ok(None) };
    parse_time(text, zone).map(Some).ok_or_else(|| {
        Fault::bad(format!("{name}: '{text}' is no date and time; write 2026-11-22T08:30:00+08:00 ({name} 不是有效的日期时间)"))
    })
}

/// What `GET requests` asks for. `ids` overrides everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Request ids.
    pub ids: Vec<String>,
    /// Service codes; none means all.
    pub services: Vec<String>,
    /// Statuses; none means both.
    pub statuses: Vec<Status>,
    /// Requested at or after, epoch milliseconds.
    pub from: i64,
    /// Requested at or before.
    pub to: i64,
    /// Updated at or after.
    pub updated_from: Option<i64>,
    /// Updated at or before.
    pub updated_to: Option<i64>,
    /// Requests to pass over.
    pub offset: usize,
    /// Requests at most.
    pub limit: usize,
    /// Whether extensions (attributes, notes) are wanted.
    pub extensions: bool,
}

impl ListQuery {
    /// Reads a query. Both ends of the span hold together; without them it is the 90 days before `now`.
    ///
    /// # Errors
    /// A value that cannot be read, or a span that ends before it starts.
    pub fn read(pairs: &[(String, String)], now: i64, zone: &TimeZone) -> Result<Self, Fault> {
        let (start, end) = (instant(pairs, "start_date", zone)?, instant(pairs, "end_date", zone)?);
        let (updated_from, updated_to) = (instant(pairs, "updated_after", zone)?, instant(pairs, "updated_before", zone)?);
        // Who asks by the time of change wants old requests too.
        let by_change = updated_from.is_some() || updated_to.is_some();
        let (from, to) = match (start, end) {
            (Some(start), Some(end)) if start > end => {
                return Err(Fault::bad("start_date lies after end_date (start_date 晚于 end_date)"));
            }
            // More than 90 days are not promised by the specification: the newest 90 are given.
            (Some(start), Some(end)) => (start.max(end.saturating_sub(SPAN_MS)), end),
            (Some(start), None) => (start, start.saturating_add(SPAN_MS)),
            (None, Some(end)) => (end.saturating_sub(SPAN_MS), end),
            (None, None) if by_change => (i64::MIN, i64::MAX),
            (None, None) => (now.saturating_sub(SPAN_MS), now),
        };
        let mut statuses = Vec::new();
        for word in listed(pairs, "status") {
            statuses.push(match word.to_ascii_lowercase().as_str() {
                "open" => Status::Open,
                "closed" => Status::Closed,
                other => return Err(Fault::bad(format!("status: '{other}' is neither open nor closed (status 只能是 open 或 closed)"))),
            });
        }
        let whole = |name: &str, default: usize, least: usize| match first(pairs, name) {
            None => Ok(default),
            Some(text) => text
                .parse::<usize>()
                .ok()
                .filter(|n| *n >= least)
                .ok_or_else(|| Fault::bad(format!("{name}: '{text}' is no number from {least} ({name} 不是有效的数)"))),
        };
        let limit = whole("page_size", PAGE, 1)?.min(PAGE);
        let page = whole("page", 1, 1)?;
        Ok(Self {
            ids: listed(pairs, "service_request_id"),
            services: listed(pairs, "service_code"),
            statuses,
            from,
            to,
            updated_from,
            updated_to,
            offset: (page - 1).saturating_mul(limit),
            limit,
            extensions: first(pairs, "extensions").is_some_and(|v| v.eq_ignore_ascii_case("true")),
        })
    }
}

/// Where a new request is.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// WGS-84: latitude, longitude.
    Point(f64, f64),
    /// In words.
    Words(String),
    /// An id of ours: the key of a crossing or a section.
    Id(String),
}

/// A request to open.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRequest {
    /// The client's key.
    pub api_key: String,
    /// Service.
    pub service: String,
    /// Where; a point wins over words when both are given.
    pub place: Place,
    /// The place in words beside a point.
    pub address: Option<String>,
    /// Answers by attribute code.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Words, at most 4,000 characters.
    pub description: String,
    /// Links to pictures elsewhere.
    pub media_urls: Vec<String>,
    /// First and last name as given.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// E-mail.
    pub email: String,
    /// The client's account.
    pub account: Option<String>,
}

impl NewRequest {
    /// Reads a form.
    ///
    /// # Errors
    /// Missing service or place, a point that is none, a description that is too long.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, Fault> {
        let word = |name: &str| first(pairs, name).map(str::to_owned);
        let service = word("service_code").ok_or_else(|| Fault::bad("service_code was not provided (缺少 service_code)"))?;
        let address = word("address_string");
        let degrees = |name: &str, most: f64| match first(pairs, name) {
            None => Ok(None),
            Some(text) => text
                .parse::<f64>()
                .ok()
                .filter(|d| d.is_finite() && d.abs() <= most)
                .map(Some)
                .ok_or_else(|| Fault::bad(format!("{name}: '{text}' is no degree ({name} 不是有效的度数)"))),
        };
        let place = match (degrees("lat", 90.0)?, degrees("long", 180.0)?) {
            (Some(lat), Some(lon)) => Place::Point(lat, lon),
            (None, None) => match (word("address_id"), &address) {
                (Some(id), _) => Place::Id(id),
                (None, Some(words)) => Place::Words(words.clone()),
                (None, None) => {
                    return Err(Fault::bad(
                        "lat and long, address_string or address_id must be provided (缺少 lat/long、address_string 或 address_id)",
                    ));
                }
            },
            _ => return Err(Fault::bad("lat and long must come together (lat 与 long 必须同时提供)")),
        };
        let description = word("description").unwrap_or_default();
        if description.chars().count() > 4_000 {
            return Err(Fault::bad("description has more than 4,000 characters (description 超过 4000 字)"));
        }
        let mut attributes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            let code = name.strip_prefix("attribute[").and_then(|n| n.strip_suffix("[]").unwrap_or(n).strip_suffix(']'));
            if let Some(code) = code.filter(|c| !c.is_empty())
                && !value.trim().is_empty()
            {
                attributes.entry(code.to_owned()).or_default().push(value.trim().to_owned());
            }
        }
        // Family names come first in Chinese, and are written without a space.
        let (given, family) = (word("first_name").unwrap_or_default(), word("last_name").unwrap_or_default());
        let name =
            if given.is_ascii() && family.is_ascii() { format!("{given} {family}").trim().to_owned() } else { format!("{family}{given}") };
        Ok(Self {
            api_key: word("api_key").unwrap_or_default(),
            service,
            place,
            address,
            attributes,
            description,
            media_urls: pairs
                .iter()
                .filter(|(n, v)| (n == "media_url" || n == "media_url[]") && !v.trim().is_empty())
                .map(|(_, v)| v.trim().to_owned())
                .collect(),
            name,
            phone: word("phone").unwrap_or_default(),
            email: word("email").unwrap_or_default(),
            account: word("account_id"),
        })
    }
}

/// What `GET servicerequestupdates` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateQuery {
    /// From, epoch milliseconds.
    pub from: i64,
    /// To.
    pub to: i64,
}

impl UpdateQuery {
    /// Reads a query; without dates it is the last day. At most 90 days, the newest.
    ///
    /// # Errors
    /// Dates that cannot be read or are reversed.
    pub fn read(pairs: &[(String, String)], now: i64, zone: &TimeZone) -> Result<Self, Fault> {
        let to = instant(pairs, "end_date", zone)?.unwrap_or(now);
        let from = instant(pairs, "start_date", zone)?.unwrap_or(to - DAY_MS);
        if from > to {
            return Err(Fault::bad("start_date lies after end_date (start_date 晚于 end_date)"));
        }
        Ok(Self { from: from.max(to.saturating_sub(SPAN_MS)), to })
    }
}

/// An update that another system posts about one of our requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUpdate {
    /// The client's key.
    pub api_key: String,
    /// The sender's id of the update: the same again changes nothing.
    pub update: String,
    /// Our request.
    pub request: String,
    /// Status word in capitals.
    pub status: String,
    /// When, epoch milliseconds.
    pub at: i64,
    /// Words.
    pub description: String,
}

/// The status words of the update extension.
const STATUSES: [&str; 13] = [
    "OPEN",
    "CLOSED",
    "FIXED",
    "IN_PROGRESS",
    "ACTION_SCHEDULED",
    "INVESTIGATING",
    "DUPLICATE",
    "NOT_COUNCILS_RESPONSIBILITY",
    "NO_FURTHER_ACTION",
    "INTERNAL_REFERRAL",
    "FOR_TRIAGE",
    "CANCELLED",
    "REOPEN",
];

impl NewUpdate {
    /// Reads a form.
    ///
    /// # Errors
    /// Missing ids, an unknown status, a time that is none.
    pub fn read(pairs: &[(String, String)], zone: &TimeZone) -> Result<Self, Fault> {
        let needed =
            |name: &str| first(pairs, name).map(str::to_owned).ok_or_else(|| Fault::bad(format!("{name} was not provided (缺少 {name})")));
        let status = needed("status")?.to_ascii_uppercase();
        if !STATUSES.contains(&status.as_str()) {
            return Err(Fault::bad(format!("status: '{status}' is unknown; one of {} (未知的 status)", STATUSES.join(", "))));
        }
        let at = instant(pairs, "updated_datetime", zone)?
            .ok_or_else(|| Fault::bad("updated_datetime was not provided (缺少 updated_datetime)"))?;
        Ok(Self {
            api_key: first(pairs, "api_key").unwrap_or_default().to_owned(),
            update: needed("update_id")?,
            request: needed("service_request_id")?,
            status,
            at,
            description: first(pairs, "description").unwrap_or_default().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Result<ListQuery, Fault> {
        ListQuery::read(&pairs(text), 1_000 * DAY_MS, &TimeZone::UTC)
    }

    #[test]
    fn start_and_end_hold_together_and_the_span_is_bounded() {
        let both = query("start_date=2026-01-01T00:00:00Z&end_date=2026-01-10T00:00:00.500Z").unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!(both.to - both.from, 9 * DAY_MS + 500);
        let long = query("start_date=2020-01-01&end_date=2026-01-10").unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!(long.to - long.from, SPAN_MS);
        let none = query("service_code=&status=&start_date=").unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!((none.from, none.to, none.limit, none.services.len()), (910 * DAY_MS, 1_000 * DAY_MS, 1_000, 0));
        let changed = query("updated_after=2026-01-01T00:00:00Z&page=3&page_size=200").unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!((changed.from, changed.offset, changed.limit), (i64::MIN, 400, 200));
        for bad in ["status=fixed", "start_date=soon", "page=0", "page_size=x", "start_date=2026-02-01&end_date=2026-01-01"] {
            assert_eq!(query(bad).map(|_| ()).map_err(|f| f.status), Err(400), "{bad}");
        }
    }

    #[test]
    fn a_form_is_read_as_clients_write_it() {
        let text = "api_key=k&service_code=HZ&lat=30.25&long=120.16&attribute[affects][]=car&attribute[affects][]=bicycle&attribute%5Bkind%5D=lamp&first_name=%E4%B8%89&last_name=%E5%BC%A0&description=%E8%B7%AF%E7%81%AF+%E4%B8%8D%E4%BA%AE&deviceid=1";
        let new = NewRequest::read(&pairs(text)).unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!(new.place, Place::Point(30.25, 120.16));
        assert_eq!(new.attributes["affects"], ["car", "bicycle"]);
        assert_eq!(new.attributes["kind"], ["lamp"]);
        assert_eq!((new.name.as_str(), new.description.as_str()), ("张三", "路灯 不亮"));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (text, word) in [
            ("lat=1&long=2", "service_code"),
            ("service_code=HZ", "address_string"),
            ("service_code=HZ&lat=1", "together"),
            ("service_code=HZ&lat=91&long=2", "lat"),
            ("service_code=HZ&lat=NaN&long=2", "lat"),
        ] {
            match NewRequest::read(&pairs(text)) {
                Err(fault) => assert!(fault.status == 400 && fault.description.contains(word), "{text}: {fault:?}"),
                Ok(_) => panic!("{text} was taken"),
            }
        }
        assert!(
            NewUpdate::read(&pairs("update_id=1&service_request_id=2&status=SOLVED&updated_datetime=2026-01-01"), &TimeZone::UTC).is_err()
        );
    }
}
