//! What is wrong with a template, for its author: file, line, reason in both languages.

use std::fmt;

use gongzhi_civic::text::Text;
use typst::WorldExt as _;
use typst::diag::SourceDiagnostic;
use typst::{World, syntax::DiagSpan};

/// One fault of a template or of the data it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// File as given to the press; empty if the fault has no place.
    pub file: String,
    /// Line from 1; 0 if there is none.
    pub line: usize,
    /// Column from 1; 0 if there is none.
    pub column: usize,
    /// What is wrong, and what would help where that is known.
    pub message: Text,
}

impl Fault {
    pub(crate) fn without_place(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { file: String::new(), line: 0, column: 0, message: Text::new(zh, en) }
    }

    pub(crate) fn of(world: &dyn World, diagnostic: &SourceDiagnostic) -> Self {
        let mut en = diagnostic.message.to_string();
        for hint in &diagnostic.hints {
            en.push_str("; ");
            en.push_str(&hint.v);
        }
        // A fault inside the house style is caused by whoever called it: both places help.
        let mut fault = Self { message: Text::new(chinese(&diagnostic.message), en), ..Self::without_place("", "") };
        if let Some((file, line, column)) = place(world, diagnostic.span) {
            (fault.file, fault.line, fault.column) = (file, line, column);
        }
        let own = world.main();
        let caller = diagnostic.trace.iter().find(|t| t.span.id() == Some(own)).and_then(|t| place(world, t.span.into()));
        if let Some((file, line, _)) = caller.filter(|(file, ..)| *file != fault.file) {
            fault.message.zh.push_str(&format!("（由 {file} 第 {line} 行调用）"));
            fault.message.en.push_str(&format!(" (called from {file} line {line})"));
        }
        fault
    }
}

fn place(world: &dyn World, span: DiagSpan) -> Option<(String, usize, usize)> {
    let id = span.id()?;
    let file = id.vpath().get_without_slash().to_owned();
    let at = world.range(span).and_then(|r| world.source(id).ok()?.lines().byte_to_line_column(r.start));
    Some(at.map_or((file.clone(), 0, 0), |(line, column)| (file, line + 1, column + 1)))
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        }
        write!(f, "{} / {}", self.message.zh, self.message.en)
    }
}

/// The frequent messages of the typesetter in Chinese; the rest is quoted.
fn chinese(message: &str) -> String {
    const PATTERNS: &[(&str, &str)] = &[
        ("unknown variable", "没有这个名称（变量或函数）"),
        ("file not found", "没有这个文件"),
        ("dictionary does not contain key", "数据中没有这一项"),
        ("expected ", "此处的内容或类型不对"),
        ("unclosed delimiter", "括号或引号没有闭合"),
        ("unclosed string", "引号没有闭合"),
        ("unexpected argument", "多余的参数"),
        ("missing argument", "缺少参数"),
        ("the character", "此处不允许这个字符"),
        ("unexpected", "此处多了内容"),
        ("cannot ", "这两种内容不能这样使用"),
        ("failed to parse", "文件内容无法解析"),
        ("array index out of bounds", "列表中没有这一项"),
        ("type ", "这种类型没有该字段或方法"),
        ("maximum ", "嵌套过深"),
        ("loop seems to be infinite", "循环没有结束"),
        ("packages are not available here", "此处不能使用外部软件包"),
        ("unknown image format", "图片格式无法识别"),
        ("failed to decode image", "图片无法解码"),
        ("failed to load file", "文件无法读取"),
    ];
    match PATTERNS.iter().find(|(en, _)| message.contains(en)) {
        Some((_, zh)) => format!("{zh}：{message}"),
        None => format!("排版未完成：{message}"),
    }
}
