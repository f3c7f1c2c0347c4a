//! The city's and the matters' data: from a folder, or from the template that the program carries.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gongzhi_civic::text::Text;
use gongzhi_road::linear::StakeText;
use rust_embed::Embed;
use serde::Deserialize;

use crate::error::AppError;

#[derive(Embed)]
#[folder = "../../city"]
struct CityFiles;

#[derive(Embed)]
#[folder = "../../matters"]
struct MatterFiles;

/// Where data that a city edits comes from.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    /// A city's own folder in the shape of `city/`; files it lacks come from the template.
    pub city: Option<PathBuf>,
    /// A city's own folder in the shape of `matters/`; replaces the template's matters altogether.
    pub matters: Option<PathBuf>,
}

/// `city.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CityFile {
    /// IANA zone.
    pub zone: String,
    /// Start of case numbers.
    pub number_prefix: String,
    /// Address at which the public reaches the program (`https://…`): for links in messages and QR codes on letters.
    #[serde(default)]
    pub address: String,
    /// The city's name.
    pub name: Text,
    /// Areas and roads.
    #[serde(default)]
    pub ground: Ground,
}

/// What a city knows of its areas and roads, and the map does not.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ground {
    /// Ends of area names that say countryside (镇, 乡); the road law treats it apart.
    pub rural_suffixes: Vec<String>,
    /// Ends of area names that say a street office (街道).
    pub street_suffixes: Vec<String>,
    /// Who owns which road; first hit.
    pub road_owners: Vec<RoadOwner>,
    /// Sections of roads and their chiefs; of each level the first hit.
    pub road_sections: Vec<RoadSection>,
    /// Breaks in the numbering of stakes (断链).
    pub stake_equations: Vec<StakeEquation>,
}

/// Metres along a road as its stakes count them, written `K12+300` or `12公里300米`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StakeMetre(pub f64);

impl<'de> Deserialize<'de> for StakeMetre {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let read = StakeText::parse(&text).map(|s| Self(s.metre as f64));
        read.ok_or_else(|| serde::de::Error::custom(format!("“{text}” 不是桩号，应如 K12+300 / is no stake: write it like K12+300")))
    }
}

/// A break in the numbering of a road's stakes: where the one number is reached, the other begins.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StakeEquation {
    /// The road's number.
    pub reference: String,
    /// The last number before the break.
    pub back: StakeMetre,
    /// The first number behind it.
    pub ahead: StakeMetre,
}

/// A section of the road chiefs' register: every word that is given must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoadSection {
    /// What people call it.
    pub name: String,
    /// The road's name.
    pub road: Option<String>,
    /// The road's number, or the start of it.
    pub reference: Option<String>,
    /// The area it lies in, by name or key.
    pub area: Option<String>,
    /// The stake it begins at; needs `reference`.
    pub from: Option<StakeMetre>,
    /// The stake it ends at.
    pub to: Option<StakeMetre>,
    /// Unit of the county's chief.
    pub county: Option<String>,
    /// Unit of the town's chief.
    pub town: Option<String>,
    /// Unit of the village's chief.
    pub village: Option<String>,
}

impl RoadSection {
    /// Whether a stake lies between the section's two, in either order.
    fn between(&self, stake: Option<f64>) -> bool {
        let (from, to) = (self.from.map_or(f64::MIN, |s| s.0), self.to.map_or(f64::MAX, |s| s.0));
        match (self.from, self.to, stake) {
            (None, None, _) => true,
            (_, _, Some(stake)) => (from.min(to)..=from.max(to)).contains(&stake),
            (_, _, None) => false,
        }
    }
}

/// The chiefs of one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoadChiefs<'a> {
    /// The narrowest section's name; empty where none has one.
    pub section: &'a str,
    /// Unit of the county's chief.
    pub county: Option<&'a str>,
    /// Unit of the town's chief.
    pub town: Option<&'a str>,
    /// Unit of the village's chief.
    pub village: Option<&'a str>,
}

/// A row of the road register: every word that is given must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoadOwner {
    /// The road's name.
    pub name: Option<String>,
    /// Its number, or the start of it (`G`, `S`, `G104`).
    pub reference: Option<String>,
    /// Its class, as the network has it (`motorway`, `primary`, …).
    pub class: Option<String>,
    /// The unit that owns it.
    pub unit: String,
}

impl Ground {
    /// The unit that owns a road of this name, number and class, if the register knows.
    #[must_use]
    pub fn owner(&self, name: &str, reference: &str, class: &str) -> Option<&str> {
        let holds = |wanted: &Option<String>, there: bool| wanted.is_none() || there;
        self.road_owners
            .iter()
            .find(|row| {
                holds(&row.name, row.name.as_deref() == Some(name))
                    && holds(&row.reference, row.reference.as_deref().is_some_and(|r| reference.split(';').any(|own| own.starts_with(r))))
                    && holds(&row.class, row.class.as_deref() == Some(class))
            })
            .map(|row| row.unit.as_str())
    }

    /// The units that the registers name, with the row's place in the file.
    #[must_use]
    pub fn named_units(&self) -> Vec<(String, &str)> {
        let owners = self.road_owners.iter().enumerate().map(|(i, r)| (format!("ground.road_owners[{i}]"), r.unit.as_str()));
        let chiefs = self.road_sections.iter().enumerate().flat_map(|(i, r)| {
            let levels = [&r.county, &r.town, &r.village].into_iter().flatten();
            levels.map(move |u| (format!("ground.road_sections[{i}]"), u.as_str()))
        });
        owners.chain(chiefs).collect()
    }

    /// The chiefs of a road in an area, of each level the first that the register names. `stake` is the place's, in metres: a
    /// section between two stakes does not hold where none is known.
    #[must_use]
    pub fn chiefs(&self, road: &str, reference: &str, area: &[&str], stake: Option<f64>) -> RoadChiefs<'_> {
        let starts = |r: &String| reference.split(';').any(|own| own.trim().starts_with(r.as_str()));
        let here = |row: &&RoadSection| {
            row.road.as_ref().is_none_or(|r| r == road)
                && row.reference.as_ref().is_none_or(starts)
                && row.area.as_ref().is_none_or(|a| area.contains(&a.as_str()))
                && row.between(stake)
        };
        let rows: Vec<&RoadSection> = self.road_sections.iter().filter(here).collect();
        RoadChiefs {
            section: rows.iter().map(|r| r.name.as_str()).find(|n| !n.is_empty()).unwrap_or_default(),
            county: rows.iter().find_map(|r| r.county.as_deref()),
            town: rows.iter().find_map(|r| r.town.as_deref()),
            village: rows.iter().find_map(|r| r.village.as_deref()),
        }
    }

    /// Whether an area of this name is countryside.
    #[must_use]
    pub fn is_rural(&self, area: &str) -> bool {
        self.rural_suffixes.iter().any(|s| area.ends_with(s.as_str()))
    }

    /// Whether an area of this name is a street office.
    #[must_use]
    pub fn is_street(&self, area: &str) -> bool {
        self.street_suffixes.iter().any(|s| area.ends_with(s.as_str()))
    }
}

impl Templates {
    /// One file of the city, by its name in `city/`.
    ///
    /// # Errors
    /// If neither the folder nor the template has it.
    pub fn city_file(&self, name: &str) -> Result<String, AppError> {
        if let Some(text) = self.city.as_ref().and_then(|folder| std::fs::read_to_string(folder.join(name)).ok()) {
            return Ok(text);
        }
        CityFiles::get(name)
            .map(|f| String::from_utf8_lossy(&f.data).into_owned())
            .ok_or_else(|| AppError::Internal(format!("city/{name} is missing")))
    }

    /// The names of the city's files below `folder/`, template and own together.
    #[must_use]
    pub fn city_names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = CityFiles::iter().filter(|n| n.starts_with(folder)).map(|n| n.to_string()).collect();
        if let Some(own) = &self.city
            && let Ok(entries) = std::fs::read_dir(own.join(folder))
        {
            names.extend(entries.flatten().map(|e| format!("{folder}{}", e.file_name().to_string_lossy())));
        }
        names.sort();
        names.dedup();
        names
    }

    /// The city's own words about itself.
    ///
    /// # Errors
    /// If `city.toml` is missing or does not parse (with its line).
    pub fn city(&self) -> Result<CityFile, AppError> {
        let text = self.city_file("city.toml")?;
        toml::from_str(&text).map_err(|e| AppError::Internal(format!("city.toml: {e}")))
    }

    /// Every matter's files: id → name → text.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn matters(&self) -> Result<BTreeMap<String, BTreeMap<String, String>>, AppError> {
        let mut matters: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        match &self.matters {
            None => {
                for name in MatterFiles::iter() {
                    let (Some((id, file)), Some(data)) = (name.split_once('/'), MatterFiles::get(&name)) else { continue };
                    matters.entry(id.to_owned()).or_default().insert(file.to_owned(), String::from_utf8_lossy(&data.data).into_owned());
                }
            }
            Some(folder) => {
                for entry in list(folder)? {
                    if entry.is_dir() {
                        let id = entry.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                        matters.insert(id, matter_folder(&entry)?);
                    }
                }
            }
        }
        Ok(matters)
    }
}

/// The files of one matter's folder: name relative to it → text. Files that are not text are left out.
///
/// # Errors
/// If the folder cannot be read.
pub fn matter_folder(folder: &Path) -> Result<BTreeMap<String, String>, AppError> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in list(&next)? {
            if entry.is_dir() {
                open.push(entry);
            } else if let (Ok(name), Ok(text)) = (entry.strip_prefix(folder), std::fs::read_to_string(&entry)) {
                files.insert(name.to_string_lossy().replace('\\', "/"), text);
            }
        }
    }
    Ok(files)
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, AppError> {
    let fault = |e: std::io::Error| AppError::Internal(format!("{}: {e}", folder.display()));
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).map_err(fault)?.flatten().map(|e| e.path()).collect();
    entries.sort();
    Ok(entries)
}
