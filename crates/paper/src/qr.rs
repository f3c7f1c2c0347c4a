//! QR codes as vectors.

use qrcode::{Color, EcLevel, QrCode};

/// The text does not fit into a code that paper can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for a QR code")]
pub struct QrError;

/// An SVG of one path, black on nothing, one unit a module, with the quiet zone of four modules that the standard asks for.
///
/// # Errors
/// If the text is too long.
pub fn qr_svg(text: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| QrError)?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|c| **c == Color::Dark).count();
            if run > 0 {
                // One rectangle a run of dark modules: a third of the size, and no hairlines between neighbours.
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + 4, y + 4));
            }
            x += run.max(1);
        }
    }
    let side = width + 8;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"{side}\" height=\"{side}\" shape-rendering=\"crispEdges\"><path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_finders_and_a_quiet_zone() {
        let svg = qr_svg("https://example.test/verify/0123456789abcdef").unwrap();
        // The finder in the top left corner begins with seven dark modules after four light ones.
        assert!(svg.contains("M4 4h7v1h-7z"));
        assert!(!svg.contains("M0 "));
        assert_eq!(qr_svg(&"x".repeat(4_000)), Err(QrError));
    }
}
