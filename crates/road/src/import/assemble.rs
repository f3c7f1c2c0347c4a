//! From what was found to the bytes of a network file.

use std::collections::BTreeMap;

use super::collect::{Collected, rings};
use super::crossings::{Crossings, RoadFacts};
use super::graph::{Graph, directions};
use super::name_index::NameIndex;
use super::restrictions;
use super::sections::Sections;
use super::source::too_large;
use super::{ImportError, Summary, addresses, exits, stakes};
use crate::format::*;
use crate::geometry::distance_m;
use crate::place::{AreaKind, Class, LandmarkKind};
use crate::snap::grid;

/// Least cell of the segment grid, metres.
const SEGMENT_CELL_M: f64 = 40.0;
/// Least cell of the grid of crossing nodes, metres.
const NODE_CELL_M: f64 = 60.0;

pub(crate) fn assemble(
    graph: &Graph,
    collected: &Collected,
    crossings: &Crossings,
    sections: &Sections,
    facts: &RoadFacts,
    summary: &mut Summary,
) -> Result<Vec<u8>, ImportError> {
    let mut strings = StringPool::new();
    let mut lists: Vec<u32> = Vec::new();
    let mut names = NameIndex::default();

    let (nodes, edges, lines, shapes, shape_lines) = graph_records(graph, collected, crossings, sections);
    let roads = road_records(graph, collected, crossings, sections, facts, &mut strings, &mut lists, &mut names);
    let ways: Vec<WayRecord> = collected
        .roads
        .iter()
        .enumerate()
        .map(|(i, way)| WayRecord {
            osm: way.osm,
            name: strings.add(&way.tags.names.name),
            name_en: strings.add(&way.tags.names.name_en),
            reference: strings.add(&way.tags.reference),
            road: graph.way_road[i],
            class: way.tags.class as u8,
            layer: way.tags.layer,
            level: way.tags.level,
            lanes: way.tags.lanes,
            max_speed: way.tags.speed.both,
            flags: way.tags.flags,
            max_speed_forward: way.tags.speed.forward,
            max_speed_backward: way.tags.speed.backward,
            lanes_forward: way.tags.lanes_directed[0],
            lanes_backward: way.tags.lanes_directed[1],
            zone: way.tags.speed.zone.map_or(0, |z| z as u8 + 1),
            spare: 0,
        })
        .collect();
    let crossing_records: Vec<CrossingRecord> = crossings
        .found
        .iter()
        .map(|c| CrossingRecord {
            osm: c.osm,
            x: c.at.x,
            y: c.at.y,
            name: strings.add(&c.name),
            flags: u32::from(c.signal) * CROSSING_SIGNAL + u32::from(c.roundabout) * CROSSING_ROUNDABOUT,
            first_road: put(&mut lists, &c.roads),
            road_count: c.roads.len() as u32,
            first_node: put(&mut lists, &c.nodes),
            node_count: c.nodes.len() as u32,
        })
        .collect();
    let section_records: Vec<SectionRecord> = sections
        .found
        .iter()
        .map(|s| SectionRecord {
            osm_low: s.key.0,
            osm_high: s.key.1,
            name: strings.add(&s.name),
            road: s.road,
            first_line: put(&mut lists, &s.lines),
            line_count: s.lines.len() as u32,
            main_count: s.main as u32,
            ends: s.ends,
            length_m: s.length_m as f32,
            class: s.class as u16,
            turn: s.turn,
            spare: 0,
        })
        .collect();
    let (areas, ring_records, area_shapes) = area_records(collected, &mut strings, &mut names, summary);
    let landmarks = landmark_records(collected, facts, &mut strings, &mut names);
    let exit_records = exits::records(graph, collected, &mut strings, collected.landmarks.len() as u32);
    let stake_records = stakes::records(graph, collected, &mut strings);
    let house_numbers = addresses::records(graph, collected, &names, &mut strings, summary);

    let segments: Vec<(u32, ShapeRecord, ShapeRecord)> = (0..shapes.len().saturating_sub(1))
        .filter(|i| shape_lines[*i] == shape_lines[*i + 1])
        .map(|i| (i as u32, shapes[i], shapes[i + 1]))
        .collect();
    let (segment_grid, segment_cells, segment_items) = grid::build(&segments, SEGMENT_CELL_M);
    let points: Vec<(u32, ShapeRecord, ShapeRecord)> =
        (0..nodes.len()).filter(|n| nodes[*n].crossing != NONE).map(|n| (n as u32, graph.at[n], graph.at[n])).collect();
    let (node_grid, node_cells, node_items) = grid::build(&points, NODE_CELL_M);
    let (name_records, place_names) = names.records(&mut strings);
    let turn_records = restrictions::records(collected, (&nodes, &edges, &lines), &mut strings, &mut lists, summary);
    let barrier_records = restrictions::barriers(graph, collected, summary);
    let [west, south, east, north] = graph.bounds;
    let (string_ends, string_bytes) = strings.parts();
    if string_bytes.len() > u32::MAX as usize {
        return Err(too_large("names of more than 4 GiB"));
    }

    let mut file = Builder::new();
    file.section(Tag::Meta, &[MetaRecord { west, south, east, north, segment_grid, node_grid }]);
    file.section(Tag::Nodes, &nodes);
    file.section(Tag::Edges, &edges);
    file.section(Tag::Lines, &lines);
    file.section(Tag::Shapes, &shapes);
    file.section(Tag::ShapeLines, &shape_lines);
    file.section(Tag::Ways, &ways);
    file.section(Tag::Roads, &roads);
    file.section(Tag::Crossings, &crossing_records);
    file.section(Tag::Sections, &section_records);
    file.section(Tag::Areas, &areas);
    file.section(Tag::Rings, &ring_records);
    file.section(Tag::AreaShapes, &area_shapes);
    file.section(Tag::Landmarks, &landmarks);
    file.section(Tag::Lists, &lists);
    file.section(Tag::SegmentCells, &segment_cells);
    file.section(Tag::SegmentItems, &segment_items);
    file.section(Tag::NodeCells, &node_cells);
    file.section(Tag::NodeItems, &node_items);
    file.section(Tag::Names, &name_records);
    file.section(Tag::StringEnds, string_ends);
    file.section(Tag::Strings, string_bytes);
    file.section(Tag::HouseNumbers, &house_numbers);
    file.section(Tag::Stakes, &stake_records);
    file.section(Tag::Exits, &exit_records);
    file.section(Tag::PlaceNames, &place_names);
    file.section(Tag::Restrictions, &turn_records);
    file.section(Tag::WayLimits, &collected.limits);
    file.section(Tag::Barriers, &barrier_records);
    Ok(file.finish())
}

fn put(lists: &mut Vec<u32>, items: &[u32]) -> u32 {
    let first = lists.len() as u32;
    lists.extend_from_slice(items);
    first
}

type GraphRecords = (Vec<NodeRecord>, Vec<EdgeRecord>, Vec<LineRecord>, Vec<ShapeRecord>, Vec<u32>);

fn graph_records(graph: &Graph, collected: &Collected, crossings: &Crossings, sections: &Sections) -> GraphRecords {
    let mut edges: Vec<EdgeRecord> = Vec::new();
    for (i, line) in graph.lines.iter().enumerate() {
        let (with, against) = directions(collected.roads[line.way as usize].tags.flags);
        if with {
            edges.push(EdgeRecord { from: line.from, to: line.to, line: i as u32, reversed: 0 });
        }
        if against {
            edges.push(EdgeRecord { from: line.to, to: line.from, line: i as u32, reversed: 1 });
        }
    }
    edges.sort_by_key(|e| (e.from, e.to, e.line, e.reversed));
    let mut nodes: Vec<NodeRecord> = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(i, n)| NodeRecord {
            osm: graph.osm[i],
            x: graph.at[i].x,
            y: graph.at[i].y,
            first_edge: 0,
            crossing: crossings.of_node[i],
            flags: u32::from(collected.signals[*n as usize]) * NODE_SIGNAL,
            spare: 0,
        })
        .collect();
    let mut next = edges.len();
    for i in (0..nodes.len()).rev() {
        while next > 0 && edges[next - 1].from as usize >= i {
            next -= 1;
        }
        nodes[i].first_edge = next as u32;
    }
    let (mut lines, mut shapes, mut shape_lines) = (Vec::with_capacity(graph.lines.len()), Vec::new(), Vec::new());
    for (i, line) in graph.lines.iter().enumerate() {
        lines.push(LineRecord {
            first_shape: shapes.len() as u32,
            shape_count: line.shape.len() as u32,
            way: line.way,
            section: sections.of_line[i],
            from: line.from,
            to: line.to,
            forward: NONE,
            backward: NONE,
            length_m: line.length_m as f32,
        });
        shapes.extend_from_slice(&line.shape);
        shape_lines.resize(shapes.len(), i as u32);
    }
    for (i, edge) in edges.iter().enumerate() {
        let line = &mut lines[edge.line as usize];
        *(if edge.reversed == 0 { &mut line.forward } else { &mut line.backward }) = i as u32;
    }
    (nodes, edges, lines, shapes, shape_lines)
}

#[expect(clippy::too_many_arguments, reason = "the pools being filled are separate on purpose")]
fn road_records(
    graph: &Graph,
    collected: &Collected,
    crossings: &Crossings,
    sections: &Sections,
    facts: &RoadFacts,
    strings: &mut StringPool,
    lists: &mut Vec<u32>,
    names: &mut NameIndex,
) -> Vec<RoadRecord> {
    let count = facts.name.len();
    let mut of_sections: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (i, s) in sections.found.iter().enumerate() {
        of_sections[s.road as usize].push(i as u32);
    }
    let mut of_crossings: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (i, c) in crossings.found.iter().enumerate() {
        for road in &c.roads {
            of_crossings[*road as usize].push(i as u32);
        }
    }
    let mut records = vec![RoadRecord { osm: i64::MAX, ..RoadRecord::default() }; count];
    for (w, way) in collected.roads.iter().enumerate() {
        let road = graph.way_road[w];
        let record = &mut records[road as usize];
        record.osm = record.osm.min(way.osm);
        if record.name_en == 0 {
            record.name_en = strings.add(&way.tags.names.name_en);
        }
        if record.reference == 0 {
            record.reference = strings.add(&way.tags.reference);
        }
        names.add(NAME_ROAD, road, &way.tags.names);
    }
    for (i, record) in records.iter_mut().enumerate() {
        record.name = strings.add(&facts.name[i]);
        record.class = facts.class[i] as u32;
        record.first_section = put(lists, &of_sections[i]);
        record.section_count = of_sections[i].len() as u32;
        record.first_crossing = put(lists, &of_crossings[i]);
        record.crossing_count = of_crossings[i].len() as u32;
        let at = middle_of(graph, &of_sections[i], sections);
        (record.x, record.y) = (at.x, at.y);
    }
    records
}

/// The shape point of a road nearest to the middle of its box.
fn middle_of(graph: &Graph, of_sections: &[u32], sections: &Sections) -> ShapeRecord {
    let points = || of_sections.iter().flat_map(|s| &sections.found[*s as usize].lines).flat_map(|l| &graph.lines[(l / 2) as usize].shape);
    let Some(first) = points().next() else { return ShapeRecord::default() };
    let (low, high) = points().fold((*first, *first), |(l, h), s| {
        (ShapeRecord { x: l.x.min(s.x), y: l.y.min(s.y) }, ShapeRecord { x: h.x.max(s.x), y: h.y.max(s.y) })
    });
    let centre = ShapeRecord { x: i32::midpoint(low.x, high.x), y: i32::midpoint(low.y, high.y) };
    points().copied().min_by(|a, b| distance_m(*a, centre).total_cmp(&distance_m(*b, centre))).unwrap_or(*first)
}

fn area_records(
    collected: &Collected,
    strings: &mut StringPool,
    names: &mut NameIndex,
    summary: &mut Summary,
) -> (Vec<AreaRecord>, Vec<RingRecord>, Vec<ShapeRecord>) {
    let (mut areas, mut ring_records, mut shapes) = (Vec::new(), Vec::new(), Vec::new());
    for raw in &collected.areas {
        let (closed, open) = rings(&raw.pieces);
        if open > 0 {
            *summary.skipped.entry("area.ring_open".to_owned()).or_default() += 1;
        }
        let first_ring = ring_records.len() as u32;
        let mut bounds = [i32::MAX, i32::MAX, i32::MIN, i32::MIN];
        for ring in closed {
            let mut points: Vec<ShapeRecord> = ring.iter().filter_map(|id| collected.at(collected.index(*id)?)).collect();
            points.dedup();
            if points.first() != points.last() {
                points.extend(points.first().copied());
            }
            if points.len() < 4 {
                continue;
            }
            for p in &points {
                bounds = [bounds[0].min(p.x), bounds[1].min(p.y), bounds[2].max(p.x), bounds[3].max(p.y)];
            }
            ring_records.push(RingRecord { first: shapes.len() as u32, count: points.len() as u32 });
            shapes.extend(points);
        }
        let ring_count = ring_records.len() as u32 - first_ring;
        if ring_count == 0 {
            continue;
        }
        if raw.kind == AreaKind::Administrative || !raw.names.name.is_empty() {
            names.add(NAME_AREA, areas.len() as u32, &raw.names);
        }
        areas.push(AreaRecord {
            osm: raw.osm,
            name: strings.add(&raw.names.name),
            name_en: strings.add(&raw.names.name_en),
            first_ring,
            ring_count,
            west: bounds[0],
            south: bounds[1],
            east: bounds[2],
            north: bounds[3],
            kind: raw.kind as u8,
            level: raw.level,
            spare: [0; 6],
        });
    }
    (areas, ring_records, shapes)
}

fn landmark_records(collected: &Collected, facts: &RoadFacts, strings: &mut StringPool, names: &mut NameIndex) -> Vec<LandmarkRecord> {
    let mut records: Vec<LandmarkRecord> = Vec::with_capacity(collected.landmarks.len() + collected.exits.len());
    for mark in &collected.landmarks {
        names.add(NAME_LANDMARK, records.len() as u32, &mark.names);
        records.push(LandmarkRecord {
            osm: mark.osm,
            x: mark.at.x,
            y: mark.at.y,
            name: strings.add(&mark.names.name),
            name_en: strings.add(&mark.names.name_en),
            kind: mark.kind as u32,
            spare: 0,
        });
    }
    for exit in &collected.exits {
        let target = records.len() as u32;
        names.add(NAME_LANDMARK, target, &exit.names);
        for word in exit.words() {
            names.fold(NAME_LANDMARK, target, &word);
        }
        records.push(LandmarkRecord {
            osm: exit.osm,
            x: exit.at.x,
            y: exit.at.y,
            name: strings.add(&exit.label(facts.chinese)),
            name_en: strings.add(&exit.names.name_en),
            kind: LandmarkKind::Exit as u32,
            spare: 0,
        });
    }
    records
}

/// Name and class of each road; whether most names are Chinese.
pub(crate) fn road_facts(graph: &Graph, collected: &Collected) -> RoadFacts {
    let count = graph.way_road.iter().max().map_or(0, |m| *m as usize + 1);
    let mut lengths: Vec<BTreeMap<&str, u32>> = vec![BTreeMap::new(); count];
    let mut class = vec![Class::Track; count];
    let mut chinese = (0usize, 0usize);
    for (w, way) in collected.roads.iter().enumerate() {
        let road = graph.way_road[w] as usize;
        let tags = &way.tags;
        let label = if tags.names.name.is_empty() { tags.reference.as_str() } else { tags.names.name.as_str() };
        *lengths[road].entry(label).or_default() += 1;
        class[road] = class[road].min(tags.class);
        if !tags.names.name.is_empty() {
            if crate::names::is_chinese(&tags.names.name) { chinese.0 += 1 } else { chinese.1 += 1 }
        }
    }
    // The spelling most ways have; the first in order among equals.
    let name =
        lengths.into_iter().map(|l| l.into_iter().rev().max_by_key(|(_, n)| *n).map_or(String::new(), |(s, _)| s.to_owned())).collect();
    RoadFacts { name, class, chinese: chinese.0 >= chinese.1 }
}
