//! A small house to test in: a drawn town, people of four units, a standing clock.

use std::sync::Arc;

use gongzhi_app::cases::{Act, NewCase};
use gongzhi_app::{App, AppError, Options, Templates};
use gongzhi_civic::permission::Actor;
use gongzhi_civic::text::Language;
use gongzhi_civic::time::Timestamp;
use gongzhi_testkit::RoadMap;
use gongzhi_testkit::databases::{TestPlace, both};
use serde_json::{Value, json};

/// Thursday 2026-11-19, 10:00 in Shanghai.
pub const NOON: Timestamp = Timestamp(1_795_053_600_000);

/// Two named roads that cross, and a quiet one.
///
/// ```text
///    N
///    |
/// W--X--E     胜利东路 W–X–E, 阳明北路 N–X–S, 平江路 E–T
///    |  |
///    S  T
/// ```
pub fn town() -> RoadMap {
    RoadMap::draw("   N   \n   |   \nW--X--E\n   |  |\n   S  T")
        .scale(80.0)
        .way("WXE", |w| w.name("胜利东路").class("primary"))
        .way("NXS", |w| w.name("阳明北路").class("primary"))
        .way("ET", |w| w.name("平江路").class("residential"))
}

pub struct House {
    pub app: Arc<App>,
    pub place: TestPlace,
}

/// The matters that the engine's own tests use: between them they have every key of the format.
pub fn made_up_matters() -> Templates {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../matter/tests/fixtures");
    Templates { matters: Some(folder), ..Templates::default() }
}

/// A folder with all below it.
pub fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { assert!(std::fs::copy(entry.path(), target).is_ok()) }
    }
}

pub async fn houses() -> Vec<House> {
    houses_with(Templates::default()).await
}

pub async fn houses_with(templates: Templates) -> Vec<House> {
    let mut houses = Vec::new();
    for place in both().await {
        std::fs::write(place.folder.path().join("roads.network"), town().imported().bytes).unwrap();
        let app = open_with(&place, templates.clone()).await;
        for (login, unit, roles) in [
            ("dispatcher", "brigade-1", "dispatcher"),
            ("officer", "brigade-2", "officer"),
            ("officer1", "brigade-1", "officer"),
            ("clerk", "urban-management", "clerk"),
            ("other", "transport", "clerk"),
            ("leader", "commission", "leader"),
            ("office", "commission", "clerk"),
            ("admin", "commission", "administrator"),
        ] {
            app.add_account(login, login, unit, &[roles.to_owned()], "a long password").await.unwrap();
        }
        houses.push(House { app, place });
    }
    houses
}

/// A second program on the same state.
pub async fn open(place: &TestPlace) -> Arc<App> {
    open_with(place, Templates::default()).await
}

/// A second program on the same state, with other matters.
pub async fn open_with(place: &TestPlace, templates: Templates) -> Arc<App> {
    let options = Options { data: place.folder.path().to_owned(), database: place.address.clone(), templates };
    let app = App::open(options).await.unwrap();
    app.clock.run_at(0.0);
    app.clock.set(NOON);
    Arc::new(app)
}

impl House {
    pub async fn who(&self, login: &str) -> Actor {
        self.app.log_in(login, "a long password", "test").await.unwrap().1
    }

    pub fn later(&self, hours: i64) {
        self.app.clock.set(self.app.clock.now().plus_ms(hours * 3_600_000));
    }

    /// Opens a lamp hazard as the dispatcher.
    pub async fn hazard(&self, key: &str) -> String {
        let x = town().point('X');
        let new = NewCase {
            matter: "hazard".into(),
            fields: json!({ "category": "lamp", "severity": 2, "description": "路灯不亮 <script>alert(1)</script>" }),
            place: gongzhi_app::cases::GivenPlace { lon: Some(x.lon), lat: Some(x.lat), ..Default::default() },
            photos: vec![self.photo(key).await],
            key: key.into(),
            ..NewCase::default()
        };
        self.app.open_case(&self.who("dispatcher").await, new).await.unwrap().id
    }

    pub async fn photo(&self, seed: &str) -> String {
        let shade = blake3::hash(seed.as_bytes()).as_bytes()[0];
        let jpeg = gongzhi_app::photo::encode_rgb(64, 48, &[shade; 64 * 48 * 3]).unwrap();
        self.app.take_photo(jpeg, "test").await.unwrap()["hash"].as_str().unwrap().to_owned()
    }

    pub async fn act(&self, login: &str, id: &str, action: &str, act: Act) -> Result<String, AppError> {
        self.app.act(&self.who(login).await, id, action, act).await.map(|row| row.stage)
    }

    pub async fn page(&self, login: &str, id: &str) -> Value {
        self.app.case(&self.who(login).await, id, Language::Zh).await.unwrap()
    }
}

/// The code of a refusal.
pub fn code<T: std::fmt::Debug>(result: Result<T, AppError>) -> String {
    match result.unwrap_err() {
        AppError::Problem(p) => {
            assert!(!p.message.zh.is_empty() && !p.message.en.is_empty(), "{} is said in both languages", p.code);
            p.code
        }
        other => panic!("not a problem the asker can mend: {other}"),
    }
}

pub fn fields(fields: Value) -> Act {
    Act { fields, ..Act::default() }
}

pub fn because(code: &str) -> Act {
    Act { reason: Some("说明".into()), reason_code: Some(code.into()), ..Act::default() }
}
