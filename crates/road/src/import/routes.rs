//! Route relations: the number and name a route gives to its ways.

use std::collections::HashMap;

use super::names::Names;
use super::source::{Member, MemberKind, Tags};
use super::tags::RoadTags;

/// Routes of the file and which ways they run on.
#[derive(Default)]
pub(crate) struct Routes {
    routes: Vec<Route>,
    of_way: HashMap<i64, Vec<usize>>,
}

struct Route {
    reference: String,
    names: Names,
    rank: Rank,
}

/// Whose number a way takes first if it has none of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A network of China: its number is part of the way's even if the way has another.
    China,
    /// Any other country's.
    Country,
    /// Of several countries (`e-road`, `AsianHighway`).
    International,
}

impl Routes {
    /// Takes a relation if it is a road route.
    pub(crate) fn read(&mut self, members: &[Member<'_>], tags: &Tags<'_>) {
        if !(tags.is("type", "route") && tags.is("route", "road")) {
            return;
        }
        let network = tags.get("network").unwrap_or("");
        let rank = match network.to_ascii_lowercase().as_str() {
            n if n.starts_with("cn:") => Rank::China,
            n if n.contains("e-road") || n.contains("asian") || n == "ah" => Rank::International,
            _ => Rank::Country,
        };
        let reference = numbered(tags.get("ref").unwrap_or("").trim(), network);
        for member in members.iter().filter(|m| m.kind == MemberKind::Way) {
            self.of_way.entry(member.id).or_default().push(self.routes.len());
        }
        self.routes.push(Route { reference, names: Names::read(tags), rank });
    }

    /// Gives a way the numbers and names of its routes: `route:ref`, `route` and `route:<language>` among its names, and its
    /// own number if it has none.
    pub(crate) fn give(&self, way: i64, road: &mut RoadTags) {
        let Some(list) = self.of_way.get(&way) else { return };
        let mut routes: Vec<&Route> = list.iter().filter_map(|i| self.routes.get(*i)).collect();
        routes.sort_by(|a, b| (a.rank, &a.reference, &a.names.name).cmp(&(b.rank, &b.reference, &b.names.name)));
        for route in routes {
            road.names.add("route:ref", &route.reference);
            for (language, text) in &route.names.all {
                let language = if language.is_empty() { "route".to_owned() } else { format!("route:{language}") };
                road.names.add(&language, text);
            }
            let has = road.reference.split(';').any(|r| crate::names::fold(r) == crate::names::fold(&route.reference));
            if route.reference.is_empty() || has {
                continue;
            }
            if road.reference.is_empty() {
                road.reference.clone_from(&route.reference);
            } else if route.rank == Rank::China {
                road.reference = format!("{};{}", road.reference, route.reference);
            }
        }
    }
}

/// A bare number of a Chinese network with its letter: 220 of CN:national is G220.
fn numbered(reference: &str, network: &str) -> String {
    if reference.is_empty() || !reference.bytes().all(|b| b.is_ascii_digit()) {
        return reference.to_owned();
    }
    let letter = match network.split(':').nth(1) {
        _ if !network.starts_with("CN:") => "",
        Some("national" | "expressways" | "NH") => "G",
        Some("provincial" | "province") => "S",
        Some("county") => "X",
        Some("township") => "Y",
        _ => "",
    };
    format!("{letter}{reference}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_gets_its_network_s_letter() {
        assert_eq!(numbered("220", "CN:national"), "G220");
        assert_eq!(numbered("315", "CN:provincial"), "S315");
        assert_eq!(numbered("G220", "CN:national"), "G220");
        assert_eq!(numbered("66", "US:US"), "66");
    }
}
