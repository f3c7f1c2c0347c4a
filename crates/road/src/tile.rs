//! Vector tiles (Mapbox Vector Tile 2) straight from the network.
//!
//! [`TILE_LAYERS`] declares what is in them. Names are left out where there are none. One-way roads run in driving direction.

use std::collections::HashMap;

use crate::Network;
use crate::format::*;
use crate::geometry::ring_contains;
use crate::place::{AreaKind, Class, LandmarkKind};

mod clip;
mod layers;
mod mvt;
mod view;

pub use layers::{TILE_LAYERS, TILE_ZOOMS, TileLayer};
use mvt::{Layer, Value};
use view::View;

/// Highest zoom a tile is made for; clients overzoom from there.
const DEEPEST: u8 = 22;
/// Lines may be simplified by this many of the tile's 4096 units below [`FULL_ZOOM`].
const TOLERANCE: f64 = 3.0;
const FULL_ZOOM: u8 = 17;
/// Areas narrower than this many units are left out.
const LEAST_AREA: f64 = 10.0;

impl Network {
    /// The vector tile `z/x/y` (Web Mercator, y from the north); empty where there is nothing or the address is no tile.
    #[must_use]
    pub fn tile(&self, z: u8, x: u32, y: u32) -> Vec<u8> {
        if z > DEEPEST || x >> z != 0 || y >> z != 0 {
            return Vec::new();
        }
        let view = View::new(z, x, y);
        let mut tile = Vec::new();
        self.land(&view).write(&mut tile);
        self.boundary(&view).write(&mut tile);
        self.road_lines(&view).write(&mut tile);
        self.crossing_points(&view).write(&mut tile);
        self.place_points(&view).write(&mut tile);
        tile
    }

    fn areas_in<'a>(&'a self, view: &'a View) -> impl Iterator<Item = &'a AreaRecord> {
        self.table::<AreaRecord>(Tag::Areas).iter().filter(|a| view.touches(a.west, a.south, a.east, a.north))
    }

    fn land(&self, view: &View) -> Layer {
        let mut layer = Layer::new("land");
        let order = |kind: u8| match AreaKind::from_code(kind) {
            AreaKind::BuiltUp => 0,
            AreaKind::Grounds => 1,
            AreaKind::Green => 2,
            _ => 3,
        };
        let size = |a: &AreaRecord| view.size(a.west, a.south, a.east, a.north);
        let mut areas: Vec<&AreaRecord> =
            self.areas_in(view).filter(|a| a.kind != AreaKind::Administrative as u8 && size(a).0.min(size(a).1) >= LEAST_AREA).collect();
        // Painted in this order: built-up first, water last, the large below the small.
        areas.sort_by(|a, b| order(a.kind).cmp(&order(b.kind)).then_with(|| (size(b).0 * size(b).1).total_cmp(&(size(a).0 * size(a).1))));
        for area in areas {
            let polygons = self.polygons(view, area);
            if !polygons.is_empty() {
                layer.polygons(
                    &polygons,
                    &self.named(area.name, area.name_en, &[("kind", Value::Text(AreaKind::from_code(area.kind).word()))]),
                );
            }
        }
        layer
    }

    /// Rings as polygons in tile units: each outer ring with its holes.
    fn polygons(&self, view: &View, area: &AreaRecord) -> Vec<Vec<Vec<(i32, i32)>>> {
        let rings: Vec<&[ShapeRecord]> = self.rings(area).filter(|r| r.len() > 3).collect();
        let around = |i: usize| -> Vec<usize> { (0..rings.len()).filter(|j| *j != i && ring_contains(rings[*j], rings[i][0])).collect() };
        // Few areas have more than some dozen rings; those that do are drawn as outer rings only.
        let inside: Vec<Vec<usize>> =
            if rings.len() <= 200 { (0..rings.len()).map(around).collect() } else { vec![Vec::new(); rings.len()] };
        let shape = |i: usize| view.ring(rings[i], TOLERANCE);
        let mut polygons = Vec::new();
        for outer in (0..rings.len()).filter(|i| inside[*i].len().is_multiple_of(2)) {
            let ring = shape(outer);
            if ring.len() < 3 {
                continue;
            }
            let mut polygon = vec![ring];
            for hole in (0..rings.len()).filter(|h| inside[*h].len() == inside[outer].len() + 1 && inside[*h].contains(&outer)) {
                polygon.push(shape(hole));
            }
            polygon.retain(|r| r.len() > 2);
            polygons.push(polygon);
        }
        polygons
    }

    fn boundary(&self, view: &View) -> Layer {
        let mut layer = Layer::new("boundary");
        let deepest = match view.z {
            0..=7 => 5,
            8..=10 => 6,
            11..=12 => 8,
            _ => 12,
        };
        for area in self.areas_in(view).filter(|a| a.kind == AreaKind::Administrative as u8 && a.level <= deepest) {
            let lines: Vec<Vec<(i32, i32)>> = self.rings(area).flat_map(|ring| view.line(&view.project(ring), TOLERANCE)).collect();
            if !lines.is_empty() {
                layer.lines(&lines, &self.named(area.name, area.name_en, &[("level", Value::Int(i64::from(area.level)))]));
            }
        }
        layer
    }

    fn road_lines(&self, view: &View) -> Layer {
        let mut layer = Layer::new("roads");
        let (lines, ways, shapes) = (self.lines(), self.table::<WayRecord>(Tag::Ways), self.table::<ShapeRecord>(Tag::Shapes));
        // Lines of one look, to be joined to long ones: fewer features, and labels that fit.
        let mut groups: HashMap<Look, Vec<u32>> = HashMap::new();
        for line in self.lines_in(view) {
            let Some(record) = lines.get(line as usize) else { continue };
            let Some(way) = ways.get(record.way as usize) else { continue };
            if view.z < first_zoom(Class::from_code(way.class), way.name != 0) {
                continue;
            }
            let oneway = record.forward == NONE || record.backward == NONE;
            let look = Look {
                class: way.class,
                flags: way.flags & (WAY_BRIDGE | WAY_TUNNEL),
                layer: way.layer,
                level: way.level,
                oneway,
                name: way.name,
                name_en: way.name_en,
                reference: way.reference,
            };
            groups.entry(look).or_default().push(line);
        }
        // The minor below the major, and the same order every time.
        let mut groups: Vec<(Look, Vec<u32>)> = groups.into_iter().collect();
        groups.sort_unstable_by(|a, b| a.0.level.cmp(&b.0.level).then(b.0.class.cmp(&a.0.class)).then(a.0.cmp(&b.0)));
        for (look, members) in groups {
            let mut parts: Vec<Vec<(i32, i32)>> = Vec::new();
            for chain in view::chains(lines, &members, look.oneway) {
                let mut points: Vec<(f64, f64)> = Vec::new();
                for (line, against) in chain {
                    let Some(record) = lines.get(line as usize) else { continue };
                    let piece = view.project(crate::network::span(shapes, record.first_shape, record.shape_count));
                    let skip = usize::from(!points.is_empty());
                    if against { points.extend(piece.into_iter().rev().skip(skip)) } else { points.extend(piece.into_iter().skip(skip)) }
                }
                parts.extend(view.line(&points, TOLERANCE));
            }
            if parts.is_empty() {
                continue;
            }
            let mut tags = self.named(look.name, look.name_en, &[("class", Value::Text(Class::from_code(look.class).word()))]);
            if look.reference != 0 {
                tags.push(("ref", Value::Text(self.string(look.reference))));
            }
            tags.extend([
                ("bridge", Value::Bool(look.flags & WAY_BRIDGE != 0)),
                ("tunnel", Value::Bool(look.flags & WAY_TUNNEL != 0)),
                ("layer", Value::Int(i64::from(look.layer))),
                ("oneway", Value::Bool(look.oneway)),
                ("level", Value::Int(i64::from(look.level))),
            ]);
            layer.lines(&parts, &tags);
        }
        layer
    }

    /// Lines with a segment in cells the tile touches; all lines where the tile is as large as the network.
    fn lines_in(&self, view: &View) -> Vec<u32> {
        if view.z < 9 {
            return (0..self.lines().len() as u32).collect();
        }
        let shape_lines = self.table::<u32>(Tag::ShapeLines);
        let cells = crate::snap::grid::Cells {
            shape: self.meta().segment_grid,
            starts: self.table(Tag::SegmentCells),
            items: self.table(Tag::SegmentItems),
        };
        let mut found = Vec::new();
        let [west, south, east, north] = view.bounds;
        cells.in_box(west, south, east, north, |item| found.extend(shape_lines.get(item as usize)));
        found.sort_unstable();
        found.dedup();
        found
    }

    fn crossing_points(&self, view: &View) -> Layer {
        let mut layer = Layer::new("crossings");
        if view.z >= layers::CROSSINGS_FROM {
            for c in self.table::<CrossingRecord>(Tag::Crossings).iter().filter(|c| view.holds(c.x, c.y)) {
                layer.point(
                    view.pixel(ShapeRecord { x: c.x, y: c.y }),
                    &[("name", Value::Text(self.string(c.name))), ("signal", Value::Bool(c.flags & CROSSING_SIGNAL != 0))],
                );
            }
        }
        layer
    }

    fn place_points(&self, view: &View) -> Layer {
        let mut layer = Layer::new("places");
        let mut marks: Vec<&LandmarkRecord> =
            self.table::<LandmarkRecord>(Tag::Landmarks).iter().filter(|l| view.holds(l.x, l.y)).collect();
        marks.sort_by_key(|l| (l.kind, l.osm));
        for mark in marks {
            let kind = LandmarkKind::from_code(mark.kind as u8);
            if view.z >= first_zoom_of(kind) {
                let tags =
                    self.named(mark.name, mark.name_en, &[("kind", Value::Text(kind.word())), ("rank", Value::Int(i64::from(mark.kind)))]);
                layer.point(view.pixel(ShapeRecord { x: mark.x, y: mark.y }), &tags);
            }
        }
        // Lakes and parks of some size carry their names in the middle.
        for area in self.areas_in(view).filter(|a| a.name != 0 && matches!(AreaKind::from_code(a.kind), AreaKind::Water | AreaKind::Green))
        {
            let (width, height) = view.size(area.west, area.south, area.east, area.north);
            let middle = ShapeRecord { x: i32::midpoint(area.west, area.east), y: i32::midpoint(area.south, area.north) };
            if width.min(height) > 200.0 && view.holds(middle.x, middle.y) {
                let kind = AreaKind::from_code(area.kind).word();
                layer.point(
                    view.pixel(middle),
                    &self.named(area.name, area.name_en, &[("kind", Value::Text(kind)), ("rank", Value::Int(15))]),
                );
            }
        }
        layer
    }

    fn named<'a>(&'a self, name: u32, name_en: u32, more: &[(&'static str, Value<'a>)]) -> Vec<(&'static str, Value<'a>)> {
        let mut tags = more.to_vec();
        for (key, id) in [("name", name), ("name_en", name_en)] {
            if id != 0 {
                tags.push((key, Value::Text(self.string(id))));
            }
        }
        tags
    }
}

/// What makes two lines look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Look {
    class: u8,
    flags: u16,
    layer: i8,
    level: i8,
    oneway: bool,
    name: u32,
    name_en: u32,
    reference: u32,
}

/// The zoom from which a road is drawn.
const fn first_zoom(class: Class, named: bool) -> u8 {
    match class {
        Class::Motorway | Class::Trunk => 5,
        Class::Primary => 8,
        Class::Secondary | Class::Ramp => 10,
        Class::Tertiary => 11,
        Class::Unclassified | Class::Residential | Class::Link => 13,
        Class::LivingStreet | Class::Pedestrian => 14,
        Class::Service if named => 14,
        Class::Service | Class::Track => 15,
    }
}

/// The zoom from which a landmark is shown.
const fn first_zoom_of(kind: LandmarkKind) -> u8 {
    match kind {
        LandmarkKind::City => 4,
        LandmarkKind::District => 9,
        LandmarkKind::Town => 10,
        LandmarkKind::Village => 12,
        LandmarkKind::Neighbourhood | LandmarkKind::Station => 13,
        LandmarkKind::Hospital | LandmarkKind::Sight | LandmarkKind::Structure | LandmarkKind::Exit => 14,
        LandmarkKind::School | LandmarkKind::Mall | LandmarkKind::Office => 15,
        LandmarkKind::Service => 16,
    }
}
