//! The time brush: how many records when, under every filter but the one that is being brushed.

use gongzhi_civic::permission::{Actor, Permission};
use gongzhi_civic::text::Language;
use gongzhi_civic::time::{DAY_MS, Timestamp};
use serde_json::{Value, json};

use crate::App;
use crate::access::require;
use crate::error::AppError;
use crate::signal_filter::SignalFilter;
use crate::signal_index::SignalIndex;

/// Bars that a screen can still tell apart; longer records are shown by the week.
const MOST_BARS: i64 = 1_500;

impl App {
    /// Bars over the whole record (every filter but the period), and hour × weekday over the period (every filter but
    /// hours and weekdays): what a person draws a window on.
    ///
    /// # Errors
    /// No permission; a filter that is none.
    pub async fn timeline(self: &std::sync::Arc<Self>, actor: &Actor, filter: SignalFilter, language: Language) -> Result<Value, AppError> {
        require(actor, Permission::SignalRead)?;
        let app = self.clone();
        tokio::task::spawn_blocking(move || app.timeline_now(&filter, language)).await.map_err(|e| AppError::Internal(e.to_string()))?
    }

    fn timeline_now(&self, filter: &SignalFilter, language: Language) -> Result<Value, AppError> {
        let started = std::time::Instant::now();
        let index = self.signals();
        let (from, to) = self.period(filter, &index);
        let chosen = filter.compile(&index)?.over(from, to);
        let (start, bin_ms, count) = self.bars(&index);
        let mut bins = vec![0_u64; count];
        for e in chosen.over(i64::MIN, i64::MAX).select(&index) {
            let bin = usize::try_from((e.at - start) / bin_ms).unwrap_or(0).min(count - 1);
            bins[bin] += 1;
        }
        let mut hours = [[0_u64; 7]; 24];
        for e in chosen.at_any_hour().select(&index) {
            hours[usize::from(e.hour % 24)][usize::from(e.weekday.clamp(1, 7) - 1)] += 1;
        }
        let n = chosen.select(&index).count();
        Ok(json!({
            "n": n, "period": [from, to], "start": start, "bin_ms": bin_ms, "bins": bins, "hours": hours,
            "span": index.span().map(|(first, last)| [first, last]), "source": self.source_line(&chosen, &index, language),
            "method": match language {
                Language::Zh => "按发生时间计数；柱图不受时段筛选影响，时段表不受小时和星期筛选影响",
                Language::En => "Counted by when it happened; the bars leave the period out of the filter, the matrix hours and weekdays",
            },
            "synthetic": index.synthetic(), "computed_ms": crate::heat::milliseconds(started),
        }))
    }

    /// Where the first bar begins, how long each is, and how many there are; at least one.
    fn bars(&self, index: &SignalIndex) -> (i64, i64, usize) {
        let now = self.clock.now().0;
        let (first, last) = index.span().unwrap_or((now, now));
        let zoned = Timestamp(first).in_zone(&self.zone);
        let midnight = zoned.start_of_day().map_or(first, |day| day.timestamp().as_millisecond());
        let days = (last - midnight) / DAY_MS + 1;
        if days <= MOST_BARS {
            return (midnight, DAY_MS, usize::try_from(days).unwrap_or(1).max(1));
        }
        // Weeks begin on Monday, as officers' weeks do.
        let monday = midnight - i64::from(zoned.weekday().to_monday_zero_offset()) * DAY_MS;
        let weeks = (last - monday) / (7 * DAY_MS) + 1;
        (monday, 7 * DAY_MS, usize::try_from(weeks).unwrap_or(1).max(1))
    }
}
