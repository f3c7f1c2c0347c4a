//! All names of a network, ready for searching: a trie for exact names, an index of names with one character left out for
//! names with one wrong character. Built once, at the first question.

use crate::Network;
use crate::format::*;

/// Shorter names are not searched for with a wrong character: too many would fit.
const LEAST_FUZZY: usize = 3;

/// Names, ready for searching.
pub(crate) struct Gazetteer {
    /// Distinct texts; targets are a range of the name records.
    entries: Vec<Entry>,
    nodes: Vec<Node>,
    children: Vec<(char, u32)>,
    /// Hash of a name with one character left out, or whole, and the entry.
    gaps: Vec<(u64, u32)>,
}

struct Entry {
    text: u32,
    first: u32,
    count: u32,
}

#[derive(Clone, Copy)]
struct Node {
    first_child: u32,
    child_count: u32,
    entry: u32,
}

impl Gazetteer {
    pub(crate) fn build(network: &Network) -> Self {
        let records = network.table::<NameRecord>(Tag::Names);
        let mut entries: Vec<Entry> = Vec::new();
        let mut texts: Vec<Vec<char>> = Vec::new();
        for (i, record) in records.iter().enumerate() {
            match entries.last_mut() {
                Some(last) if last.text == record.text => last.count += 1,
                _ => {
                    let text: Vec<char> = network.string(record.text).chars().collect();
                    entries.push(Entry { text: record.text, first: i as u32, count: 1 });
                    texts.push(text);
                }
            }
        }
        let (nodes, children) = trie(&texts);
        let mut gaps = Vec::new();
        for (i, text) in texts.iter().enumerate() {
            let road = span(records, &entries[i]).iter().any(|r| matches!(r.kind, NAME_ROAD | NAME_ROAD_SHORT));
            if road && text.len() >= LEAST_FUZZY {
                each_gap(text, |hash| gaps.push((hash, i as u32)));
            }
        }
        gaps.sort_unstable();
        gaps.dedup();
        Self { entries, nodes, children, gaps }
    }

    /// Entries whose text starts at `start`, with their lengths, shortest first.
    pub(crate) fn at(&self, text: &[char], start: usize, mut found: impl FnMut(u32, usize)) {
        let mut node = 0u32;
        for (i, c) in text.iter().enumerate().skip(start) {
            let Some(next) = self.child(node, *c) else { return };
            node = next;
            let entry = self.nodes[node as usize].entry;
            if entry != NONE {
                found(entry, i + 1 - start);
            }
        }
    }

    /// The entry that is exactly this text.
    pub(crate) fn exact(&self, text: &[char]) -> Option<u32> {
        let node = text.iter().try_fold(0u32, |node, c| self.child(node, *c))?;
        let entry = self.nodes.get(node as usize)?.entry;
        (entry != NONE).then_some(entry)
    }

    /// Road names one character away from `text` (replaced, missing or too many).
    pub(crate) fn near(&self, network: &Network, text: &[char]) -> Vec<u32> {
        if text.len() < LEAST_FUZZY {
            return Vec::new();
        }
        let mut found = Vec::new();
        each_gap(text, |hash| {
            let from = self.gaps.partition_point(|(h, _)| *h < hash);
            for (_, entry) in self.gaps[from..].iter().take_while(|(h, _)| *h == hash) {
                found.push(*entry);
            }
        });
        found.sort_unstable();
        found.dedup();
        found.retain(|entry| {
            let name: Vec<char> = self.text(network, *entry).chars().collect();
            one_away(&name, text)
        });
        found
    }

    pub(crate) fn text<'a>(&self, network: &'a Network, entry: u32) -> &'a str {
        self.entries.get(entry as usize).map_or("", |e| network.string(e.text))
    }

    /// Records of an entry: what places have this name.
    pub(crate) fn targets<'a>(&self, network: &'a Network, entry: u32) -> &'a [NameRecord] {
        self.entries.get(entry as usize).map_or(&[], |e| span(network.table(Tag::Names), e))
    }

    fn child(&self, node: u32, c: char) -> Option<u32> {
        let n = self.nodes.get(node as usize)?;
        let list = self.children.get(n.first_child as usize..(n.first_child + n.child_count) as usize)?;
        list.binary_search_by_key(&c, |(k, _)| *k).ok().map(|i| list[i].1)
    }
}

fn span<'a>(records: &'a [NameRecord], e: &Entry) -> &'a [NameRecord] {
    crate::network::span(records, e.first, e.count)
}

/// Builds the trie of sorted texts, breadth first: a node's children lie together.
fn trie(texts: &[Vec<char>]) -> (Vec<Node>, Vec<(char, u32)>) {
    let empty = Node { first_child: 0, child_count: 0, entry: NONE };
    let mut nodes = vec![empty];
    let mut children: Vec<(char, u32)> = Vec::new();
    let mut order: Vec<u32> = (0..texts.len() as u32).collect();
    // A damaged file may have unsorted names; the trie needs them sorted.
    order.sort_by(|a, b| texts[*a as usize].cmp(&texts[*b as usize]));
    let mut queue = std::collections::VecDeque::from([(0u32, 0usize, order.len(), 0usize)]);
    while let Some((node, mut from, to, depth)) = queue.pop_front() {
        while from < to && texts[order[from] as usize].len() == depth {
            nodes[node as usize].entry = order[from];
            from += 1;
        }
        nodes[node as usize].first_child = children.len() as u32;
        while from < to {
            let c = texts[order[from] as usize][depth];
            let mut end = from;
            while end < to && texts[order[end] as usize][depth] == c {
                end += 1;
            }
            let child = nodes.len() as u32;
            nodes.push(empty);
            children.push((c, child));
            nodes[node as usize].child_count += 1;
            queue.push_back((child, from, end, depth + 1));
            from = end;
        }
    }
    (nodes, children)
}

/// Hashes of the text and of the text with each character left out (FNV-1a over code points).
fn each_gap(text: &[char], mut visit: impl FnMut(u64)) {
    for gap in 0..=text.len() {
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        for (i, c) in text.iter().enumerate() {
            if i != gap {
                hash = (hash ^ u64::from(*c as u32)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        visit(hash);
    }
}

/// Whether two texts differ by one character replaced, added or left out.
fn one_away(a: &[char], b: &[char]) -> bool {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (&a[same..], &b[same..]);
    match rest_a.len() as i64 - rest_b.len() as i64 {
        0 => rest_a.is_empty() || rest_a[1..] == rest_b[1..],
        1 => rest_a[1..] == *rest_b,
        -1 => *rest_a == rest_b[1..],
        _ => false,
    }
}
