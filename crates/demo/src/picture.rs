//! Pictures for the demo's hazards: drawn, raw, and crossed by a band so that nobody takes them for photographs.

use gongzhi_civic::text::Text;
use serde::{Deserialize, Serialize};

use crate::random::{Random, noise};

/// Raw pixels; the shell encodes them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width × height × 3` bytes, rows from the top, RGB.
    pub rgb: Vec<u8>,
    /// What it stands for; says that it is synthetic.
    pub caption: Text,
}

const WIDTH: usize = 640;
const HEIGHT: usize = 480;

/// A road scene under a sky with the defect `kind` (a hazard category; ids ending in `-after` show it repaired).
/// A magenta and white diagonal band marks it as 演示.
#[must_use]
pub fn photo(seed: u64, kind: &str) -> Picture {
    let repaired = kind.ends_with("-after");
    let key = kind.trim_end_matches("-after").bytes().fold(seed, |k, b| k.wrapping_mul(131).wrapping_add(u64::from(b)));
    let mut random = Random::keyed(key, &[0x7069_6374]);
    let horizon = random.range(0.34, 0.46);
    let vanish = random.range(0.35, 0.65);
    let dusk = random.chance(0.25);
    let hole = (random.range(0.4, 0.62), random.range(0.68, 0.85), random.range(0.06, 0.12));
    let grain = random.word();
    let skyline: Vec<f64> = (0..24).map(|_| random.range(0.02, 0.22)).collect();
    let trees = random.chance(0.6);
    let mut rgb = Vec::with_capacity(WIDTH * HEIGHT * 3);
    for row in 0..HEIGHT {
        let y = row as f64 / HEIGHT as f64;
        for column in 0..WIDTH {
            let x = column as f64 / WIDTH as f64;
            let speck = noise(grain, column as f64 * 0.35, row as f64 * 0.35) * 9.0;
            let mut colour = if y < horizon {
                sky(x, y / horizon, dusk, &skyline, horizon - y)
            } else {
                let depth = (y - horizon) / (1.0 - horizon);
                let across = (x - vanish) / (0.04 + 0.62 * depth);
                ground(across, depth, trees, grain)
            };
            let (dx, dy) = ((x - hole.0) / hole.2, (y - hole.1) / (hole.2 * 0.55));
            let ragged = 1.0 + 0.25 * noise(grain ^ 5, dx * 2.0, dy * 2.0);
            if y > horizon && dx.hypot(dy) < ragged {
                colour = if repaired { [52.0, 52.0, 56.0] } else { [34.0, 28.0, 24.0] };
            } else if y > horizon && dx.hypot(dy) < ragged * 1.12 && !repaired {
                colour = [128.0, 118.0, 104.0];
            }
            // The band: wide stripes from lower left to upper right in one corner, and a thin one across the whole.
            let diagonal = (x * WIDTH as f64 + y * HEIGHT as f64) / 22.0;
            let corner = x * WIDTH as f64 + y * HEIGHT as f64;
            let thin = (corner - 560.0).abs() < 7.0;
            if corner < 150.0 || thin {
                colour = if thin || diagonal as i64 % 2 == 0 { [206.0, 32.0, 132.0] } else { [250.0, 250.0, 250.0] };
            }
            rgb.extend(colour.map(|c| (c + speck).clamp(0.0, 255.0) as u8));
        }
    }
    let caption = if repaired {
        Text::new("演示图片（合成），整改后", "Demo picture (synthetic), after the work")
    } else {
        Text::new("演示图片（合成），非实景照片", "Demo picture (synthetic), not a photograph")
    };
    Picture { width: WIDTH as u32, height: HEIGHT as u32, rgb, caption }
}

fn sky(x: f64, share: f64, dusk: bool, skyline: &[f64], above: f64) -> [f64; 3] {
    let at = (x * skyline.len() as f64) as usize % skyline.len();
    if above < skyline[at] {
        let shade = 120.0 + 60.0 * ((at * 7 % 5) as f64 / 5.0);
        let window = (x * 160.0) as i64 % 3 == 0 && (above * 140.0) as i64 % 3 == 0;
        let base = if window { shade - 45.0 } else { shade };
        return if dusk { [base * 0.6, base * 0.55, base * 0.62] } else { [base, base + 4.0, base + 10.0] };
    }
    if dusk {
        [120.0 + 110.0 * share, 110.0 + 50.0 * share, 140.0 - 20.0 * share]
    } else {
        [150.0 + 70.0 * share, 190.0 + 35.0 * share, 228.0 + 14.0 * share]
    }
}

fn ground(across: f64, depth: f64, trees: bool, grain: u64) -> [f64; 3] {
    let side = across.abs();
    if side > 1.0 {
        let green = noise(grain ^ 9, across * 6.0, 30.0 / (depth + 0.05)) * 18.0;
        return if side < 1.25 {
            [176.0, 170.0, 160.0]
        } else if trees {
            [84.0 + green, 128.0 + green, 72.0 + green]
        } else {
            [152.0 + green, 146.0 + green, 136.0 + green]
        };
    }
    let dash = (6.0 / (depth + 0.06)) as i64 % 2 == 0;
    if (side - 0.95).abs() < 0.015 || (side < 0.014 && dash) {
        return [228.0, 226.0, 214.0];
    }
    let shade = 84.0 + 14.0 * depth + noise(grain ^ 3, across * 9.0, 18.0 / (depth + 0.08)) * 6.0;
    [shade, shade, shade + 4.0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_whole_deterministic_and_banded() {
        let picture = photo(3, "pothole");
        assert_eq!(picture.rgb.len(), (picture.width * picture.height * 3) as usize);
        assert_eq!(picture, photo(3, "pothole"));
        assert_ne!(picture.rgb, photo(4, "pothole").rgb);
        assert_ne!(picture.rgb, photo(3, "pothole-after").rgb);
        let magenta = picture.rgb.chunks(3).filter(|c| c[0] > 180 && c[1] < 60 && c[2] > 100).count();
        assert!(magenta > 4_000, "{magenta}");
    }
}
