//! Personal data that hides itself: printing shows the mask, only [`expose`](Phone::expose) shows the value.
//!
//! The mask is part of the type, so a log line, a debug print or a serialised answer cannot leak by accident.
//! Law: Personal Information Protection Law of the PRC, articles 28 and 51 (least necessary, access control).

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! masked {
    ($(#[$doc:meta])* $name:ident, $mask:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Wraps a raw value, trimmed.
            #[must_use]
            pub fn new(raw: &str) -> Self {
                Self(raw.trim().to_owned())
            }

            /// The raw value. Every caller is a place that must have asked for a purpose and written an audit event.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// The masked form, safe for any screen.
            #[must_use]
            pub fn masked(&self) -> String {
                let mask: fn(&[char]) -> String = $mask;
                mask(&self.0.chars().collect::<Vec<_>>())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.masked())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.masked())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.masked())
            }
        }
    };
}

fn keep_ends(chars: &[char], head: usize, tail: usize) -> String {
    if chars.len() <= head + tail {
        return "*".repeat(chars.len());
    }
    let hidden = chars.len() - head - tail;
    chars[..head].iter().chain(std::iter::repeat_n(&'*', hidden)).chain(&chars[chars.len() - tail..]).collect()
}

masked!(
    /// A telephone number; masked `139****0001`.
    Phone,
    |c| keep_ends(c, 3, 4)
);
masked!(
    /// A vehicle plate; masked `浙D****8`.
    Plate,
    |c| keep_ends(c, 2, 1)
);
masked!(
    /// A resident identity number; masked `330***********1234`.
    IdNumber,
    |c| keep_ends(c, 3, 4)
);
masked!(
    /// A person's name; masked `王**`.
    PersonName,
    |c| keep_ends(c, 1, 0)
);

/// Masks every run of seven or more digits in free text: telephone and identity numbers that people type into words.
/// Numbers of six digits and fewer (house numbers, stakes, route numbers) stay readable.
#[must_use]
pub fn mask_numbers(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        if run.chars().count() >= 7 {
            out.push_str(&keep_ends(&run.chars().collect::<Vec<_>>(), 3, 2));
        } else {
            out.push_str(run);
        }
        run.clear();
    };
    for c in words.chars() {
        if c.is_ascii_digit() || (!run.is_empty() && (c == 'X' || c == 'x') && run.len() == 17) {
            run.push(c);
        } else {
            flush(&mut run, &mut out);
            out.push(c);
        }
    }
    flush(&mut run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_never_shows_the_value() {
        let phone = Phone::new(" 13900010001 ");
        assert_eq!(format!("{phone} {phone:?}"), "139****0001 Phone(139****0001)");
        assert_eq!(serde_json::to_string(&phone).unwrap(), "\"139****0001\"");
        assert_eq!(phone.expose(), "13900010001");
        assert_eq!(Phone::new("110").masked(), "***");
        assert_eq!(Plate::new("浙D12348").masked(), "浙D****8");
        assert_eq!(PersonName::new("王建国").masked(), "王**");
    }

    #[test]
    fn long_numbers_in_words_are_masked_and_short_ones_stay() {
        assert_eq!(mask_numbers("电话13900010001，中兴大道128号"), "电话139******01，中兴大道128号");
        assert_eq!(mask_numbers("身份证33060219900101123X"), "身份证330*************3X");
    }
}
