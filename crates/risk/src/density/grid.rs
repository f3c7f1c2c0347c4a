//! The plane under a city, and the grid of cells on it.

use gongzhi_civic::place::{Bounds, EARTH_RADIUS_M, Point};
use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

/// Local equirectangular projection about a centre: `x = R·cos(lat₀)·Δlon`, `y = R·Δlat`, metres.
///
/// North–south distances are those of the sphere. East–west distances are right on the centre's parallel and off by the
/// factor `cos(lat₀)/cos(lat)` elsewhere: about `tan(lat₀)·Δlat`, that is 0.09 % at 10 km north of a centre at 30°,
/// half a metre in a bandwidth of 500 m. [`Projection::scale_error`] gives the figure for a box.
/// The sphere itself (radius [`EARTH_RADIUS_M`]) differs from the ellipsoid by up to 0.6 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    center: Point,
    x_per_degree: f64,
    y_per_degree: f64,
}

impl Projection {
    /// The plane that touches at `center`.
    #[must_use]
    pub fn about(center: Point) -> Self {
        let y_per_degree = EARTH_RADIUS_M.to_radians();
        Self { center, x_per_degree: y_per_degree * center.lat.to_radians().cos(), y_per_degree }
    }

    /// Metres east and north of the centre.
    #[must_use]
    pub fn to_m(&self, p: Point) -> (f64, f64) {
        ((p.lon - self.center.lon) * self.x_per_degree, (p.lat - self.center.lat) * self.y_per_degree)
    }

    /// The point `x_m` east and `y_m` north of the centre.
    #[must_use]
    pub fn to_point(&self, x_m: f64, y_m: f64) -> Point {
        Point::new(self.center.lon + x_m / self.x_per_degree, self.center.lat + y_m / self.y_per_degree)
    }

    /// The point where the plane touches.
    #[must_use]
    pub const fn center(&self) -> Point {
        self.center
    }

    /// Largest relative error of an east–west distance inside `bounds` against the sphere: 0.001 is 1 m in 1 km.
    #[must_use]
    pub fn scale_error(&self, bounds: Bounds) -> f64 {
        let at_center = self.center.lat.to_radians().cos();
        [bounds.south, bounds.north].iter().map(|lat| (at_center / lat.to_radians().cos() - 1.0).abs()).fold(0.0, f64::max)
    }
}

/// Cells over a box, equal in degrees and, under the [`Projection`] about the box's centre, equal in metres.
///
/// Cell (column 0, row 0) is the north-western one; values are taken at cell centres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Grid {
    bounds: Bounds,
    projection: Projection,
    columns: usize,
    rows: usize,
    cell_width_m: f64,
    cell_height_m: f64,
}

impl Grid {
    /// A grid of `columns` × `rows` over `bounds`.
    ///
    /// # Errors
    /// [`GridError`]: an empty or impossible box, no cells, or more than [`MAX_CELLS`].
    pub fn new(bounds: Bounds, columns: usize, rows: usize) -> Result<Self, GridError> {
        let Bounds { west, south, east, north } = bounds;
        let in_range = west >= -180.0 && east <= 180.0 && south >= -89.0 && north <= 89.0;
        if !(in_range && west < east && south < north) {
            return Err(GridError::Bounds(bounds));
        }
        if columns == 0 || rows == 0 || columns.checked_mul(rows).is_none_or(|cells| cells > MAX_CELLS) {
            return Err(GridError::Size { columns, rows });
        }
        let projection = Projection::about(bounds.center());
        let cell_width_m = (east - west) * projection.x_per_degree / columns as f64;
        let cell_height_m = (north - south) * projection.y_per_degree / rows as f64;
        Ok(Self { bounds, projection, columns, rows, cell_width_m, cell_height_m })
    }

    /// A grid of `columns` × `rows` cells of the given size in metres about a centre.
    ///
    /// # Errors
    /// As [`Grid::new`].
    pub fn of_cells(center: Point, columns: usize, rows: usize, cell_width_m: f64, cell_height_m: f64) -> Result<Self, GridError> {
        let projection = Projection::about(center);
        let half_lon = columns as f64 * cell_width_m / 2.0 / projection.x_per_degree;
        let half_lat = rows as f64 * cell_height_m / 2.0 / projection.y_per_degree;
        let bounds =
            Bounds { west: center.lon - half_lon, south: center.lat - half_lat, east: center.lon + half_lon, north: center.lat + half_lat };
        // The sizes given are kept as given: going through degrees would change their last digits.
        Ok(Self { projection, cell_width_m, cell_height_m, ..Self::new(bounds, columns, rows)? })
    }

    /// The event of weight `w` at `p`, on this grid's plane.
    #[must_use]
    pub fn weighted(&self, p: Point, w: f64) -> super::Weighted {
        let (x_m, y_m) = self.projection.to_m(p);
        super::Weighted { x_m, y_m, w }
    }

    /// Metres east and north of the centre, of the middle of a cell.
    #[must_use]
    pub fn cell_center_m(&self, column: usize, row: usize) -> (f64, f64) {
        ((column as f64 + 0.5) * self.cell_width_m + self.west_m(), self.north_m() - (row as f64 + 0.5) * self.cell_height_m)
    }

    /// The box.
    #[must_use]
    pub const fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The plane about the box's centre.
    #[must_use]
    pub const fn projection(&self) -> Projection {
        self.projection
    }

    /// Cells from west to east.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// Cells from north to south.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// East–west size of a cell, metres.
    #[must_use]
    pub const fn cell_width_m(&self) -> f64 {
        self.cell_width_m
    }

    /// North–south size of a cell, metres.
    #[must_use]
    pub const fn cell_height_m(&self) -> f64 {
        self.cell_height_m
    }

    /// Area of a cell, km².
    #[must_use]
    pub fn cell_km2(&self) -> f64 {
        self.cell_width_m * self.cell_height_m / 1e6
    }

    /// The western edge, metres east of the centre (negative).
    pub(super) fn west_m(&self) -> f64 {
        -0.5 * self.columns as f64 * self.cell_width_m
    }

    /// The northern edge, metres north of the centre.
    pub(super) fn north_m(&self) -> f64 {
        0.5 * self.rows as f64 * self.cell_height_m
    }
}

/// Most cells of one grid: 16 Mi, 128 MB of density.
pub const MAX_CELLS: usize = 1 << 24;

/// Why there is no such grid.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum GridError {
    /// Not a box: empty, turned round, not finite, off the globe, or over a pole.
    #[error("bounds_invalid: {0:?} is not a box")]
    Bounds(Bounds),
    /// No cells, or too many.
    #[error("grid_size_invalid: {columns} × {rows} cells")]
    Size {
        /// Columns asked for.
        columns: usize,
        /// Rows asked for.
        rows: usize,
    },
}

impl GridError {
    /// Stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Bounds(_) => "bounds_invalid",
            Self::Size { .. } => "grid_size_invalid",
        }
    }

    /// The reason in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Bounds(b) => Text::new(
                format!("范围无效：西 {} 南 {} 东 {} 北 {}", b.west, b.south, b.east, b.north),
                format!("Not a box: west {}, south {}, east {}, north {}", b.west, b.south, b.east, b.north),
            ),
            Self::Size { columns, rows } => Text::new(
                format!("网格大小无效：{columns} × {rows}（最多 {MAX_CELLS} 格）"),
                format!("Not a grid size: {columns} × {rows} (at most {MAX_CELLS} cells)"),
            ),
        }
    }
}
