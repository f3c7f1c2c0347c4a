//! Importing files: roads into one network file, signals into rows. All or nothing by file, twice is once.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use gongzhi_civic::place::{Bounds, Point};
use gongzhi_civic::time::{DAY_MS, Timestamp};
use gongzhi_road::datum::{Datum, Verdict, detect, from_wgs84};
use gongzhi_road::{Network, import as road_import};
use gongzhi_store::signals::{self, ImportRow, SignalRow};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use crate::App;
use crate::error::{AppError, Problem};
use crate::import::{self, Draft, Mapping, Outcome, Reject};
use crate::journal::{self, Signature};
use crate::placing;
use crate::signal_index::SignalIndex;

/// How far an import is, for a progress bar.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What is being done.
    pub what: &'static str,
    /// Work done.
    pub done: u64,
    /// All work; 0 where it is not known.
    pub total: u64,
}

/// What an import of signals did.
#[derive(Clone, Debug, Serialize)]
pub struct SignalsImported {
    /// Figures of the file.
    #[serde(flatten)]
    pub summary: import::Summary,
    /// Of the imported: new.
    pub new: u64,
    /// Of the imported: known with other content, replaced.
    pub changed: u64,
    /// Of the imported with a point: on a road within the reach.
    pub snapped: u64,
    /// Of the imported with a point inside the network's box.
    pub inside: u64,
    /// Of these: on a road within 50 m.
    pub inside_within_50_m: u64,
    /// Of the imported without a point: placed from their words.
    pub placed_by_words: u64,
    /// Which points inside the box are farther than 50 m from any road, and why.
    pub far_file: Option<PathBuf>,
    /// Where the rejected rows are, if there are any.
    pub reject_file: Option<PathBuf>,
}

const CHUNK: usize = 4_000;

/// Most rejected rows kept with their reasons in the reject file.
const MOST_REJECTS: usize = 1_000_000;

impl App {
    /// Imports roads from an OSM file (PBF, XML, packed XML) and places all signals anew on them.
    ///
    /// # Errors
    /// A file that is none, is cut off, has no roads, or whose datum is plainly another than claimed.
    pub async fn import_roads(
        &self,
        by: &Signature,
        path: &Path,
        datum: Datum,
        progress: &(dyn Fn(Step) + Sync),
    ) -> Result<Value, AppError> {
        let _one = self.importing.lock().await;
        let started = std::time::Instant::now();
        let map = gongzhi_store::blobs::map_file(path)?;
        let bytes: &[u8] = (*map).as_ref();
        let file_hash = blake3::hash(bytes).to_hex().to_string();
        let options = road_import::Options { datum };
        let imported = road_import::osm(bytes, &options, &mut |p| {
            let what = match p.stage {
                road_import::Stage::Reading => "reading",
                road_import::Stage::Graph => "graph",
                road_import::Stage::Places => "places",
                road_import::Stage::Writing => "writing",
            };
            progress(Step { what, done: p.done, total: p.total });
        })
        .map_err(|e| {
            AppError::from(Problem { status: 422, code: e.code.to_owned(), message: e.text.clone(), fields: Default::default() })
        })?;
        let network = Network::from_vec(imported.bytes.clone()).map_err(|e| AppError::Internal(e.to_string()))?;
        self.refuse_wrong_roads_datum(&network, datum)?;
        let before = self.network();
        let unchanged = before.as_ref().is_some_and(|n| n.identity() == network.identity());
        gongzhi_store::blobs::replace_file(&self.network_path(), &imported.bytes)?;
        self.keep_road_source(bytes, datum, &path.display().to_string())?;
        self.load_network()?;
        let moved = if unchanged { 0 } else { self.place_all_again(progress).await? };
        let cases = match before.filter(|_| !unchanged) {
            Some(old) => self.carry_cases(&old, &network).await?,
            None => Value::Null,
        };
        drop(network);
        let summary = serde_json::to_value(&imported.summary).map_err(|e| AppError::Internal(e.to_string()))?;
        let mut report = json!({
            "rows": imported.summary.osm_ways, "imported": imported.summary.road_ways,
            "rejected": imported.summary.skipped.values().sum::<u64>(), "unchanged": unchanged, "signals_placed_again": moved, "cases": cases,
            "file_bytes": imported.bytes.len(), "seconds": started.elapsed().as_secs_f64(), "network": summary,
        });
        self.record(by, "roads", path, &file_hash, &mut report).await?;
        Ok(report)
    }

    /// With signals in the store whose points are known to be WGS-84, a road file in a shifted datum shows itself.
    fn refuse_wrong_roads_datum(&self, network: &Network, claimed: Datum) -> Result<(), AppError> {
        let index = self.signals();
        let bounds = network.bounds();
        let inside = index.entries().iter().filter(|e| e.lon.is_finite()).map(|e| Point::new(e.lon, e.lat)).filter(|p| bounds.contains(*p));
        let points: Vec<Point> = inside.step_by((index.entries().len() / 500).max(1)).take(500).collect();
        match detect(&points, network).contradicts(Datum::Wgs84) {
            None => Ok(()),
            Some(better) => Err(Problem::new(
                422,
                "datum_contradicted",
                format!("道路文件声明为 {}，但已有警情与其偏离；若按 {:?} 解释则中位距离仅 {:.0} 米。未导入任何内容。", claimed.word(), better.datum, better.median_m),
                format!("The road file claims {}, but known signals lie beside its roads; read as {:?} the median distance is {:.0} m. Nothing was imported.", claimed.word(), better.datum, better.median_m),
            )
            .into()),
        }
    }

    /// Imports calls or crashes by a mapping called `name`. Linked tables are read from the file's own folder.
    ///
    /// # Errors
    /// A file that is not as the mapping says, or a datum that the roads contradict: nothing is kept then.
    pub async fn import_signals(
        &self,
        by: &Signature,
        path: &Path,
        name: &str,
        mapping: &Mapping,
        progress: &(dyn Fn(Step) + Sync),
    ) -> Result<SignalsImported, AppError> {
        let _one = self.importing.lock().await;
        let _still = self.receiving.lock().await;
        let started = std::time::Instant::now();
        let total = std::fs::metadata(path).map_err(|e| file_problem(path, &e))?.len();
        let file_hash = hash_file(path)?;
        let known = signals::known(&self.database, mapping.source()).await?;
        let import_id = uuid::Uuid::now_v7().to_string();
        let network = self.network();

        // Reading, placing and writing run as a pipe: the reader's thread fills chunks, this task writes them.
        let (sender, mut chunks) = tokio::sync::mpsc::channel::<Vec<Draft>>(2);
        let latest = Timestamp(self.clock.now().0 + DAY_MS);
        let read = |sender: tokio::sync::mpsc::Sender<Vec<Draft>>| -> Result<(import::Summary, Vec<Reject>), AppError> {
            let tick = |done: u64| progress(Step { what: "rows", done, total });
            let options = import::Options { bounds: None, latest: Some(latest), linked: None, progress: Some(&tick) };
            let (mut chunk, mut rejects) = (Vec::with_capacity(CHUNK), Vec::new());
            let summary = import::read_path(path, mapping, &options, &mut |outcome| {
                match outcome {
                    Outcome::Draft(draft) => chunk.push(*draft),
                    Outcome::Reject(reject) if rejects.len() < MOST_REJECTS => rejects.push(reject),
                    Outcome::Reject(_) => {}
                }
                if chunk.len() == CHUNK && sender.blocking_send(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK))).is_err() {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })
            .map_err(refused)?;
            if !chunk.is_empty() {
                // A writer that has gone away says why itself.
                let _ = sender.blocking_send(chunk);
            }
            Ok((summary, rejects))
        };

        let mut tally = Tally::default();
        let mut write = self.database.write().await?;
        let bounds = network.as_ref().map(|n| n.bounds());
        let outcome: Result<(import::Summary, Vec<Reject>), AppError> = std::thread::scope(|scope| {
            let reader = scope.spawn(move || read(sender));
            let writer = async {
                let mut sample: Vec<Point> = Vec::new();
                while let Some(drafts) = chunks.recv().await {
                    if sample.is_empty()
                        && let Some(network) = &network
                    {
                        sample = drafts.iter().filter_map(|d| d.point).filter(|p| network.bounds().contains(*p)).take(500).collect();
                        refuse_wrong_datum(&sample, network, mapping)?;
                    }
                    let rows = self.rows_of(drafts, &known, &import_id, &mut tally, bounds);
                    let gone: Vec<i64> = rows.iter().filter_map(|(_, _, replaces)| *replaces).collect();
                    let before: std::collections::HashMap<i64, SignalRow> =
                        signals::by_ids(&self.database, &gone).await?.into_iter().map(|r| (r.id, r)).collect();
                    let mut fresh = write.take("signal", i64::try_from(rows.len() - gone.len()).unwrap_or(i64::MAX)).await?;
                    let mut callers = Vec::new();
                    let rows: Vec<SignalRow> = rows
                        .into_iter()
                        .map(|(mut row, phone, replaces)| {
                            // A changed record keeps its number, its ties to cases, and what a person corrected.
                            row.id = replaces.unwrap_or(fresh);
                            fresh += i64::from(replaces.is_none());
                            if let Some(old) = before.get(&row.id).filter(|o| !matches!(o.class_by.as_str(), "source" | "suggestion")) {
                                (row.class, row.class_by, row.valid) = (old.class.clone(), old.class_by.clone(), old.valid);
                            }
                            callers.extend(phone.map(|p| (row.id, p)));
                            row
                        })
                        .collect();
                    signals::delete(&mut write, &gone).await?;
                    signals::insert(&mut write, &rows).await?;
                    signals::keep_callers(&mut write, &callers).await?;
                }
                Ok::<(), AppError>(())
            };
            let written = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(writer));
            chunks.close();
            let read = reader.join().unwrap_or_else(|_| Err(AppError::Internal("the reader stopped".into())));
            // The writer's own refusal comes first: the reader then only saw a closed pipe.
            written.and(read)
        });
        let (mut summary, rejects) = outcome?;
        summary.unchanged = tally.unchanged;
        summary.seconds = started.elapsed().as_secs_f64();
        let reject_file = self.write_rejects(name, &import_id, &rejects)?;
        let mut report = SignalsImported {
            new: tally.new,
            changed: tally.changed,
            snapped: tally.snapped,
            inside: tally.inside,
            inside_within_50_m: tally.near,
            placed_by_words: tally.by_words,
            far_file: self.write_far(name, &import_id, &tally.far)?,
            summary,
            reject_file,
        };
        let value = serde_json::to_value(&report).map_err(|e| AppError::Internal(e.to_string()))?;
        self.record_in(&mut write, by, name, path, &file_hash, &value, &import_id).await?;
        write.commit().await?;
        *self.seen_import.lock().await = Some(import_id.clone());
        if tally.new + tally.changed > 0 {
            self.load_signals().await?;
            self.tell("signal", json!({ "import": import_id }));
        }
        report.summary.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Drafts that are new or changed, placed and made into rows; on all cores.
    #[allow(clippy::type_complexity)]
    fn rows_of(
        &self,
        drafts: Vec<Draft>,
        known: &std::collections::HashMap<String, (i64, String)>,
        import_id: &str,
        tally: &mut Tally,
        bounds: Option<Bounds>,
    ) -> Vec<(SignalRow, Option<String>, Option<i64>)> {
        let roads = self.roads();
        let network = roads.as_ref().map(|r| r.network.clone());
        let fresh: Vec<(Draft, Option<i64>)> = drafts
            .into_iter()
            .filter_map(|draft| match known.get(&draft.source_key) {
                Some((_, content)) if *content == draft.content_hash => {
                    tally.unchanged += 1;
                    None
                }
                Some((id, _)) => {
                    tally.changed += 1;
                    Some((draft, Some(*id)))
                }
                None => {
                    tally.new += 1;
                    Some((draft, None))
                }
            })
            .collect();
        let lines: Vec<u64> = fresh.iter().map(|(d, _)| d.row_number).collect();
        let now = self.clock.now().0;
        let rows: Vec<(SignalRow, Option<String>, Option<i64>)> = fresh
            .into_par_iter()
            .map(|(draft, replaces)| {
                let place_text = draft.place_text.clone().unwrap_or_default();
                let placement = placing::place(roads.as_deref(), draft.point, &place_text, &draft.words);
                let suggestion = draft.class.is_none().then(|| self.classifier.suggest(&draft.words));
                let phone = draft.caller_phone.as_ref().map(|p| p.expose().to_owned());
                let serious = i64::from(draft.serious.unwrap_or(0));
                let slight = draft.slight.map_or_else(|| (i64::from(draft.injured.unwrap_or(0)) - serious).max(0), i64::from);
                let row = SignalRow {
                    class_by: if draft.class.is_some() { "source".into() } else { "suggestion".into() },
                    class: draft.class.clone().or_else(|| suggestion.as_ref().map(|s| s.class.clone())).unwrap_or_else(|| "other".into()),
                    class_suggested: suggestion.as_ref().map(|s| s.class.clone()),
                    class_reason: suggestion.as_ref().and_then(|s| serde_json::to_string(&s.reason).ok()),
                    caller_hash: draft.caller_phone.as_ref().map(crate::signals::caller_hash),
                    source: draft.source,
                    source_key: draft.source_key,
                    content_hash: draft.content_hash,
                    import_id: Some(import_id.to_owned()),
                    kind: draft.kind.as_str().to_owned(),
                    valid: draft.valid.unwrap_or(true),
                    at: draft.at.0,
                    received_at: draft.received_at.map_or(draft.at.0.min(now), |t| t.0),
                    words: draft.words,
                    place_text,
                    severity: draft.severity.map(|s| s.as_str().to_owned()),
                    deaths: i64::from(draft.deaths.unwrap_or(0)),
                    serious,
                    slight,
                    attributes: Value::Object(draft.attributes),
                    synthetic: draft.synthetic,
                    ..SignalRow::default()
                }
                .placed(placement);
                (row, phone, replaces)
            })
            .collect();
        for ((row, _, _), line) in rows.iter().zip(&lines) {
            match (row.snap_m, row.lon.zip(row.lat)) {
                (None, Some(_)) if row.confidence > 0.0 => tally.by_words += 1,
                (snap, Some((lon, lat))) => {
                    tally.snapped += u64::from(snap.is_some());
                    let point = Point::new(lon, lat);
                    if bounds.is_some_and(|b| b.contains(point)) {
                        tally.inside += 1;
                        let near = snap.is_some_and(|m| m <= 50.0);
                        tally.near += u64::from(near);
                        if !near && tally.far.len() < MOST_FAR {
                            let nearest_m = network.as_ref().and_then(|n| n.snap(point, FAR_LOOK_M)).map(|s| s.distance_m);
                            tally.far.push(Far { row: *line, key: row.source_key.clone(), point, nearest_m });
                        }
                    }
                }
                _ => {}
            }
        }
        rows
    }

    fn write_rejects(&self, mapping: &str, import_id: &str, rejects: &[Reject]) -> Result<Option<PathBuf>, AppError> {
        if rejects.is_empty() {
            return Ok(None);
        }
        let folder = self.data.join("rejects");
        std::fs::create_dir_all(&folder).map_err(|e| file_problem(&folder, &e))?;
        let path = folder.join(format!("{mapping}-{import_id}.csv"));
        gongzhi_store::blobs::replace_file(&path, &import::reject_csv(rejects))?;
        Ok(Some(path))
    }

    /// The list of far points: row, key, point, distance, reason in both languages.
    fn write_far(&self, mapping: &str, import_id: &str, far: &[Far]) -> Result<Option<PathBuf>, AppError> {
        if far.is_empty() {
            return Ok(None);
        }
        let folder = self.data.join("rejects");
        std::fs::create_dir_all(&folder).map_err(|e| file_problem(&folder, &e))?;
        let mut text = String::from("\u{feff}row,key,lon,lat,nearest_road_m,原因,reason\n");
        for f in far {
            let (metres, zh, en) = match f.nearest_m {
                Some(m) => (
                    format!("{m:.0}"),
                    format!("路网在 50 米内没有道路，最近的道路在 {m:.0} 米外"),
                    format!("the road file has no road within 50 m; the nearest is {m:.0} m away"),
                ),
                None => (
                    String::new(),
                    "路网在 2 公里内没有道路：该处不在路网文件的覆盖范围".to_owned(),
                    "the road file has no road within 2 km: it does not cover this place".to_owned(),
                ),
            };
            text.push_str(&format!("{},{},{},{},{metres},{zh},{en}\n", f.row, f.key, f.point.lon, f.point.lat));
        }
        let path = folder.join(format!("{mapping}-{import_id}-far.csv"));
        gongzhi_store::blobs::replace_file(&path, text.as_bytes())?;
        Ok(Some(path))
    }

    async fn record(&self, by: &Signature, mapping: &str, path: &Path, file_hash: &str, report: &mut Value) -> Result<(), AppError> {
        let id = uuid::Uuid::now_v7().to_string();
        let mut write = self.database.write().await?;
        self.record_in(&mut write, by, mapping, path, file_hash, report, &id).await?;
        write.commit().await?;
        *self.seen_import.lock().await = Some(id);
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    async fn record_in(
        &self,
        write: &mut gongzhi_store::Write,
        by: &Signature,
        mapping: &str,
        path: &Path,
        file_hash: &str,
        report: &Value,
        id: &str,
    ) -> Result<(), AppError> {
        let at = self.clock.now();
        let file_name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let row = ImportRow {
            id: id.to_owned(),
            mapping: mapping.to_owned(),
            file_name: file_name.clone(),
            file_hash: file_hash.to_owned(),
            actor: by.actor.clone(),
            at: at.0,
            summary: report.clone(),
        };
        signals::record_import(write, &row).await?;
        let body = json!({ "mapping": mapping, "file": file_name, "file_hash": file_hash, "rows": report["rows"], "imported": report["imported"], "rejected": report["rejected"] });
        journal::append(write, "import", by, at, &[("import".into(), body)]).await?;
        Ok(())
    }

    /// Places every signal anew: the roads have changed.
    async fn place_all_again(&self, progress: &(dyn Fn(Step) + Sync)) -> Result<u64, AppError> {
        let mut rows = Vec::new();
        signals::each_after(&self.database, 0, |row| rows.push(row)).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let roads = self.roads();
        let total = rows.len() as u64;
        let mut write = self.database.write().await?;
        for (i, chunk) in rows.chunks(CHUNK).enumerate() {
            let placed: Vec<_> = chunk
                .par_iter()
                .map(|r| {
                    // A point that came from words is found anew; one that came in stays.
                    let point = r
                        .snap_m
                        .is_some()
                        .then(|| r.lon.zip(r.lat))
                        .flatten()
                        .or_else(|| (r.confidence == 0.0).then(|| r.lon.zip(r.lat)).flatten());
                    placing::place(roads.as_deref(), point.map(|(lon, lat)| Point::new(lon, lat)), &r.place_text, &r.words)
                })
                .collect();
            for (row, placement) in chunk.iter().zip(&placed) {
                signals::place(&mut write, row.id, placement).await?;
            }
            progress(Step { what: "placing", done: (i * CHUNK) as u64, total });
        }
        write.commit().await?;
        self.load_signals().await?;
        Ok(total)
    }

    /// Fills the index from the table.
    pub(crate) async fn load_signals(&self) -> Result<(), AppError> {
        let mut index = SignalIndex::default();
        signals::each_for_index(&self.database, |row| index.take(&row, &self.zone)).await?;
        index.finish();
        self.join_all(&mut index).await?;
        self.replace_signals(index);
        Ok(())
    }
}

/// A point inside the network's box that lies far from its roads.
struct Far {
    row: u64,
    key: String,
    point: Point,
    /// Metres to the nearest road within [`FAR_LOOK_M`].
    nearest_m: Option<f64>,
}

/// How far to look for the road that a far point may belong to, metres.
const FAR_LOOK_M: f64 = 2_000.0;
/// Most far points listed.
const MOST_FAR: usize = 200_000;

#[derive(Default)]
struct Tally {
    far: Vec<Far>,
    new: u64,
    changed: u64,
    unchanged: u64,
    snapped: u64,
    inside: u64,
    near: u64,
    by_words: u64,
}

fn refuse_wrong_datum(sample: &[Point], network: &Network, mapping: &Mapping) -> Result<(), AppError> {
    let Some(claimed) = mapping.datum() else { return Ok(()) };
    // The reader has converted already; the raw points are had back by converting the other way.
    let raw: Vec<Point> = sample.iter().map(|p| from_wgs84(*p, claimed)).collect();
    let detection = detect(&raw, network);
    let code = match detection.verdict(claimed) {
        Verdict::Confirmed | Verdict::Undecided => return Ok(()),
        Verdict::Contradicted { .. } => "datum_contradicted",
        Verdict::Mixed { .. } => "datum_mixed",
    };
    let why = detection.text(claimed);
    Err(Problem::new(422, code, format!("{}未导入任何内容。", why.zh), format!("{} Nothing was imported.", why.en)).into())
}

fn refused(refusal: import::Refusal) -> AppError {
    Problem { status: 422, code: refusal.code().to_owned(), message: refusal.text(), fields: Default::default() }.into()
}

fn file_problem(path: &Path, e: &std::io::Error) -> AppError {
    let name = path.display();
    Problem::new(422, "file_unreadable", format!("无法读取文件 {name}：{e}"), format!("Cannot read the file {name}: {e}")).into()
}

fn hash_file(path: &Path) -> Result<String, AppError> {
    let mut hasher = blake3::Hasher::new();
    let mut file = std::fs::File::open(path).map_err(|e| file_problem(path, &e))?;
    std::io::copy(&mut file, &mut hasher).map_err(|e| file_problem(path, &e))?;
    Ok(hasher.finalize().to_hex().to_string())
}
