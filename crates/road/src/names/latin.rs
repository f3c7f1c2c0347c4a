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
    ("eng", "engenheiro"),
    ("engo", "engenheiro"),
    ("est", "estrada"),
    ("estr", "estrada"),
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
    ("pca", "praca"),
    ("pc", "praca"),
    ("pe", "padre"),
    ("pres", "presidente"),
    ("prof", "professor"),
    ("profa", "professora"),
    ("r", "rua"),
    ("rd", "road"),
    ("rod", "rodovia"),
    ("sen", "senador"),
    ("sgt", "sargento"),
    ("sta", "santa"),
    ("sto", "santo"),
    ("str", "strasse"),
    ("ten", "tenente"),
    ("trav", "travessa"),
    ("tv", "travessa"),
    ("vd", "viaduto"),
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

const TYPES: &[&str] = &[
    "avenida",
    "rua",
    "estrada",
    "travessa",
    "praca",
    "largo",
    "beco",
    "alameda",
    "rodovia",
    "viaduto",
    "ladeira",
    "acesso",
    "passagem",
    "elevada",
    "via",
    "ponte",
    "tunel",
    "road",
    "street",
    "avenue",
    "lane",
    "boulevard",
    "highway",
    "tunel",
];

const OPTIONAL: &[&str] = &[
    "de",
    "da",
    "do",
    "das",
    "dos",
    "e",
    "del",
    "la",
    "doutor",
    "doutora",
    "professor",
    "professora",
    "general",
    "coronel",
    "presidente",
    "senador",
    "deputado",
    "governador",
    "desembargador",
    "engenheiro",
    "marechal",
    "capitao",
    "major",
    "tenente",
    "sargento",
    "padre",
    "dona",
    "vereador",
    "comendador",
    "conselheiro",
    "almirante",
    "brigadeiro",
    "jornalista",
    "ministro",
];

/// A folded Latin name without its type, titles and little words; empty if nothing else is left or the name is not Latin.
pub(crate) fn reduce(folded: &str) -> String {
    if super::is_chinese(folded) {
        return String::new();
    }
    let mut out = String::new();
    for (i, token) in folded.split(' ').enumerate() {
        if i == 0 && TYPES.contains(&token) || OPTIONAL.contains(&token) {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(token);
    }
    out
}
