//! Kilometre posts as data, and a department's own list of them.

use gongzhi_civic::place::Point;
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use super::StakeText;

/// Direction of travel by the stakes. JTG 5210-2018 and everyday use: 上行 runs with growing stakes, 下行 against them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sense {
    /// 上行: stakes grow.
    Increasing,
    /// 下行: stakes fall.
    Decreasing,
}

impl Sense {
    /// Reads 上行, 下行, up, down, increasing, decreasing.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Some(match text.trim().to_lowercase().as_str() {
            "上行" | "上" | "up" | "increasing" | "+" => Self::Increasing,
            "下行" | "下" | "down" | "decreasing" | "-" => Self::Decreasing,
            _ => return None,
        })
    }

    /// 上行 or 下行.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Increasing => Text::new("上行", "towards growing stakes"),
            Self::Decreasing => Text::new("下行", "towards falling stakes"),
        }
    }
}

/// Where a post is known from, the most trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostSource {
    /// Surveyed, or typed in by the department that keeps the road.
    Survey,
    /// Mapped (`highway=milestone`).
    Map,
    /// A solved incident that had both a stake and a position.
    Incident,
    /// A structure of known stake: bridge, tunnel mouth, county border.
    Structure,
}

impl PostSource {
    /// Trust relative to a survey.
    pub(super) const fn weight(self) -> f64 {
        match self {
            Self::Survey => 1.0,
            Self::Map => 0.8,
            Self::Incident => 0.4,
            Self::Structure => 0.3,
        }
    }
}

/// One post.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StakePost {
    /// Route number (`G220`); empty: that of the road it stands at.
    pub reference: String,
    /// The number on it, metres.
    pub metre: f64,
    /// Where it stands, WGS-84.
    pub point: Point,
    /// The direction it stands for, if it is for one only.
    pub direction: Option<Sense>,
    /// Where it is known from.
    pub source: PostSource,
    /// Free words, kept.
    #[serde(default)]
    pub note: String,
}

/// Why a row of a list of posts was not taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PostFault {
    /// Line of the file, from 1.
    pub row: usize,
    /// Column's name, empty for the whole row.
    pub column: String,
    /// What was there.
    pub value: String,
    /// What is wrong with it.
    pub reason: Text,
}

/// A list of posts as read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PostsRead {
    /// Good rows.
    pub posts: Vec<StakePost>,
    /// The other rows, each with its first fault.
    pub faults: Vec<PostFault>,
}

const COLUMNS: [(&str, &[&str]); 6] = [
    ("ref", &["ref", "reference", "route", "路线", "路线编号", "编号", "线路"]),
    ("k", &["k", "stake", "km", "桩号", "里程", "里程桩"]),
    ("lon", &["lon", "lng", "longitude", "经度"]),
    ("lat", &["lat", "latitude", "纬度"]),
    ("direction", &["direction", "方向"]),
    ("note", &["note", "备注"]),
];

/// Reads `ref,K,lon,lat[,direction][,note]`, separated by comma, semicolon or tab. A first row of column names, Chinese or English, may give
/// another order. `K` is anything [`StakeText::parse`] reads, or plain kilometres (`12.3`). Positions are WGS-84.
#[must_use]
pub fn posts_from_csv(text: &str) -> PostsRead {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    let separator = ['\t', ';', ','].into_iter().max_by_key(|s| first.matches(*s).count()).unwrap_or(',');
    let mut order: [Option<usize>; 6] = [Some(0), Some(1), Some(2), Some(3), Some(4), Some(5)];
    let mut read = PostsRead::default();
    let mut begun = false;
    for (index, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let cells = cells(line, separator);
        if !std::mem::replace(&mut begun, true) {
            let header: [Option<usize>; 6] =
                COLUMNS.map(|(_, names)| cells.iter().position(|c| names.contains(&c.trim().to_lowercase().as_str())));
            if header[..4].iter().filter(|h| h.is_some()).count() >= 2 {
                for (n, found) in header[..4].iter().enumerate().filter(|(_, found)| found.is_none()) {
                    let _ = found;
                    let (zh, en) = (format!("缺少“{}”列。", COLUMNS[n].0), format!("The column \"{}\" is missing.", COLUMNS[n].0));
                    read.faults.push(PostFault {
                        row: index + 1,
                        column: COLUMNS[n].0.into(),
                        value: String::new(),
                        reason: Text::new(zh, en),
                    });
                }
                if !read.faults.is_empty() {
                    return read;
                }
                order = header;
                continue;
            }
        }
        match post(&cells, &order) {
            Ok(post) => read.posts.push(post),
            Err((column, value, reason)) => {
                read.faults.push(PostFault { row: index + 1, column: column.to_owned(), value, reason });
            }
        }
    }
    read
}

type Fault = (&'static str, String, Text);

fn post(cells: &[String], order: &[Option<usize>; 6]) -> Result<StakePost, Fault> {
    let cell = |n: usize| order[n].and_then(|i| cells.get(i)).map_or("", |c| c.trim());
    let fault = |n: usize, zh: &str, en: &str| Err((COLUMNS[n].0, cell(n).to_owned(), Text::new(zh, en)));
    if cell(0).is_empty() {
        return fault(0, "缺少路线编号。", "The route number is missing.");
    }
    let plain = || cell(1).parse::<f64>().ok().filter(|k| k.is_finite() && (0.0..10_000.0).contains(k)).map(|k| (k * 1000.0).round());
    let Some(metre) = StakeText::parse(cell(1)).map(|s| s.metre as f64).or_else(plain) else {
        return fault(1, "桩号读不懂，应写作 K12+300。", "The stake cannot be read; write it as K12+300.");
    };
    let number = |n: usize, most: f64| cell(n).parse::<f64>().ok().filter(|v| v.is_finite() && v.abs() <= most);
    let Some(lat) = number(3, 90.0) else {
        return fault(3, "纬度应为 −90 到 90 的度数。", "The latitude must be degrees from −90 to 90.");
    };
    let Some(lon) = number(2, 180.0) else {
        return fault(2, "经度应为 −180 到 180 的度数。", "The longitude must be degrees from −180 to 180.");
    };
    let Some(point) = Point::valid(lon, lat) else {
        return fault(2, "坐标 0,0 不是位置。", "The coordinates 0,0 are no position.");
    };
    let direction = match cell(4) {
        "" => None,
        words => match Sense::read(words) {
            Some(sense) => Some(sense),
            None => return fault(4, "方向应为“上行”或“下行”，或留空。", "The direction must be up or down, or left empty."),
        },
    };
    Ok(StakePost { reference: cell(0).to_owned(), metre, point, direction, source: PostSource::Survey, note: cell(5).to_owned() })
}

/// Cells of one row; a quoted cell may hold the separator and doubled quotes.
fn cells(line: &str, separator: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(cell) = cells.last_mut() else { break };
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            c if c == separator && !quoted => cells.push(String::new()),
            c => cell.push(c),
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_posts_is_read_and_every_bad_row_named() {
        let read = posts_from_csv(
            "ref,K,lon,lat,direction,note\n\
             G220,K12+300,118.01,37.38,上行,\n\
             G220,12.9,118.02,37.39,,\"桥头, 北侧\"\n\
             \n\
             G220,十三公里,118.03,37.40,down,\n\
             ,K14,118.0,37.4,,\n\
             G220,十几,118.0,37.4,,\n\
             G220,K15,37.4,118.0,,\n\
             G220,K16,118.0,x,,\n\
             G220,K17,0,0,,\n\
             G220,K18,118.0,37.4,左,\n",
        );
        let taken: Vec<(f64, Option<Sense>)> = read.posts.iter().map(|p| (p.metre, p.direction)).collect();
        assert_eq!(taken, [(12_300.0, Some(Sense::Increasing)), (12_900.0, None), (13_000.0, Some(Sense::Decreasing))]);
        assert_eq!(read.posts[1].note, "桥头, 北侧");
        let faults: Vec<(usize, &str, &str)> = read.faults.iter().map(|f| (f.row, f.column.as_str(), f.value.as_str())).collect();
        assert_eq!(
            faults,
            [(6, "ref", ""), (7, "k", "十几"), (8, "lat", "118.0"), (9, "lat", "x"), (10, "lon", "0"), (11, "direction", "左")]
        );
        assert!(read.faults.iter().all(|f| !f.reason.zh.is_empty() && !f.reason.en.is_empty()));
    }

    #[test]
    fn column_names_may_be_chinese_and_in_another_order() {
        let read = posts_from_csv("\u{feff}桩号;纬度;经度;路线\nK1;37.4;118.0;G220\n");
        assert_eq!((read.posts.len(), read.posts[0].point), (1, Point::new(118.0, 37.4)));
        let missing = posts_from_csv("ref,K,lon\nG220,K1,118.0\n");
        assert_eq!((missing.posts.len(), missing.faults.len(), missing.faults[0].column.as_str()), (0, 1, "lat"));
        assert_eq!(posts_from_csv("G1,K2,118,37").posts.len(), 1);
        assert_eq!(posts_from_csv(""), PostsRead::default());
    }
}
