//! The Merkle tree over the records' leaves, as RFC 6962 builds it, kept without its inner nodes.
//!
//! Appending needs only the roots of the perfect subtrees at the right edge. Proving needs any part of the tree, so the
//! roots of whole blocks of [`BLOCK_LEAVES`] are kept as well: a proof then reads two blocks and those roots, not all.

use crate::hash::{self, Digest};

/// Leaves of a block. A power of two, so that a block's root is a node of the tree.
pub const BLOCK_LEAVES: u64 = 1 << BLOCK_LEVEL;
/// Longest proof: one node a level of a tree whose size has 64 bits.
pub const PROOF_MAX_NODES: usize = 64;

const BLOCK_LEVEL: u32 = 10;

/// A tree that only grows: the roots of its perfect subtrees, largest first, one for each bit set in the size.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    size: u64,
    edge: Vec<Digest>,
}

impl Tree {
    /// Starts a tree at these whole blocks. O(blocks).
    #[must_use]
    pub fn from_blocks(blocks: &[Digest]) -> Self {
        let mut tree = Self::default();
        for block in blocks {
            tree.grow(*block, BLOCK_LEVEL);
        }
        tree
    }

    /// Returns the number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; returns the root of the block that it completes, if it does. O(1) amortised.
    pub fn push(&mut self, leaf: Digest) -> Option<Digest> {
        self.grow(leaf, 0)
    }

    /// Adds a perfect subtree of 2^`level` leaves to a tree whose size is a multiple of that.
    fn grow(&mut self, mut node: Digest, level: u32) -> Option<Digest> {
        debug_assert!(self.size.trailing_zeros() >= level, "Invariant: subtrees are aligned");
        let mut block = None;
        for height in level.. {
            if height == BLOCK_LEVEL {
                block = Some(node);
            }
            if self.size >> height & 1 == 0 {
                break;
            }
            let Some(left) = self.edge.pop() else { break };
            node = hash::node(&left, &node);
        }
        self.edge.push(node);
        self.size += 1 << level;
        block
    }

    /// Returns the root. The root of no leaves is the hash of nothing. O(log n).
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut smallest_first = self.edge.iter().rev();
        let Some(&last) = smallest_first.next() else { return hash::plain([]) };
        smallest_first.fold(last, |right, left| hash::node(left, &right))
    }
}

/// The parts of a tree from which one leaf is proved.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// Leaves of the tree.
    pub size: u64,
    /// Roots of the tree's whole blocks, in order.
    pub blocks: &'a [Digest],
    /// Leaves of the block that holds the leaf to prove, as far as the tree goes.
    pub own: &'a [Digest],
    /// Leaves after the last whole block.
    pub tail: &'a [Digest],
}

impl Parts<'_> {
    /// Lists the nodes that lead from the leaf at `index`, counted from 0, to the root (RFC 6962, 2.1.1).
    ///
    /// Returns nothing when `index` is not in the tree or the parts do not belong to it. O(blocks).
    #[must_use]
    pub fn prove(&self, index: u64) -> Option<Vec<Digest>> {
        let tail_start = self.size - self.size % BLOCK_LEAVES;
        let own_start = index - index % BLOCK_LEAVES;
        let fits = index < self.size
            && self.blocks.len() as u64 == tail_start / BLOCK_LEAVES
            && self.tail.len() as u64 == self.size - tail_start
            && self.own.len() as u64 == (self.size - own_start).min(BLOCK_LEAVES);
        if !fits {
            return None;
        }
        let mut path = Vec::with_capacity(PROOF_MAX_NODES);
        let (mut low, mut high) = (0, self.size);
        while high - low > 1 {
            let middle = low + split(high - low);
            if index < middle {
                path.push(self.subtree(middle, high, own_start));
                high = middle;
            } else {
                path.push(self.subtree(low, middle, own_start));
                low = middle;
            }
        }
        path.reverse();
        Some(path)
    }

    /// Returns the root over the leaves `low..high`, which is a node that RFC 6962's recursion meets.
    fn subtree(&self, low: u64, high: u64, own_start: u64) -> Digest {
        let width = high - low;
        if width == BLOCK_LEAVES && low.is_multiple_of(BLOCK_LEAVES) {
            return self.blocks[at(low / BLOCK_LEAVES)];
        }
        if width == 1 {
            let is_own = low >= own_start && low - own_start < self.own.len() as u64;
            return if is_own { self.own[at(low - own_start)] } else { self.tail[at(low % BLOCK_LEAVES)] };
        }
        let middle = low + split(width);
        hash::node(&self.subtree(low, middle, own_start), &self.subtree(middle, high, own_start))
    }
}

/// Tells whether `proof` leads from the leaf at `index` of a tree of `size` leaves to `root` (RFC 9162, 2.1.3.2).
#[must_use]
pub fn is_included(leaf: &Digest, index: u64, size: u64, proof: &[Digest], root: &Digest) -> bool {
    if index >= size || proof.len() > PROOF_MAX_NODES {
        return false;
    }
    let (mut place, mut last, mut node) = (index, size - 1, *leaf);
    for neighbour in proof {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            node = hash::node(neighbour, &node);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            node = hash::node(&node, neighbour);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && node == *root
}

/// Returns the largest power of two below `width`, which is at least 2.
fn split(width: u64) -> u64 {
    1 << (width - 1).ilog2()
}

/// Turns a number that is below some list's length into an index.
#[expect(clippy::cast_possible_truncation, reason = "the list that it indexes is in memory")]
fn at(number: u64) -> usize {
    number as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves(count: u64) -> Vec<Digest> {
        (0..count).map(|number| hash::leaf(&number.to_be_bytes())).collect()
    }

    /// The definition in RFC 6962, 2.1, word for word.
    fn root_by_definition(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => hash::plain([]),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(at(split(leaves.len() as u64)));
                hash::node(&root_by_definition(left), &root_by_definition(right))
            }
        }
    }

    fn grown(leaves: &[Digest]) -> (Tree, Vec<Digest>) {
        let mut tree = Tree::default();
        let blocks = leaves.iter().filter_map(|leaf| tree.push(*leaf)).collect();
        (tree, blocks)
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        let all = leaves(70);
        for size in 0..=all.len() {
            assert_eq!(grown(&all[..size]).0.root(), root_by_definition(&all[..size]), "{size} leaves");
        }
    }

    #[test]
    fn the_published_tree_of_seven_leaves() {
        // The reference inputs of the certificate-transparency test suites.
        let inputs: [&[u8]; 7] = [
            b"",
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        ];
        let tree = grown(&inputs.map(hash::leaf)).0;
        assert_eq!(tree.root().to_string(), "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c");
    }

    #[test]
    fn a_tree_goes_on_from_its_blocks() {
        let all = leaves(3 * BLOCK_LEAVES + 17);
        let (whole, blocks) = grown(&all);
        let mut resumed = Tree::from_blocks(&blocks);
        assert_eq!(resumed.size(), 3 * BLOCK_LEAVES);
        all[at(resumed.size())..].iter().for_each(|leaf| assert_eq!(resumed.push(*leaf), None));
        assert_eq!((resumed.size(), resumed.root()), (whole.size(), whole.root()));
    }

    fn parts_of<'a>(all: &'a [Digest], blocks: &'a [Digest], index: u64) -> Parts<'a> {
        let own_start = at(index - index % BLOCK_LEAVES);
        let own_end = all.len().min(own_start + at(BLOCK_LEAVES));
        Parts {
            size: all.len() as u64,
            blocks,
            own: &all[own_start..own_end],
            tail: &all[blocks.len() * at(BLOCK_LEAVES)..],
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_leaf_is_proved_and_nothing_else(size in 1u64..5000, pick in any::<u64>(), flip in any::<u16>()) {
            let all = leaves(size);
            let (tree, blocks) = grown(&all);
            let (index, root) = (pick % size, tree.root());
            let leaf = all[at(index)];
            let proof = parts_of(&all, &blocks, index).prove(index).unwrap();
            prop_assert!(is_included(&leaf, index, size, &proof, &root));

            prop_assert!(!is_included(&hash::leaf(b"another"), index, size, &proof, &root));
            prop_assert!(!is_included(&leaf, size, size, &proof, &root));
            prop_assert!(!is_included(&leaf, index, size, &[&proof[..], &[root]].concat(), &root));
            if let Some(short) = proof.len().checked_sub(1) {
                prop_assert!(!is_included(&leaf, index, size, &proof[..short], &root));
                prop_assert!(size < 2 || !is_included(&leaf, (index + 1) % size, size, &proof, &root));
                let mut bent = proof.clone();
                let bit = usize::from(flip) % (bent.len() * 256);
                bent[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
                prop_assert!(!is_included(&leaf, index, size, &bent, &root));
            }
        }
    }

    #[test]
    fn parts_of_another_tree_prove_nothing() {
        let all = leaves(10);
        let parts = Parts { size: 10, blocks: &[], own: &all, tail: &all };
        assert!(parts.prove(10).is_none());
        assert!(Parts { tail: &all[1..], ..parts }.prove(3).is_none());
        assert!(Parts { own: &[], ..parts }.prove(3).is_none());
    }
}
