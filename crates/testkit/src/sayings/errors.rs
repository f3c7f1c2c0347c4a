//! One character of a name wrong, by kind.

use super::{Random, tables};

/// Kinds of one-character errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slip {
    /// Another character of the same sound.
    SameSound,
    /// Another character of a near sound (zh/z, n/l, an/ang, …).
    NearSound,
    /// Another character of similar shape.
    Shape,
    /// Any other common character.
    Typo,
    /// A character left out.
    Missing,
    /// A character too many.
    Extra,
    /// Two characters exchanged.
    Transposed,
}

impl Slip {
    /// Every kind.
    pub const ALL: [Self; 7] = [Self::SameSound, Self::NearSound, Self::Shape, Self::Typo, Self::Missing, Self::Extra, Self::Transposed];

    /// As in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SameSound => "same_sound",
            Self::NearSound => "near_sound",
            Self::Shape => "similar_shape",
            Self::Typo => "typo",
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Transposed => "transposed",
        }
    }
}

/// Characters that a slip of the fingers brings; none of them a road's last character or a direction.
const ANY: &str = "的是我有他这那你就说去会看天生子想你好多小没样起还可用作成发得主经法当现分学把里水";

/// `name` with one slip in its own part (the word for road and the direction stay); `None` if this kind cannot befall it.
#[must_use]
pub fn slip(name: &str, kind: Slip, random: u64) -> Option<String> {
    let random = &mut Random(random);
    let chars: Vec<char> = name.chars().collect();
    let own = chars.len().checked_sub(1).filter(|n| *n >= 2)?;
    let own = if own > 2 && "东南西北中".contains(chars[own - 1]) { own - 1 } else { own };
    let at = random.below(own);
    let mut out = chars.clone();
    let of = |list: &[char], random: &mut Random| (!list.is_empty()).then(|| list[random.below(list.len())]);
    match kind {
        Slip::SameSound => out[at] = of(&tables::confusable(chars[at])?.same_sound, random)?,
        Slip::NearSound => out[at] = of(&tables::confusable(chars[at])?.near_sound, random)?,
        Slip::Shape => out[at] = of(&tables::confusable(chars[at])?.similar_shape, random)?,
        Slip::Typo => out[at] = of(&ANY.chars().collect::<Vec<_>>(), random)?,
        Slip::Missing => drop(out.remove(at)),
        Slip::Extra => out.insert(at + 1, of(&ANY.chars().collect::<Vec<_>>(), random)?),
        Slip::Transposed => out.swap(at, (at + 1).min(own - 1)),
    }
    // What is left must not be a direction or a number and the word for road alone.
    let bare = out.iter().take(out.len() - 1).all(|c| "东南西北中一二三四五六七八九十新老".contains(*c));
    let out: String = out.into_iter().collect();
    (!bare && out != name).then_some(out)
}
