//! What a citizen does without an account.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use gongzhi_app::Problem;
use gongzhi_app::public::{ListedQuery, PublicAct, PublicReport};
use gongzhi_civic::place::Point;
use gongzhi_civic::text::Language;
use serde::Deserialize;

use crate::Shared;
use crate::answer::{Answer, Ask, Body, Lang, Or as _, Refused, created, ok};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/public/matters", get(matters))
        .route("/api/public/place", get(place))
        .route("/api/public/search", get(search))
        .route("/api/public/nearby", get(nearby))
        .route("/api/public/cases", get(listed).post(report))
        .route("/api/public/cases/{token}", get(one))
        .route("/api/public/cases/{token}/support", post(support))
        .route("/api/public/cases/{token}/contest", post(contest))
        .route("/api/public/cases/{token}/actions/{action}", post(act))
}

async fn matters(State(shared): State<Shared>) -> Answer {
    Ok(ok(shared.app.public_matters()))
}

#[derive(Deserialize)]
struct Spot {
    lon: f64,
    lat: f64,
    matter: Option<String>,
    category: Option<String>,
}

impl Spot {
    fn point(&self, language: Language) -> Result<Point, Refused> {
        let wrong = || Refused(Problem::new(422, "point_invalid", "坐标无效。", "This is no point.").into(), language);
        Point::valid(self.lon, self.lat).ok_or_else(wrong)
    }
}

async fn place(State(shared): State<Shared>, Lang(language): Lang, Ask(spot): Ask<Spot>) -> Answer {
    Ok(ok(shared.app.public_place(spot.point(language)?, language)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Search {
    q: String,
}

async fn search(State(shared): State<Shared>, Lang(language): Lang, Ask(search): Ask<Search>) -> Answer {
    let words: String = search.q.chars().take(200).collect();
    Ok(ok(shared.app.public_search(&words, language)))
}

async fn nearby(State(shared): State<Shared>, Lang(language): Lang, Ask(spot): Ask<Spot>) -> Answer {
    let point = spot.point(language)?;
    let matter = spot.matter.as_deref().unwrap_or_default();
    Ok(ok(shared
        .app
        .public_nearby(matter, point, spot.category.as_deref().filter(|c| !c.is_empty()), language)
        .await
        .or_refuse(language)?))
}

async fn report(State(shared): State<Shared>, Lang(language): Lang, Body(given): Body<PublicReport>) -> Answer {
    Ok(created(shared.app.public_report(given, language).await.or_refuse(language)?))
}

async fn one(State(shared): State<Shared>, Lang(language): Lang, Path(token): Path<String>) -> Answer {
    Ok(ok(shared.app.public_case(&token, language).await.or_refuse(language)?))
}

async fn support(State(shared): State<Shared>, Lang(language): Lang, Path(token): Path<String>) -> Answer {
    Ok(ok(shared.app.public_support(&token, language).await.or_refuse(language)?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Objection {
    reason: String,
    photos: Vec<String>,
}

async fn contest(State(shared): State<Shared>, Lang(language): Lang, Path(token): Path<String>, Body(given): Body<Objection>) -> Answer {
    Ok(ok(shared.app.public_contest(&token, &given.reason, given.photos, language).await.or_refuse(language)?))
}

async fn listed(State(shared): State<Shared>, Lang(language): Lang, Ask(query): Ask<ListedQuery>) -> Answer {
    Ok(ok(shared.app.public_cases(&query, language).await.or_refuse(language)?))
}

async fn act(
    State(shared): State<Shared>,
    Lang(language): Lang,
    Path((token, action)): Path<(String, String)>,
    Body(given): Body<PublicAct>,
) -> Answer {
    Ok(ok(shared.app.public_act(&token, &action, given, language).await.or_refuse(language)?))
}
