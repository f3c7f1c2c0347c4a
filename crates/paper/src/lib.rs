//! Letters and reports as PDF, typeset by Typst. A leaf: it knows no case and no database.
//!
//! [`Press::find_fonts`] looks for fonts once. [`Press::pdf`] takes template files, the name of the main one and data, and
//! answers with a PDF or with every fault by file and line. What always holds: a template reaches nothing but the files it
//! was given. There is no network, no package, no clock and no environment; the same files and data give the same bytes.
//!
//! Names of files must come from a small fixed set (`photos/1.jpg`, not a digest): the typesetter keeps every name it
//! has ever seen, 65,535 at most.

mod fault;
mod fonts;
mod press;
mod qr;
mod world;

pub use fault::Fault;
pub use fonts::{FontReport, Role};
pub use press::{Limits, Paper, Press, Sheet};
pub use qr::{QrError, qr_svg};
