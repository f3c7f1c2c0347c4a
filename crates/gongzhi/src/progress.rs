//! A progress bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::Instant;

use gongzhi_app::imports::Step;
use indicatif::{ProgressBar, ProgressStyle};

/// Shows the steps of long work on standard error.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    said: Mutex<(String, Instant)>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            if let Ok(style) = ProgressStyle::with_template("{msg:<28} {bar:32} {percent:>3} %  {elapsed_precise}") {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, said: Mutex::new((String::new(), Instant::now())) }
    }

    pub(crate) fn show(&self, step: Step) {
        let words = words(step.what);
        if let Some(bar) = &self.bar {
            bar.set_message(words);
            bar.set_length(step.total.max(1));
            bar.set_position(step.done.min(step.total));
            return;
        }
        let mut said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if said.0 != step.what || said.1.elapsed().as_secs() >= 5 {
            let percent = (step.done * 100).checked_div(step.total).unwrap_or(0);
            eprintln!("  {words} … {percent} %");
            *said = (step.what.to_owned(), Instant::now());
        }
    }

    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn words(what: &str) -> &'static str {
    match what {
        "reading" => "读取路网 reading roads",
        "graph" => "构建路网 building the graph",
        "places" => "路口路段 crossings, sections",
        "writing" => "写入 writing",
        "rows" => "导入记录 importing rows",
        "placing" => "重新落位 placing again",
        "hazards" => "历史事项 past cases",
        "demo" => "生成演示城市 demo city",
        _ => "处理中 working",
    }
}
