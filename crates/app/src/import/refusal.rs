//! Why a whole file is not taken.

use gongzhi_civic::text::Text;

/// A file that cannot be read as the mapping says. Nothing of it is kept.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", self.text().en)]
pub enum Refusal {
    /// The bytes are not in the declared encoding.
    NotInEncoding {
        /// Declared encodings.
        declared: String,
        /// Offset of the first byte that does not fit, in the unpacked file.
        offset: u64,
        /// Line of that byte.
        line: u64,
        /// What the file looks like, if it looks like anything known.
        likely: Option<String>,
    },
    /// A spreadsheet, archive or picture instead of text.
    NotText {
        /// What it looks like.
        looks_like: String,
    },
    /// Columns of the mapping that the header does not have.
    MissingColumns {
        /// The missing ones.
        missing: Vec<String>,
        /// The header as found.
        found: Vec<String>,
    },
    /// A column of the mapping that stands twice in the header.
    DoubleColumn {
        /// Its name.
        column: String,
    },
    /// No header line.
    Empty,
    /// A record that does not end: usually a quote that is not closed.
    EndlessRecord {
        /// Line where it begins.
        line: u64,
    },
    /// A compressed file that is cut off or damaged.
    BrokenCompression {
        /// `xz` or `gzip`.
        format: String,
        /// The unpacker's words.
        message: String,
    },
    /// The source could not be read.
    Io {
        /// The system's words.
        message: String,
    },
    /// A linked table's file has a fault of its own.
    Linked {
        /// Linked table.
        table: String,
        /// File name.
        file: String,
        /// What is wrong with it.
        reason: Box<Refusal>,
    },
    /// A linked table with more rows than are held in memory.
    LinkedTooLarge {
        /// Linked table.
        table: String,
        /// Most rows allowed.
        limit: usize,
    },
    /// The receiver of the rows stopped.
    Stopped {
        /// Line of the last row handed out.
        line: u64,
    },
}

impl Refusal {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotInEncoding { .. } => "not_in_encoding",
            Self::NotText { .. } => "not_text",
            Self::MissingColumns { .. } => "missing_columns",
            Self::DoubleColumn { .. } => "double_column",
            Self::Empty => "empty_file",
            Self::EndlessRecord { .. } => "endless_record",
            Self::BrokenCompression { .. } => "broken_compression",
            Self::Io { .. } => "unreadable_source",
            Self::Linked { .. } => "linked_table",
            Self::LinkedTooLarge { .. } => "linked_table_too_large",
            Self::Stopped { .. } => "stopped",
        }
    }

    /// The refusal in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotInEncoding { declared, offset, line, likely } => {
                let (zh, en) = likely.as_ref().map_or_else(
                    || (String::new(), String::new()),
                    |name| (format!("，看起来是 {name}"), format!("; it looks like {name}")),
                );
                Text::new(
                    format!(
                        "文件不是声明的编码 {declared}：第 {line} 行、第 {offset} 字节处无法解码{zh}。请改正映射中的编码，或另存为 UTF-8"
                    ),
                    format!(
                        "the file is not in the declared encoding {declared}: byte {offset} (line {line}) cannot be decoded{en}; correct the encoding in the mapping or save the file as UTF-8"
                    ),
                )
            }
            Self::NotText { looks_like } => Text::new(
                format!("这不是文本表格，而是 {looks_like}。请导出为 CSV 后再导入"),
                format!("this is not a text table but {looks_like}; export it as CSV first"),
            ),
            Self::MissingColumns { missing, found } => Text::new(
                format!("缺少列：{}。文件的列为：{}", missing.join("、"), found.join("、")),
                format!("missing columns: {}; the file has: {}", missing.join(", "), found.join(", ")),
            ),
            Self::DoubleColumn { column } => {
                Text::new(format!("列“{column}”在表头中出现两次"), format!("column \"{column}\" stands twice in the header"))
            }
            Self::Empty => Text::new("文件为空，没有表头", "the file is empty: there is no header line"),
            Self::EndlessRecord { line } => Text::new(
                format!("从第 {line} 行开始的记录没有结束，可能是引号没有闭合"),
                format!("the record that begins on line {line} does not end; a quote is probably not closed"),
            ),
            Self::BrokenCompression { format, message } => Text::new(
                format!("{format} 压缩文件不完整或已损坏（{message}）"),
                format!("the {format} file is cut off or damaged ({message})"),
            ),
            Self::Io { message } => Text::new(format!("无法读取文件：{message}"), format!("the source cannot be read: {message}")),
            Self::Linked { table, file, reason } => {
                let inner = reason.text();
                Text::new(format!("关联表 {table}（{file}）：{}", inner.zh), format!("linked table {table} ({file}): {}", inner.en))
            }
            Self::LinkedTooLarge { table, limit } => Text::new(
                format!("关联表 {table} 超过 {limit} 行，无法全部载入内存"),
                format!("linked table {table} has more than {limit} rows and cannot be held in memory"),
            ),
            Self::Stopped { line } => Text::new(format!("导入在第 {line} 行被中止"), format!("the import was stopped at line {line}")),
        }
    }

    /// Carries the refusal through `std::io`.
    pub(super) fn into_io(self) -> std::io::Error {
        std::io::Error::other(self)
    }

    /// Takes the refusal out of an error that came through `std::io`; other errors are the source's own.
    pub(super) fn from_io(error: &std::io::Error) -> Self {
        error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()).cloned().unwrap_or_else(|| Self::Io { message: error.to_string() })
    }
}
