//! The running house: what every use case holds in its hands.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use gongzhi_civic::classification::Classifier;
use gongzhi_civic::text::Text;
use gongzhi_civic::unit::UnitTree;
use gongzhi_matter::Definition;
use gongzhi_road::Network;
use gongzhi_store::{Blobs, Database, directory};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::broadcast;

use crate::calendars::CalendarInForce;
use crate::clock::Clock;
use crate::error::AppError;
use crate::roads::Roads;
use crate::signal_index::SignalIndex;
use crate::templates::Templates;

/// How to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder for all state.
    pub data: PathBuf,
    /// `postgres://…`, or nothing for SQLite in the folder.
    pub database: Option<String>,
    /// A city's own data.
    pub templates: Templates,
}

/// Something that happened, for screens that listen.
#[derive(Clone, Debug, Serialize)]
pub struct Notice {
    /// `signal`, `case`, `clock`, `notice`, `stuck`, `matter`, `black_spot`.
    pub topic: &'static str,
    /// Number in order, for a listener that comes back.
    pub id: u64,
    /// What changed: `{id, …}`; never personal data.
    pub body: Value,
}

/// The definitions in force and all that open cases are pinned to.
#[derive(Debug, Default)]
pub struct Definitions {
    pub(crate) by_hash: BTreeMap<String, Arc<Definition>>,
    pub(crate) current: BTreeMap<String, Arc<Definition>>,
}

impl Definitions {
    /// The definition in force for a matter.
    #[must_use]
    pub fn current(&self, matter: &str) -> Option<&Arc<Definition>> {
        self.current.get(matter)
    }

    /// The definition a case is pinned to.
    #[must_use]
    pub fn pinned(&self, hash: &str) -> Option<&Arc<Definition>> {
        self.by_hash.get(hash)
    }

    /// The same definitions against another state of the units.
    fn with_units(&self, units: &UnitTree) -> Self {
        let bind = |(key, d): (&String, &Arc<Definition>)| (key.clone(), Arc::new(d.with_units(units)));
        Self { by_hash: self.by_hash.iter().map(bind).collect(), current: self.current.iter().map(bind).collect() }
    }

    /// Every definition that cases of this version are pinned to.
    #[must_use]
    pub fn of_version(&self, matter: &str, version: u32) -> Vec<Arc<Definition>> {
        self.by_hash.values().filter(|d| d.id == matter && d.version == version).cloned().collect()
    }

    /// All definitions in force.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.current.values()
    }
}

/// An administrative area by name.
#[derive(Clone, Debug, Serialize)]
pub struct AreaEntry {
    /// Key in the network.
    pub key: String,
    /// Name.
    pub name: Text,
    /// Level as in OSM.
    pub level: u8,
}

/// Everything a use case needs. Cheap to share behind an [`Arc`].
#[derive(Debug)]
pub struct App {
    /// Rows.
    pub database: Database,
    /// Clean pictures and other files.
    pub blobs: Blobs,
    /// Originals as evidence: no door serves them.
    pub sealed: Blobs,
    /// What time it is.
    pub clock: Clock,
    /// The city's zone.
    pub zone: TimeZone,
    /// Suggests a class from words.
    pub classifier: Classifier,
    /// Where templates come from.
    pub templates: Templates,
    /// Folder of all state.
    pub data: PathBuf,
    /// Start of case numbers.
    pub number_prefix: String,
    /// What the city says of its areas and roads.
    pub(crate) ground: crate::templates::Ground,
    calendar: RwLock<Arc<CalendarInForce>>,
    /// One upload of a film is cleaned at a time.
    pub(crate) cleaning: tokio::sync::Mutex<()>,
    /// One edit of the calendar at a time.
    pub(crate) projecting: tokio::sync::Mutex<()>,
    /// Key of the digests by which a reporter is known again.
    pub(crate) reporter_key: [u8; 32],
    /// Which calls are one incident and which one trouble: the city's definition.
    pub(crate) repeat_rule: Arc<gongzhi_risk::repeat::Rule>,
    /// What joins live calls.
    pub(crate) joining: tokio::sync::Mutex<crate::joining::Joining>,
    name: RwLock<Text>,
    address: RwLock<String>,
    units: RwLock<Arc<UnitTree>>,
    definitions: RwLock<Arc<Definitions>>,
    roads: RwLock<Option<Arc<Roads>>>,
    areas: RwLock<Arc<Vec<AreaEntry>>>,
    signals: RwLock<Arc<SignalIndex>>,
    /// The streets of the road file as the risk engine knows them, once somebody has asked.
    pub(crate) street_graph: std::sync::Mutex<Option<Arc<crate::street_graph::StreetGraph>>>,
    /// Where each record lies on them, once somebody has asked.
    pub(crate) streets: std::sync::Mutex<Option<Arc<crate::streets::Streets>>>,
    /// How many versions of matters the city had published when definitions were loaded.
    pub(crate) published: std::sync::atomic::AtomicI64,
    notices: broadcast::Sender<Notice>,
    last_notice: std::sync::atomic::AtomicU64,
    /// What the executors of effects share.
    pub effects: crate::effects::Effects,
    /// The latest import whose roads and records are in memory.
    pub(crate) seen_import: tokio::sync::Mutex<Option<String>>,
    /// When other Open311 servers were asked last, epoch milliseconds.
    pub(crate) exchanged: std::sync::atomic::AtomicI64,
    /// One import at a time.
    pub(crate) importing: tokio::sync::Mutex<()>,
    /// One writer of live signals at a time, so that the index follows the table.
    pub(crate) receiving: tokio::sync::Mutex<()>,
    /// One letter at a time, so that no number is typeset in vain.
    pub(crate) making: tokio::sync::Mutex<()>,
    /// The rules of black spots, and the roads as they need them.
    pub(crate) black_spots: crate::blackspots::ground::BlackSpots,
}

impl App {
    /// Opens or makes the state in `options.data` and loads what use cases need.
    ///
    /// # Errors
    /// A folder or database that refuses, templates that do not pass their checks.
    pub async fn open(options: Options) -> Result<Self, AppError> {
        std::fs::create_dir_all(&options.data).map_err(|e| AppError::Internal(format!("cannot make {}: {e}", options.data.display())))?;
        let database = Database::open(options.database.as_deref(), &options.data).await?;
        let city = options.templates.city()?;
        let zone = TimeZone::get(&city.zone).map_err(|e| AppError::Internal(format!("city.toml: zone: {e}")))?;
        let calendar = crate::calendars::load(&database, &options.templates, &zone).await?;
        let reporter_key = crate::reporters::key(&database).await?;
        let classifier = Classifier::from_toml(&options.templates.city_file("classes.toml")?)
            .map_err(|e| AppError::Internal(format!("classes.toml:{}: {}", e.line, e.message.en)))?;
        let black_spots = crate::blackspots::ground::BlackSpots::load(&options.templates)?;
        let repeat_rule = Arc::new(crate::joining::rule_from_toml(&options.templates.city_file("repeats.toml")?)?);
        let (notices, _) = broadcast::channel(1024);
        let app = Self {
            blobs: Blobs::open(&options.data.join("files"))?,
            sealed: Blobs::open(&options.data.join("sealed"))?,
            clock: Clock::real(),
            zone,
            calendar: RwLock::new(Arc::new(calendar)),
            projecting: tokio::sync::Mutex::new(()),
            cleaning: tokio::sync::Mutex::new(()),
            reporter_key,
            repeat_rule,
            joining: tokio::sync::Mutex::default(),
            ground: city.ground,
            classifier,
            templates: options.templates,
            data: options.data,
            number_prefix: city.number_prefix,
            name: RwLock::new(city.name),
            address: RwLock::new(city.address.trim_end_matches('/').to_owned()),
            units: RwLock::default(),
            definitions: RwLock::default(),
            roads: RwLock::new(None),
            areas: RwLock::default(),
            signals: RwLock::default(),
            street_graph: std::sync::Mutex::default(),
            streets: std::sync::Mutex::default(),
            published: std::sync::atomic::AtomicI64::new(0),
            notices,
            last_notice: std::sync::atomic::AtomicU64::new(0),
            effects: crate::effects::Effects::default(),
            seen_import: tokio::sync::Mutex::new(None),
            exchanged: std::sync::atomic::AtomicI64::new(0),
            importing: tokio::sync::Mutex::new(()),
            receiving: tokio::sync::Mutex::new(()),
            making: tokio::sync::Mutex::new(()),
            black_spots,
            database,
        };
        app.restore_demo_clock().await?;
        app.load_units().await?;
        for (row, unit) in app.ground.named_units().into_iter().filter(|(_, unit)| app.units().get(unit).is_none()) {
            tracing::warn!(row, unit, "city.toml names a unit that there is not; the row is passed over");
        }
        app.load_definitions().await?;
        app.finish_projection().await?;
        *app.seen_import.lock().await = gongzhi_store::signals::latest(&app.database).await?.0;
        app.load_network()?;
        app.load_signals().await?;
        if let Some(name) = directory::setting(&app.database, "city.name").await? {
            *write(&app.name) = serde_json::from_str(&name).map_err(|e| AppError::Internal(e.to_string()))?;
        }
        Ok(app)
    }

    /// The city's name.
    #[must_use]
    pub fn name(&self) -> Text {
        read(&self.name).clone()
    }

    /// The address at which the public reaches this program, without a slash at the end; empty if nobody has said.
    #[must_use]
    pub fn address(&self) -> String {
        read(&self.address).clone()
    }

    /// Says at which address the public reaches this program. What `city.toml` says stands.
    pub fn set_address(&self, address: &str) {
        let mut known = write(&self.address);
        if known.is_empty() {
            address.trim_end_matches('/').clone_into(&mut known);
        }
    }

    /// A link for paper and messages; `path` starts with a slash. Without an address it is the path alone.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.address())
    }

    /// Names the city.
    ///
    /// # Errors
    /// What the store says.
    pub async fn set_name(&self, name: Text) -> Result<(), AppError> {
        self.put_setting("city.name", &serde_json::to_string(&name).map_err(|e| AppError::Internal(e.to_string()))?).await?;
        *write(&self.name) = name;
        Ok(())
    }

    /// Sets a setting.
    ///
    /// # Errors
    /// What the store says.
    pub async fn put_setting(&self, name: &str, value: &str) -> Result<(), AppError> {
        let mut w = self.database.write().await?;
        directory::put_setting(&mut w, name, value).await?;
        w.commit().await?;
        Ok(())
    }

    /// The working calendar in force, with the number of its last edit.
    #[must_use]
    pub fn calendar(&self) -> Arc<CalendarInForce> {
        read(&self.calendar).clone()
    }

    pub(crate) fn replace_calendar(&self, calendar: CalendarInForce) {
        *write(&self.calendar) = Arc::new(calendar);
    }

    /// All units.
    #[must_use]
    pub fn units(&self) -> Arc<UnitTree> {
        read(&self.units).clone()
    }

    /// The definitions.
    #[must_use]
    pub fn definitions(&self) -> Arc<Definitions> {
        read(&self.definitions).clone()
    }

    pub(crate) fn replace_definitions(&self, definitions: Definitions) {
        *write(&self.definitions) = Arc::new(definitions);
    }

    /// The road network, once one is imported.
    #[must_use]
    pub fn network(&self) -> Option<Arc<Network>> {
        read(&self.roads).as_ref().map(|r| r.network.clone())
    }

    /// The roads with their stakes, once roads are imported.
    #[must_use]
    pub fn roads(&self) -> Option<Arc<Roads>> {
        read(&self.roads).clone()
    }

    /// Administrative areas of the network, the larger first.
    #[must_use]
    pub fn areas(&self) -> Arc<Vec<AreaEntry>> {
        read(&self.areas).clone()
    }

    /// The signals in memory: what maps, lists and counts filter.
    #[must_use]
    pub fn signals(&self) -> Arc<SignalIndex> {
        read(&self.signals).clone()
    }

    pub(crate) fn change_signals(&self, change: impl FnOnce(&mut SignalIndex)) {
        // A reader holds the old state while it works; the copy is made only where somebody does.
        change(Arc::make_mut(&mut *write(&self.signals)));
    }

    pub(crate) fn replace_signals(&self, mut index: SignalIndex) {
        let mut held = write(&self.signals);
        index.set_loading(held.loading() + 1);
        *held = Arc::new(index);
    }

    /// Listens to what happens from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// Tells listeners.
    pub(crate) fn tell(&self, topic: &'static str, body: Value) {
        let id = self.last_notice.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        // No listener is no fault.
        let _ = self.notices.send(Notice { topic, id, body });
    }

    /// Units from the store; the template's where there are none yet.
    pub(crate) async fn load_units(&self) -> Result<(), AppError> {
        let mut tree = directory::units(&self.database).await?;
        if tree.units.is_empty() {
            let text = self.templates.city_file("units.toml")?;
            tree = gongzhi_matter::city::units_from_toml("units.toml", &text).map_err(faults)?;
            let mut w = self.database.write().await?;
            for unit in tree.units.values() {
                directory::put_unit(&mut w, unit).await?;
            }
            w.commit().await?;
        }
        let tree = Arc::new(tree);
        *write(&self.units) = tree.clone();
        // Definitions carry the units they speak of; bound here once, not with every case that is loaded.
        let bound = read(&self.definitions).with_units(&tree);
        *write(&self.definitions) = Arc::new(bound);
        Ok(())
    }
    /// Takes roads into use.
    pub(crate) fn use_roads(&self, roads: Roads) {
        let areas = roads.network.areas().filter(|(_, a)| a.level > 0 && !a.name.is_empty());
        let mut areas: Vec<AreaEntry> =
            areas.map(|(_, a)| AreaEntry { key: a.key, name: Text::new(a.name, a.name_en), level: a.level }).collect();
        areas.sort_by(|a, b| (a.level, &a.key).cmp(&(b.level, &b.key)));
        *write(&self.areas) = Arc::new(areas);
        *write(&self.roads) = Some(Arc::new(roads));
    }

    /// The folder below which everything lies.
    #[must_use]
    pub fn data_folder(&self) -> &Path {
        &self.data
    }
}

pub(crate) fn faults(faults: Vec<gongzhi_matter::Fault>) -> AppError {
    AppError::Internal(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}
