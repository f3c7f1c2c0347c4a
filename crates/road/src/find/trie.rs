//! A trie over sequences of codes, built once, searched without allocation.

/// Values by sequence of codes. A sequence may have several values.
#[derive(Default)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
    children: Vec<(u32, u32)>,
    values: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Node {
    first_child: u32,
    child_count: u32,
    first_value: u32,
    value_count: u32,
}

impl Trie {
    /// Builds it, breadth first: a node's children lie together.
    pub(crate) fn build(mut keys: Vec<(Vec<u32>, u32)>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        let mut trie = Self { nodes: vec![Node::default()], ..Self::default() };
        let mut queue = std::collections::VecDeque::from([(0usize, 0usize, keys.len(), 0usize)]);
        while let Some((node, mut from, to, depth)) = queue.pop_front() {
            let (first_value, first_child) = (trie.values.len(), trie.children.len());
            while from < to && keys[from].0.len() == depth {
                trie.values.push(keys[from].1);
                from += 1;
            }
            while from < to {
                let code = keys[from].0[depth];
                let end = from + keys[from..to].iter().take_while(|k| k.0[depth] == code).count();
                trie.children.push((code, trie.nodes.len() as u32));
                queue.push_back((trie.nodes.len(), from, end, depth + 1));
                trie.nodes.push(Node::default());
                from = end;
            }
            trie.nodes[node] = Node {
                first_child: first_child as u32,
                child_count: (trie.children.len() - first_child) as u32,
                first_value: first_value as u32,
                value_count: (trie.values.len() - first_value) as u32,
            };
        }
        trie
    }

    /// The node after `code`; the root is 0.
    pub(crate) fn step(&self, node: u32, code: u32) -> Option<u32> {
        let n = self.nodes.get(node as usize)?;
        let list = self.children.get(n.first_child as usize..(n.first_child + n.child_count) as usize)?;
        list.binary_search_by_key(&code, |(c, _)| *c).ok().map(|i| list[i].1)
    }

    /// Values of the sequence that ends at a node.
    pub(crate) fn values(&self, node: u32) -> &[u32] {
        self.nodes.get(node as usize).map_or(&[], |n| crate::network::span(&self.values, n.first_value, n.value_count))
    }
}
