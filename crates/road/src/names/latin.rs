//! Latin script: accents, abbreviations, words that may be left out.

/// A letter without accents, lower case; what is no letter becomes itself.
pub(crate) fn push_plain(c: char, out: &mut Vec<char>) {
    let plain = match c {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ä' | 'ā' | 'ă' | 'ą' | 'À' | 'Á' | 'Â' | 'Ã' | 'Å' | 'Ä' | 'Ā' | 'ǎ' | 'Ǎ' => 'a',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'È' | 'É' | 'Ê' | 'Ë' | 'Ē' => 'e',
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ǐ' | 'Ì' | 'Í' | 'Î' | 'Ï' => 'i',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ǒ' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' => 'o',
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ǔ' | 'ů' | 'Ù' | 'Ú' | 'Û' | 'Ü' => 'u',
        'ç' | 'ć' | 'č' | 'Ç' | 'Č' => 'c',
        'ñ' | 'ń' | 'ň' | 'Ñ' => 'n',
        'ý' | 'ÿ' | 'Ý' => 'y',
        'š' | 'ś' | 'Š' => 's',
        'ž' | 'ź' | 'ż' | 'Ž' => 'z',
        'ł' | 'Ł' => 'l',
        'ř' | 'Ř' => 'r',
        'ß' => {
            out.extend(['s', 's']);
            return;
        }
        // Combining marks of decomposed text.
        '\u{0300}'..='\u{036F}' => return,
        _ => {
            out.extend(c.to_lowercase());
            return;
        }
    };
    out.push(plain);
}

/// Abbreviations in street names and what they stand for: Portuguese (Brazil), English, German. Facts of usage.
const SPELLED: &[(&str, &str)] = &[
    ("ac", "acesso"),
    ("acs", "acesso"),
    ("al", "alameda"),
    ("alm", "almirante"),
    ("av", "avenida"),
    ("ave", "avenue"),
    ("avda", "avenida"),
    ("bc", "beco"),
    ("blvd", "boulevard"),
    ("brig", "brigadeiro"),
    ("cap", "capitao"),
    ("cel", "coronel"),
    ("cmte", "comandante"),
    ("com", "comendador"),
    ("cons", "conselheiro"),
    ("dep", "deputado"),
    ("des", "desembargador"),
    ("dna", "dona"),
    ("dq", "duque"),
    ("dr", "doutor"),
    ("dra", "doutora"),
    ("econ", "economista"),
    ("elev", "elevada"),
    ("eng", "engenheiro"),
    ("engo", "engenheiro"),
    ("est", "estrada"),
    ("estr", "estrada"),
    ("esp", "esplanada"),
    ("gal", "general"),
    ("gen", "general"),
    ("gov", "governador"),
    ("hwy", "highway"),
    ("jorn", "jornalista"),
    ("lad", "ladeira"),
    ("lg", "largo"),
    ("mal", "marechal"),
    ("maj", "major"),
    ("min", "ministro"),
    ("mons", "monsenhor"),
    ("ns", "nossa senhora"),
    ("pca", "praca"),
    ("pc", "praca"),
    ("pe", "padre"),
    ("pres", "presidente"),
    ("prof", "professor"),
    ("profa", "professora"),
    ("psg", "passagem"),
    ("r", "rua"),
    ("rd", "road"),
    ("rev", "reverendo"),
    ("rod", "rodovia"),
    ("sen", "senador"),
    ("sgt", "sargento"),
    ("sta", "santa"),
    ("sto", "santo"),
    ("str", "strasse"),
    ("ten", "tenente"),
    ("trav", "travessa"),
    ("trev", "trevo"),
    ("trvs", "travessa"),
    ("tun", "tunel"),
    ("tv", "travessa"),
    ("va", "via"),
    ("vd", "viaduto"),
    ("vdt", "viaduto"),
    ("ver", "vereador"),
    ("visc", "visconde"),
];

/// Adds one token, spelled out.
pub(crate) fn push_token(token: &[char], out: &mut String) {
    let word: String = token.iter().collect();
    match SPELLED.iter().find(|(short, _)| *short == word) {
        Some((_, long)) => out.push_str(long),
        None => out.push_str(&word),
    }
}

/// Words that say what kind of way a name is: the first word of a name. Those of the second list are often confused in speech.
const TYPES: &[&str] =
    &["acesso", "elevada", "esplanada", "largo", "passagem", "ponte", "praca", "trevo", "tunel", "viaduto", "bridge", "square", "tunnel"];
const ROADS: &[&str] = &[
    "alameda",
    "avenida",
    "beco",
    "estrada",
    "ladeira",
    "rodovia",
    "rua",
    "travessa",
    "via",
    "avenue",
    "boulevard",
    "highway",
    "lane",
    "road",
    "street",
];

/// Words that carry nothing.
const LITTLE: &[&str] = &["de", "da", "do", "das", "dos", "e", "del", "di", "du", "la", "the", "of", "und", "der", "von"];

/// Titles, which are left out as often as not.
const TITLES: &[&str] = &[
    "almirante",
    "brigadeiro",
    "capitao",
    "comandante",
    "comendador",
    "conselheiro",
    "coronel",
    "deputado",
    "desembargador",
    "dom",
    "dona",
    "doutor",
    "doutora",
    "economista",
    "engenheiro",
    "frei",
    "general",
    "governador",
    "irma",
    "irmao",
    "jornalista",
    "major",
    "marechal",
    "ministro",
    "monsenhor",
    "padre",
    "presidente",
    "professor",
    "professora",
    "reverendo",
    "sargento",
    "senador",
    "soldado",
    "tenente",
    "vereador",
];

/// Numbers as words, Portuguese. A ten and a one make one number (`vinte e quatro`).
const NUMBERS: &[(&str, u32)] = &[
    ("um", 1),
    ("primeiro", 1),
    ("dois", 2),
    ("tres", 3),
    ("quatro", 4),
    ("cinco", 5),
    ("seis", 6),
    ("sete", 7),
    ("oito", 8),
    ("nove", 9),
    ("dez", 10),
    ("onze", 11),
    ("doze", 12),
    ("treze", 13),
    ("quatorze", 14),
    ("catorze", 14),
    ("quinze", 15),
    ("dezesseis", 16),
    ("dezessete", 17),
    ("dezoito", 18),
    ("dezenove", 19),
    ("vinte", 20),
    ("trinta", 30),
    ("ii", 2),
    ("iii", 3),
    ("iv", 4),
    ("vi", 6),
    ("vii", 7),
    ("viii", 8),
    ("ix", 9),
    ("xi", 11),
    ("xii", 12),
    ("xiii", 13),
    ("xiv", 14),
    ("xv", 15),
    ("xvi", 16),
    ("xx", 20),
];

/// What a word of a street name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A title: `doutor`.
    Title,
    /// Anything else.
    Core,
}

/// A folded Latin name taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Kind of way, if the first word says one.
    pub(crate) kind: Option<&'static str>,
    /// Words in order, numbers as digits, without little words.
    pub(crate) words: Vec<(String, Role)>,
}

/// Whether the kind of way is a road that traffic runs along, so that people mix it up with the others.
pub(crate) fn is_road_kind(kind: &str) -> bool {
    ROADS.contains(&kind)
}

/// Whether a word, plain or abbreviated, begins the name of a street by saying its kind, as in Portuguese; English kinds stand last.
pub(crate) fn leads(word: &str) -> bool {
    const LAST: &[&str] = &["avenue", "boulevard", "bridge", "highway", "lane", "road", "square", "street", "tunnel"];
    let long = SPELLED.iter().find(|(short, _)| *short == word).map_or(word, |(_, long)| long);
    (TYPES.contains(&long) || ROADS.contains(&long)) && !LAST.contains(&long)
}

/// Takes a folded Latin name apart.
pub(crate) fn parts(folded: &str) -> Parts {
    let mut parts = Parts::default();
    let mut ten: Option<u32> = None;
    for (i, token) in folded.split([' ', ',', '/', '(', ')', '&']).filter(|t| !t.is_empty()).enumerate() {
        if i == 0 {
            parts.kind = TYPES.iter().chain(ROADS).find(|t| **t == token).copied();
            if parts.kind.is_some() {
                continue;
            }
        }
        if LITTLE.contains(&token) {
            continue;
        }
        let digits = token.trim_end_matches(['º', 'ª']);
        let number = NUMBERS.iter().find(|(w, _)| *w == token).map(|(_, n)| *n).or_else(|| digits.parse().ok());
        match (number, ten.take()) {
            (Some(one @ 1..=9), Some(tens)) => {
                if let Some(last) = parts.words.last_mut() {
                    last.0 = (tens + one).to_string();
                }
            }
            (Some(n), _) => {
                ten = (n == 20 || n == 30).then_some(n);
                parts.words.push((n.to_string(), Role::Core));
            }
            (None, _) => {
                let role = if TITLES.contains(&token) { Role::Title } else { Role::Core };
                parts.words.push((token.to_owned(), role));
            }
        }
    }
    parts
}

/// A folded Latin name without its type, titles and little words; empty if nothing else is left or the name is not Latin.
pub(crate) fn reduce(folded: &str) -> String {
    if super::is_chinese(folded) {
        return String::new();
    }
    let mut out = String::new();
    for (i, token) in folded.split(' ').enumerate() {
        if i == 0 && (TYPES.contains(&token) || ROADS.contains(&token)) || LITTLE.contains(&token) || TITLES.contains(&token) {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(token);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(folded: &str) -> Vec<String> {
        parts(folded).words.into_iter().map(|(w, _)| w).collect()
    }

    #[test]
    fn a_name_comes_apart_into_kind_titles_numbers_and_words() {
        let taken = parts("rua doutor vicente da fontoura");
        assert_eq!(taken.kind, Some("rua"));
        assert_eq!(taken.words[0], ("doutor".to_owned(), Role::Title));
        assert_eq!(words("rua doutor vicente da fontoura"), ["doutor", "vicente", "fontoura"]);
        for form in ["rua vinte e quatro de outubro", "rua vinte quatro de outubro", "rua 24 de outubro"] {
            assert_eq!(words(form), ["24", "outubro"], "{form}");
        }
        assert_eq!(words("rua primeiro de marco"), words("rua 1º de marco"));
        assert_eq!(words("praca xv de novembro"), words("praca quinze de novembro"));
        assert_eq!(words("rua vinte de setembro"), ["20", "setembro"]);
        assert_eq!(words("avenida dez dois"), ["10", "2"], "only tens take a one");
        assert_eq!(parts("doutor flores").kind, None);
        assert_eq!(words("rua"), Vec::<String>::new());
    }

    #[test]
    fn kinds_that_stand_first_begin_a_name() {
        assert!(leads("av") && leads("rua") && leads("trav") && leads("r"));
        assert!(!leads("road") && !leads("doutor") && !leads(""));
    }
}
