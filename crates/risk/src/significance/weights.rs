//! Spatial weights: which units are neighbours, and what a neighbour weighs.

use super::{Reach, SignificanceError};
use crate::network::Graph;

/// What a neighbour weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// 1: the lag of a unit is the sum over its neighbours.
    #[default]
    Binary,
    /// One over the number of neighbours: the lag is their mean.
    RowStandardised,
}

/// Neighbours of every unit, in rising order, never the unit itself. Rows need not be symmetric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    first: Vec<u32>,
    neighbours: Vec<u32>,
    scheme: Scheme,
}

impl Weights {
    /// Weights from lists of neighbours, in any order; what is named twice counts once.
    ///
    /// # Errors
    /// [`SignificanceError::Neighbour`] where a unit names itself or what is no unit; [`SignificanceError::Size`].
    pub fn new(lists: impl IntoIterator<Item = Vec<u32>>) -> Result<Self, SignificanceError> {
        let (mut first, mut neighbours) = (vec![0_u32], Vec::new());
        for (unit, mut list) in lists.into_iter().enumerate() {
            list.sort_unstable();
            list.dedup();
            if let Ok(at) = list.binary_search(&u32::try_from(unit).map_err(|_| SignificanceError::Size(unit))?) {
                return Err(SignificanceError::Neighbour { unit, neighbour: list[at] });
            }
            neighbours.extend(list);
            first.push(u32::try_from(neighbours.len()).map_err(|_| SignificanceError::Size(neighbours.len()))?);
        }
        let units = first.len() - 1;
        for unit in 0..units {
            let row = &neighbours[first[unit] as usize..first[unit + 1] as usize];
            if let Some(&neighbour) = row.last().filter(|last| **last as usize >= units) {
                return Err(SignificanceError::Neighbour { unit, neighbour });
            }
        }
        Ok(Self { first, neighbours, scheme: Scheme::Binary })
    }

    /// Streets that meet at a node.
    ///
    /// # Errors
    /// [`SignificanceError::Size`].
    pub fn adjacent(graph: &Graph) -> Result<Self, SignificanceError> {
        Self::new((0..graph.edges().len() as u32).map(|number| {
            let edge = graph.edges()[number as usize];
            let at_ends = graph.at(edge.from).iter().chain(graph.at(edge.to));
            at_ends.map(|&(other, _)| other).filter(|other| *other != number).collect()
        }))
    }

    /// Units within a distance of each other, at most that of `reach`.
    ///
    /// # Errors
    /// [`SignificanceError::Parameter`] for a distance beyond the reach or not a number; [`SignificanceError::Size`].
    pub fn within(reach: &Reach, distance_m: f64) -> Result<Self, SignificanceError> {
        if !(0.0..=reach.radius_m()).contains(&distance_m) {
            return Err(SignificanceError::Parameter { name: "distance_m", value: distance_m });
        }
        Self::new((0..reach.units()).map(|unit| {
            let near = reach.of(unit).take_while(|&(_, distance)| distance <= distance_m);
            near.map(|(other, _)| other).filter(|other| *other as usize != unit).collect()
        }))
    }

    /// Cells of a grid of `columns` × `rows` within `rings` steps, diagonals included (queen contiguity for 1), in row-major order.
    ///
    /// # Errors
    /// [`SignificanceError::Size`].
    pub fn of_squares(columns: usize, rows: usize, rings: usize) -> Result<Self, SignificanceError> {
        let cells = columns.checked_mul(rows).filter(|cells| u32::try_from(*cells).is_ok()).ok_or(SignificanceError::Size(columns))?;
        Self::new((0..cells).map(|cell| {
            let (column, row) = (cell % columns, cell / columns);
            let across = column.saturating_sub(rings)..column.saturating_add(rings).saturating_add(1).min(columns);
            let down = row.saturating_sub(rings)..row.saturating_add(rings).saturating_add(1).min(rows);
            down.flat_map(|y| across.clone().map(move |x| y * columns + x))
                .filter(|other| *other != cell)
                .map(|other| other as u32)
                .collect()
        }))
    }

    /// Every neighbour weighs one over their number.
    #[must_use]
    pub fn row_standardised(self) -> Self {
        Self { scheme: Scheme::RowStandardised, ..self }
    }

    /// What a neighbour weighs.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// How many units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.first.len() - 1
    }

    /// How many links, each counted from the unit that has it.
    #[must_use]
    pub fn links(&self) -> usize {
        self.neighbours.len()
    }

    /// Neighbours of a unit; empty for what is no unit.
    #[must_use]
    #[inline]
    pub fn of(&self, unit: usize) -> &[u32] {
        match (self.first.get(unit), self.first.get(unit + 1)) {
            (Some(&from), Some(&to)) => &self.neighbours[from as usize..to as usize],
            _ => &[],
        }
    }

    /// Sum of the values of a unit's neighbours.
    #[inline]
    pub(super) fn sum(&self, unit: usize, values: &[f64]) -> f64 {
        self.of(unit).iter().map(|&other| values[other as usize]).sum()
    }
}
