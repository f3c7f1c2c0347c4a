//! The roads in use, with what the city knows along them.

use std::path::PathBuf;
use std::sync::Arc;

use gongzhi_civic::place::Point;
use gongzhi_road::datum::Datum;
use gongzhi_road::jurisdiction::{Jurisdiction, Jurisdictions, Site};
use gongzhi_road::linear::{ChainageEquation, StakeAt, StakePost, Stakes, posts_from_csv};
use gongzhi_road::{Answer, Area, Context, Network, NetworkError, PlaceWords, Spot, import as road_import};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::AppError;
use crate::templates::Ground;

/// A place farther than this from a numbered road has no stake, metres.
const STAKE_REACH_M: f64 = 60.0;

/// A network and its stakes.
#[derive(Debug)]
pub struct Roads {
    /// The roads.
    pub network: Arc<Network>,
    /// Stakes: those of the map, and the posts that the city's register names.
    pub stakes: Stakes,
    /// Administrative areas, a division for each level.
    divisions: Jurisdictions,
}

/// The file roads were imported from, kept to build them anew when the program reads another format.
#[derive(Debug, Serialize, Deserialize)]
struct Source {
    datum: Datum,
    file: String,
}

impl Roads {
    /// Calibrates the stakes of a network; `posts` are those of the city's register.
    #[must_use]
    pub fn new(network: Arc<Network>, posts: Vec<StakePost>, equations: &[ChainageEquation]) -> Self {
        let mut all = posts;
        all.extend(StakePost::mapped(&network));
        let stakes = Stakes::new(&network, all, equations);
        let areas = network.areas().filter(|(_, a)| a.level > 0 && !a.name.is_empty());
        let division = |a: Area| Jurisdiction { id: a.key, kind: a.level.to_string(), polygons: a.polygons, ..Jurisdiction::default() };
        let divisions = Jurisdictions::new(&network, areas.map(|(_, a)| division(a)).collect());
        Self { network, stakes, divisions }
    }

    /// Other areas of the smallest level that have the same claim to a place, because its road runs along their boundary: key and name.
    #[must_use]
    pub fn shared_areas(&self, point: Point) -> Vec<(String, String)> {
        let Some(own) = self.network.areas_at(point).first().and_then(|id| self.network.area(*id)) else { return Vec::new() };
        let site = self.network.snap(point, STAKE_REACH_M).map_or(Site::from(point), |snap| Site::from(&snap));
        let answer = self.divisions.responsible(&self.network, &site, &own.level.to_string());
        let others = answer.responsible.into_iter().chain(answer.shared_with).map(|s| s.id).filter(|id| *id != own.key);
        others.filter_map(|key| self.network.place_by_key(&key).and_then(|p| self.network.place(p))).map(|p| (p.key, p.name)).collect()
    }

    /// What words say of a place; `near` is where the caller or the asking unit is, and how far from there it may be, metres.
    #[must_use]
    pub fn say_where(&self, words: &str, near: Option<(Point, f64)>) -> Answer {
        self.network.say_where(words, &Context { near, stakes: Some(&self.stakes), ..Context::default() })
    }

    /// The fewest words that say a place to a patrol.
    #[must_use]
    pub fn say_place(&self, point: Point) -> PlaceWords {
        self.network.say_place(&Spot { point, stakes: Some(&self.stakes), ..Spot::default() })
    }

    /// The stake at a place on a numbered road, with its bound.
    #[must_use]
    pub fn stake_at(&self, point: Point) -> Option<StakeAt> {
        self.stakes.stake_at(point, STAKE_REACH_M)
    }
}

impl App {
    /// Where the road network lies.
    #[must_use]
    pub fn network_path(&self) -> PathBuf {
        self.data.join("roads.network")
    }

    fn source_path(&self) -> PathBuf {
        self.data.join("roads.source")
    }

    /// Keeps the file that roads come from.
    pub(crate) fn keep_road_source(&self, bytes: &[u8], datum: Datum, file: &str) -> Result<(), AppError> {
        let about = serde_json::to_vec(&Source { datum, file: file.to_owned() }).map_err(|e| AppError::Internal(e.to_string()))?;
        gongzhi_store::blobs::replace_file(&self.source_path(), bytes)?;
        Ok(gongzhi_store::blobs::replace_file(&self.source_path().with_extension("json"), &about)?)
    }

    /// Opens the network file, if there is one. A file of another format is built anew from the file it came from.
    pub(crate) fn load_network(&self) -> Result<(), AppError> {
        let path = self.network_path();
        if !path.exists() {
            return Ok(());
        }
        let network = match Network::from_bytes(gongzhi_store::blobs::map_file(&path)?) {
            Err(NetworkError::Version { found }) => match self.built_anew(found)? {
                Some(network) => network,
                None => return Ok(()),
            },
            other => other.map_err(|e| AppError::Internal(format!("{}: {e}", path.display())))?,
        };
        self.use_roads(Roads::new(Arc::new(network), self.stake_posts()?, &self.ground.equations()));
        Ok(())
    }

    /// `None` where the source was not kept: the program runs without roads, and says so, rather than not at all.
    fn built_anew(&self, found: u32) -> Result<Option<Network>, AppError> {
        let about = std::fs::read(self.source_path().with_extension("json")).ok().and_then(|b| serde_json::from_slice::<Source>(&b).ok());
        let (Some(source), Ok(map)) = (about, gongzhi_store::blobs::map_file(&self.source_path())) else {
            tracing::error!(found, "路网文件是旧格式，请重新导入道路 / the road file has an older format: import the roads again");
            return Ok(None);
        };
        tracing::info!(found, file = source.file, "路网文件是旧格式，正在重建 / the road file has an older format and is built anew");
        let imported = road_import::osm((*map).as_ref(), &road_import::Options { datum: source.datum }, &mut |_| ())
            .map_err(|e| AppError::Internal(e.to_string()))?;
        gongzhi_store::blobs::replace_file(&self.network_path(), &imported.bytes)?;
        let map = gongzhi_store::blobs::map_file(&self.network_path())?;
        Network::from_bytes(map).map(Some).map_err(|e| AppError::Internal(e.to_string()))
    }

    /// The posts of the city's register (`stakes.csv`). A faulty row is passed over and told; the others count.
    fn stake_posts(&self) -> Result<Vec<StakePost>, AppError> {
        let read = posts_from_csv(&self.templates.city_file("stakes.csv")?);
        for fault in &read.faults {
            tracing::warn!(
                row = fault.row,
                column = fault.column,
                value = fault.value,
                "stakes.csv: {} / {}",
                fault.reason.zh,
                fault.reason.en
            );
        }
        Ok(read.posts)
    }
}

impl Ground {
    /// Breaks in the numbering of stakes, as the stakes take them.
    #[must_use]
    pub fn equations(&self) -> Vec<ChainageEquation> {
        let equation = |row: &crate::templates::StakeEquation| ChainageEquation {
            reference: row.reference.clone(),
            back_m: row.back.0,
            ahead_m: row.ahead.0,
        };
        self.stake_equations.iter().map(equation).collect()
    }
}
