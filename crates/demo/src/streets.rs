//! A road as it is drawn before crossings are known.

use crate::geometry::P;

/// The `highway` values the city uses, from wide to narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Highway {
    Motorway,
    MotorwayLink,
    Trunk,
    Primary,
    Secondary,
    Tertiary,
    Unclassified,
    Residential,
    LivingStreet,
    Service,
}

impl Highway {
    /// The tag's value.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Motorway => "motorway",
            Self::MotorwayLink => "motorway_link",
            Self::Trunk => "trunk",
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Tertiary => "tertiary",
            Self::Unclassified => "unclassified",
            Self::Residential => "residential",
            Self::LivingStreet => "living_street",
            Self::Service => "service",
        }
    }

    /// Speed limit in km/h and lanes per direction.
    pub(crate) const fn limits(self) -> (u32, u32) {
        match self {
            Self::Motorway => (80, 3),
            Self::MotorwayLink => (40, 1),
            Self::Trunk => (80, 2),
            Self::Primary => (60, 3),
            Self::Secondary => (50, 2),
            Self::Tertiary => (40, 1),
            Self::Unclassified => (40, 1),
            Self::Residential | Self::Service => (30, 1),
            Self::LivingStreet => (20, 1),
        }
    }

    /// How many events a metre of it draws, against a residential street.
    pub(crate) const fn pull(self) -> f64 {
        match self {
            Self::Motorway => 2.2,
            Self::MotorwayLink => 2.0,
            Self::Trunk => 5.0,
            Self::Primary => 9.0,
            Self::Secondary => 6.0,
            Self::Tertiary => 2.6,
            Self::Unclassified => 0.5,
            Self::Residential => 0.9,
            Self::LivingStreet => 0.5,
            Self::Service => 0.15,
        }
    }
}

/// A name in both languages; index into the city's list of names.
pub(crate) type NameId = u32;

/// Why a stretch is not on the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Structure {
    Ground,
    /// Bridge over water or another road.
    Bridge,
    /// Elevated road.
    Elevated,
    Tunnel,
}

impl Structure {
    /// The `layer` of the stretch; equal layers meet, others pass.
    pub(crate) const fn layer(self) -> i8 {
        match self {
            Self::Ground => 0,
            Self::Bridge => 1,
            // Above bridges over canals, which pass under it at many places.
            Self::Elevated => 2,
            Self::Tunnel => -1,
        }
    }
}

/// One road's centre line with what it is.
#[derive(Clone, Debug)]
pub(crate) struct Road {
    pub(crate) line: Vec<P>,
    pub(crate) highway: Highway,
    /// Names with the share of the length (0–1) up to which each holds; empty for an unnamed road.
    pub(crate) names: Vec<(f64, NameId)>,
    /// Metres between the two carriageways' centre lines; `None` for one carriageway.
    pub(crate) gap: Option<f64>,
    pub(crate) oneway: bool,
    /// `ref`, such as G220.
    pub(crate) number: Option<&'static str>,
    /// `Elevated`: raised within this range of shares; the rest on the ground.
    pub(crate) raised: Option<(f64, f64)>,
    /// Passes under hills.
    pub(crate) tunnel: Option<NameId>,
    /// Closed ring, one way against the clock.
    pub(crate) roundabout: bool,
}

impl Road {
    /// A plain two-way road.
    pub(crate) fn new(line: Vec<P>, highway: Highway, name: Option<NameId>) -> Self {
        Self {
            line,
            highway,
            names: name.map(|n| (1.0, n)).into_iter().collect(),
            gap: None,
            oneway: false,
            number: None,
            raised: None,
            tunnel: None,
            roundabout: false,
        }
    }

    /// The name at a share of the length.
    pub(crate) fn name_at(&self, share: f64) -> Option<NameId> {
        self.names.iter().find(|(until, _)| share <= *until).or(self.names.last()).map(|(_, name)| *name)
    }
}
