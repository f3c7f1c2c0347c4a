//! Calibrated stakes as what the reader of words asks for.

use super::chain::turn;
use super::interval::heading;
use super::{Located, Sense, StakeRefusal, StakeText, Stakes};
use crate::find::{LocatedStake, StakeIndex, Travel};

impl StakeIndex for Stakes {
    fn locate(&self, road: &str, metre: f64, travel: Option<&Travel>) -> Vec<LocatedStake> {
        let found = match travel {
            // 上行 runs with growing stakes, as on a department's list of posts.
            Some(Travel::Up) => self.all(road, metre, Some(Sense::Increasing)),
            Some(Travel::Down) => self.all(road, metre, Some(Sense::Decreasing)),
            Some(Travel::Bearing(bearing)) => {
                let both = [Sense::Increasing, Sense::Decreasing].into_iter().flat_map(|s| self.all(road, metre, Some(s)));
                let with = |l: &Located| self.course_at(road, l).is_some_and(|c| turn(heading(c, &l.place), *bearing) < 90.0);
                both.filter(with).collect()
            }
            Some(Travel::Toward(_)) | None => self.all(road, metre, None),
        };
        let stake = StakeText::new(metre).sign();
        found
            .into_iter()
            .map(|l| LocatedStake { point: l.place.point, bound_m: l.bound_m, name: format!("{} {stake}", l.reference) })
            .collect()
    }
}

impl Stakes {
    /// All places of a stake; none where it is refused.
    fn all(&self, road: &str, metre: f64, sense: Option<Sense>) -> Vec<Located> {
        match Self::locate(self, road, metre, sense) {
            Ok(located) => vec![located],
            Err(StakeRefusal::Doubled { places }) => places,
            Err(_) => Vec::new(),
        }
    }
}
