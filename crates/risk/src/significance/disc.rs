//! The difference of two heat maps, tested: at every cell the counts within a disc, then and now, compared exactly.
//!
//! So the map can show only where the rise or fall is more than chance. The disc is the uniform kernel's; the picture under it may be
//! of any kernel with the same bandwidth. Discs of neighbouring cells overlap, so their tests depend on each other positively,
//! which Benjamini–Hochberg bears; the rate it holds is a share of the *marked area*, not of marked blobs.

use super::SignificanceError;
use super::change::{ChangeMethod, Direction, Table, direction};
use crate::density::{Grid, Kernel, Weighted, planar};
use gongzhi_civic::text::Text;

/// The tested difference of two maps. All lists are by cell: row-major, north row first.
#[derive(Clone, Debug, PartialEq)]
pub struct DiscChanges {
    /// Events now within the disc about the cell's centre.
    pub n_now: Vec<u32>,
    /// Events then.
    pub n_then: Vec<u32>,
    /// Exact two-sided p of this cell alone.
    pub p: Vec<f64>,
    /// `p` corrected for all cells that could have shown something.
    pub q: Vec<f64>,
    /// Rise or fall where `q` is at most the false discovery rate; [`Direction::Same`] elsewhere.
    pub shown: Vec<Direction>,
    /// Cells with events enough to be tested.
    pub tested: usize,
    /// The method, to print with the map.
    pub method: Text,
}

/// Tests the change within `radius_m` of every cell's centre. Weights are not read: an event counts once.
///
/// # Errors
/// [`SignificanceError::Parameter`] for a radius or exposure out of range, [`SignificanceError::Value`] for an event whose place
/// is no number.
pub fn disc_changes(
    now: &[Weighted],
    then: &[Weighted],
    grid: &Grid,
    radius_m: f64,
    method: ChangeMethod,
) -> Result<DiscChanges, SignificanceError> {
    let (n_now, n_then) = (within(now, grid, radius_m)?, within(then, grid, radius_m)?);
    let table = Table::of(&n_now, &n_then, method)?;
    let shown_of: Vec<Direction> = table
        .pairs
        .iter()
        .zip(&table.q)
        .map(|(&(now, then), q)| if *q <= method.false_discovery { direction(now, then, method) } else { Direction::Same })
        .collect();
    let by_cell = |of_pair: &[f64]| table.place.iter().map(|&pair| of_pair[pair as usize]).collect();
    let shown: Vec<Direction> = table.place.iter().map(|&pair| shown_of[pair as usize]).collect();
    let (cells, tested, percent) = (shown.len(), table.tested, method.false_discovery * 100.0);
    let (correction, before, after) = (method.correction.name(), then.len(), now.len());
    let text = Text::new(
        format!(
            "每格半径 {radius_m:.0} 米内两期起数（n = {before} → {after}）的精确条件检验（双侧）；{cells} 格中 {tested} 格足以检验；错误发现率 {percent}%（{correction}，按面积计）"
        ),
        format!(
            "Counts of both periods (n = {before} → {after}) within {radius_m:.0} m of each cell, exact conditional test, two-sided; {tested} of {cells} cells have events enough; false discovery rate {percent} % of the marked area ({correction})"
        ),
    );
    Ok(DiscChanges { p: by_cell(&table.p), q: by_cell(&table.q), n_now, n_then, shown, tested, method: text })
}

/// Events within the disc about every cell's centre, rim included: the uniform kernel times the disc's area.
fn within(events: &[Weighted], grid: &Grid, radius_m: f64) -> Result<Vec<u32>, SignificanceError> {
    let once: Vec<Weighted> = events.iter().map(|event| Weighted { w: 1.0, ..*event }).collect();
    let density = planar(&once, grid, radius_m, Kernel::Uniform).map_err(|error| match error {
        crate::density::DensityError::Event { index } => SignificanceError::Value { unit: index, value: f64::NAN },
        _ => SignificanceError::Parameter { name: "radius_m", value: radius_m },
    })?;
    let km2 = std::f64::consts::PI * radius_m * radius_m / 1e6;
    Ok(density.iter().map(|d| (d * km2).round().max(0.0) as u32).collect())
}
