//! Cases keep their places when roads are imported again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gongzhi_road::{Network, carry};
use gongzhi_store::case_places;
use serde_json::{Value, json};

use crate::App;
use crate::error::AppError;
use crate::import::harmless;

impl App {
    /// Puts cases from the keys of the old network onto those of the new one. What cannot be found again keeps its old key and its
    /// point, and is listed in a file for a person to look at.
    pub(crate) async fn carry_cases(&self, old: &Network, new: &Network) -> Result<Value, AppError> {
        let used = case_places::used(&self.database).await?;
        if used.is_empty() {
            return Ok(Value::Null);
        }
        let carried = carry(old, new);
        let moved: BTreeMap<&str, &str> = carried.moved.iter().map(|m| (m.old.as_str(), m.new.as_str())).collect();
        let pairs: Vec<(String, String)> =
            used.iter().filter_map(|u| Some((u.key.clone(), (*moved.get(u.key.as_str())?).to_owned()))).collect();
        let mut rows = self.database.write().await?;
        let count = case_places::carry(&mut rows, &pairs).await?;
        rows.commit().await?;
        let lost: BTreeMap<&str, &gongzhi_road::Lost> = carried.lost.iter().map(|l| (l.key.as_str(), l)).collect();
        let mut table = csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
        let mut write = |cells: [&str; 6]| table.write_record(cells).expect("a vector takes every byte");
        write(["地点编号 key", "名称 name", "在办 open", "全部 all", "原因", "reason"]);
        let (mut places, mut cases, mut open) = (0u64, 0i64, 0i64);
        for (one, gone) in used.iter().filter_map(|u| Some((u, lost.get(u.key.as_str())?))) {
            let why = gone.why.text();
            write([&one.key, &harmless(&gone.name), &one.open.to_string(), &one.cases.to_string(), &why.zh, &why.en]);
            places += 1;
            cases += one.cases;
            open += one.open;
        }
        let file = if places > 0 { Some(self.write_lost(&table.into_inner().expect("a vector takes every byte"))?) } else { None };
        Ok(json!({
            "moved": count, "lost_places": places, "lost_cases": cases, "lost_open": open, "lost_file": file,
            "places": { "kept": carried.kept.len(), "moved": carried.moved.len(), "lost": carried.lost.len() },
        }))
    }

    fn write_lost(&self, table: &[u8]) -> Result<PathBuf, AppError> {
        let folder = self.data.join("rejects");
        std::fs::create_dir_all(&folder).map_err(|e| AppError::Internal(format!("{}: {e}", folder.display())))?;
        let path = folder.join(format!("roads-{}-lost.csv", uuid::Uuid::now_v7()));
        gongzhi_store::blobs::replace_file(&path, table)?;
        Ok(path)
    }
}
