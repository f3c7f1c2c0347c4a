//! OSM elements from bytes, whatever the format; and what can be wrong with those bytes.

use std::io::Read;

use gongzhi_civic::text::Text;

use super::geojson::{self, Elements, GeoJsonMapping};
use super::{ImportError, pbf, xml};

/// One element, borrowed for the length of a call.
pub(crate) enum Element<'a> {
    Node { id: i64, lon: f64, lat: f64, tags: &'a Tags<'a> },
    Way { id: i64, nodes: &'a [i64], tags: &'a Tags<'a> },
    Relation { id: i64, members: &'a [Member<'a>], tags: &'a Tags<'a> },
}

/// One member of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member<'a> {
    pub(crate) kind: MemberKind,
    pub(crate) id: i64,
    pub(crate) role: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemberKind {
    Node,
    Way,
    Relation,
}

/// Tags of an element.
#[derive(Debug, Default)]
pub(crate) struct Tags<'a>(pub(crate) Vec<(&'a str, &'a str)>);

impl<'a> Tags<'a> {
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        // Some fifty keys are asked of each road: the last byte tells most apart without a comparison of texts.
        let alike = |k: &str| k.len() == key.len() && k.as_bytes().last() == key.as_bytes().last();
        self.0.iter().find(|(k, _)| alike(k) && *k == key).map(|(_, v)| *v)
    }

    pub(crate) fn is(&self, key: &str, value: &str) -> bool {
        self.get(key) == Some(value)
    }
}

/// Which elements a pass wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    Nodes,
    Ways,
    Relations,
}

/// The form of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Pbf,
    Xml,
    XmlGzip,
    XmlBzip2,
    GeoJson,
}

impl Format {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Pbf => "pbf",
            Self::Xml => "xml",
            Self::XmlGzip => "xml.gz",
            Self::XmlBzip2 => "xml.bz2",
            Self::GeoJson => "geojson",
        }
    }

    pub(crate) fn sniff(bytes: &[u8]) -> Result<Self, ImportError> {
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
        if bytes.starts_with(&[0x1f, 0x8b]) {
            Ok(Self::XmlGzip)
        } else if bytes.starts_with(b"BZh") {
            Ok(Self::XmlBzip2)
        } else if text.starts_with(b"<") {
            Ok(Self::Xml)
        } else if text.starts_with(b"{") || text.starts_with(b"\x1e") {
            Ok(Self::GeoJson)
        } else if bytes.get(4..15) == Some(b"\x0a\x09OSMHeader") {
            Ok(Self::Pbf)
        } else {
            Err(unknown_format(bytes))
        }
    }
}

/// An import's bytes, read once per pass.
pub(crate) struct Source<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) format: Format,
    blobs: pbf::Blobs,
    /// The text of packed XML, unpacked in the first pass.
    unpacked: Option<Vec<u8>>,
    spans: xml::Spans,
    mapping: &'a GeoJsonMapping,
    /// A GeoJSON file's elements: it is read once, in the first pass.
    drawn: Option<Elements>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(bytes: &'a [u8], mapping: &'a GeoJsonMapping) -> Result<Self, ImportError> {
        Ok(Self {
            bytes,
            format: Format::sniff(bytes)?,
            blobs: pbf::Blobs::default(),
            unpacked: None,
            spans: xml::Spans::default(),
            mapping,
            drawn: None,
        })
    }

    /// Reads all elements of the wanted kind. `progress` gets bytes read of all bytes (of the unpacked text for packed XML).
    pub(crate) fn pass(
        &mut self,
        want: Want,
        visit: &mut dyn FnMut(Element<'_>),
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), ImportError> {
        let bytes = self.bytes;
        match self.format {
            Format::Pbf => pbf::read(bytes, &mut self.blobs, want, visit, progress),
            Format::Xml => xml::read(bytes, &mut self.spans, want, visit, progress),
            Format::XmlGzip | Format::XmlBzip2 => {
                if self.unpacked.is_none() {
                    self.unpacked = Some(match self.format {
                        Format::XmlGzip => unpack(&mut flate2::bufread::MultiGzDecoder::new(bytes), bytes.len())?,
                        _ => unpack(&mut bzip2::bufread::MultiBzDecoder::new(bytes), bytes.len())?,
                    });
                }
                let text = self.unpacked.as_deref().unwrap_or(&[]);
                xml::read(text, &mut self.spans, want, visit, progress)
            }
            Format::GeoJson => {
                if self.drawn.is_none() {
                    self.drawn = Some(geojson::read(bytes, self.mapping, progress)?);
                }
                if let Some(elements) = &self.drawn {
                    elements.visit(want, visit);
                }
                progress(bytes.len() as u64, bytes.len() as u64);
                Ok(())
            }
        }
    }
}

/// Most bytes packed XML may unpack to. Larger extracts are PBF, which is read block by block.
const MOST_TEXT: u64 = 4 << 30;

fn unpack(reader: &mut dyn Read, packed: usize) -> Result<Vec<u8>, ImportError> {
    let mut text = Vec::with_capacity(packed.saturating_mul(8).min(1 << 28));
    let result = reader.take(MOST_TEXT + 1).read_to_end(&mut text);
    let at = text.len() as u64;
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(truncated(at, error.to_string())),
        Err(error) => Err(damaged(at, error.to_string())),
        Ok(_) if at > MOST_TEXT => Err(too_large(format!("packed XML of more than {} GiB", MOST_TEXT >> 30))),
        Ok(_) => Ok(text),
    }
}

pub(crate) fn truncated(offset: u64, what: impl Into<String>) -> ImportError {
    let what = what.into();
    let text = Text::new(
        format!("文件在第 {offset} 字节处中断（{what}），没有导入任何内容。请重新下载或复制该文件，并核对大小。"),
        format!("The file breaks off at byte {offset} ({what}); nothing was imported. Download or copy it again and compare its size."),
    );
    ImportError { code: "road.import.truncated", offset, what, text }
}

pub(crate) fn damaged(offset: u64, what: impl Into<String>) -> ImportError {
    let what = what.into();
    let text = Text::new(
        format!("文件在第 {offset} 字节处内容损坏（{what}），没有导入任何内容。请重新获取该文件。"),
        format!("The file is damaged at byte {offset} ({what}); nothing was imported. Get the file again."),
    );
    ImportError { code: "road.import.damaged", offset, what, text }
}

pub(crate) fn unsupported(offset: u64, what: impl Into<String>) -> ImportError {
    let what = what.into();
    let text = Text::new(
        format!("文件用到了本程序不支持的功能（{what}），没有导入任何内容。请用 osmium cat 转成普通 PBF 或 XML。"),
        format!(
            "The file uses something this program does not support ({what}); nothing was imported. Convert it to plain PBF or XML, for example with osmium cat."
        ),
    );
    ImportError { code: "road.import.unsupported", offset, what, text }
}

pub(crate) fn not_degrees(offset: u64, what: impl Into<String>) -> ImportError {
    let what = what.into();
    let text = Text::new(
        format!(
            "第 {offset} 字节处的坐标不是经纬度（{what}），没有导入任何内容。请先转成 WGS-84 经纬度，例如 ogr2ogr -t_srs EPSG:4326 新文件 原文件。"
        ),
        format!(
            "The coordinates at byte {offset} are no degrees of longitude and latitude ({what}); nothing was imported. Convert the file to WGS-84 first, for example with ogr2ogr -t_srs EPSG:4326 new old."
        ),
    );
    ImportError { code: "road.import.not_degrees", offset, what, text }
}

pub(crate) fn no_lines() -> ImportError {
    ImportError {
        code: "road.import.no_roads",
        offset: 0,
        what: "no line with a road class".to_owned(),
        text: Text::new(
            "文件里没有可用的道路：没有一条线带道路等级。请在字段对应表里指定哪个字段是道路等级（highway），或指定缺省等级。",
            "The file has no usable road: no line has a road class. Say in the mapping which property is the road class (highway), or give a class for lines without one.",
        ),
    }
}

pub(crate) fn no_roads() -> ImportError {
    ImportError {
        code: "road.import.no_roads",
        offset: 0,
        what: "no way with a highway tag and two known nodes".to_owned(),
        text: Text::new(
            "文件里没有可用的道路（带 highway 标签且节点齐全的 way）。请检查导出范围和筛选条件。",
            "The file has no usable road (a way with a highway tag and all its nodes). Check the extract's box and filter.",
        ),
    }
}

pub(crate) fn too_large(what: impl Into<String>) -> ImportError {
    let what = what.into();
    ImportError {
        code: "road.import.too_large",
        offset: 0,
        text: Text::new(
            format!("路网过大（{what}）。请按城市范围裁剪后再导入。"),
            format!("The network is too large ({what}). Cut the extract to the city and import again."),
        ),
        what,
    }
}

fn unknown_format(bytes: &[u8]) -> ImportError {
    let start: String = bytes.iter().take(8).map(|b| format!("{b:02x}")).collect();
    ImportError {
        code: "road.import.unknown_format",
        offset: 0,
        what: format!("starts with {start}"),
        text: Text::new(
            format!("无法识别文件格式（开头字节 {start}）。请提供 OSM PBF、OSM XML、经 gzip 或 bzip2 压缩的 XML，或 GeoJSON。"),
            format!("Unknown file format (first bytes {start}). Give OSM PBF, OSM XML, XML packed with gzip or bzip2, or GeoJSON."),
        ),
    }
}
