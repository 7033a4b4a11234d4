//! The Merkle tree over a burst's frames (RFC 9162 §2.1): leaves and nodes hashed under
//! different prefixes, a last node without a sibling moved up as it is, never doubled.
//!
//! Pairing neighbours level by level, the odd one moving up, makes the same tree as the RFC's
//! split at the largest power of two, and its path has the same nodes in the same order.

use crate::crypto::sha256;
use crate::wire::shape::{Side, siblings};

/// A node of the tree: 32 bytes. Storage of the caller's; begins as anything.
pub type BurstNode = [u8; sha256::DIGEST_LEN];

/// Before a leaf's bytes (RFC 9162 §2.1.1).
pub(crate) const LEAF: &[u8] = &[0];

/// Before two nodes.
const NODE: &[u8] = &[1];

/// Nodes that sealing a burst of `frames` takes, all levels together; 127 for 64.
#[must_use]
pub const fn burst_nodes(frames: usize) -> usize {
    let mut width = frames;
    let mut nodes = frames;
    while width > 1 {
        width = width.div_ceil(2);
        nodes = nodes.saturating_add(width);
    }
    nodes
}

/// Fills in all levels above the leaves, which are the first `size` of `nodes`.
pub(crate) fn grow(nodes: &mut [BurstNode], size: usize) {
    let mut level = nodes;
    let mut width = size;
    while width > 1 {
        let Some((below, above)) = level.split_at_mut_checked(width) else { return };
        for (parent, pair) in above.iter_mut().zip(below.chunks(2)) {
            match pair {
                [left, right] => *parent = node(left, right),
                [alone] => *parent = *alone,
                _ => {}
            }
        }
        level = above;
        width = width.div_ceil(2);
    }
}

/// The path from leaf `index` to the root of a tree that has grown, lowest first.
pub(crate) fn path(
    nodes: &[BurstNode],
    index: usize,
    size: usize,
) -> impl Iterator<Item = &BurstNode> {
    let mut level_start = 0_usize;
    let mut width = size;
    let mut place = index;
    siblings(index, size).filter_map(move |side| {
        let sibling = match side {
            Side::Left => place.checked_sub(1),
            Side::Right => place.checked_add(1),
            Side::None => None,
        };
        let node = sibling.and_then(|sibling| nodes.get(level_start.checked_add(sibling)?));
        level_start = level_start.saturating_add(width);
        width = width.div_ceil(2);
        place >>= 1;
        node
    })
}

/// The root that `leaf` at `index` of `size` has with this path, whose length is right.
pub(crate) fn root(leaf: BurstNode, index: usize, size: usize, path: &[BurstNode]) -> BurstNode {
    let mut path = path.iter();
    siblings(index, size).fold(leaf, |below, side| match side {
        Side::Left => path.next().map_or(below, |left| node(left, &below)),
        Side::Right => path.next().map_or(below, |right| node(&below, right)),
        Side::None => below,
    })
}

/// The root of a tree that has grown.
pub(crate) fn root_of(nodes: &[BurstNode], size: usize) -> Option<&BurstNode> {
    nodes.get(burst_nodes(size).checked_sub(1)?)
}

fn node(left: &BurstNode, right: &BurstNode) -> BurstNode {
    sha256::digest(&[NODE, left, right])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::shape::{MAX_BURST, Shape};
    use std::vec::Vec;

    fn leaf(i: usize) -> BurstNode {
        sha256::digest(&[LEAF, &u64::try_from(i).unwrap().to_be_bytes()])
    }

    /// RFC 9162 §2.1.1, as it is written there.
    fn tree_hash(leaves: &[BurstNode]) -> BurstNode {
        match leaves {
            [leaf] => *leaf,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node(&tree_hash(&leaves[..k]), &tree_hash(&leaves[k..]))
            }
        }
    }

    /// RFC 9162 §2.1.3.1.
    fn inclusion_proof(m: usize, leaves: &[BurstNode]) -> Vec<BurstNode> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let k = leaves.len().next_power_of_two() / 2;
        let (mut proof, other) = if m < k {
            (inclusion_proof(m, &leaves[..k]), tree_hash(&leaves[k..]))
        } else {
            (inclusion_proof(m - k, &leaves[k..]), tree_hash(&leaves[..k]))
        };
        proof.push(other);
        proof
    }

    #[test]
    fn is_the_tree_of_the_rfc_at_every_index() {
        for size in (1..=33).chain([63, 64, 65, 127, 200, 255, MAX_BURST]) {
            let leaves: Vec<BurstNode> = (0..size).map(leaf).collect();
            let mut nodes = leaves.clone();
            nodes.resize(burst_nodes(size), [0; 32]);
            grow(&mut nodes, size);
            let expected = tree_hash(&leaves);
            assert_eq!(root_of(&nodes, size), Some(&expected));
            for index in 0..size {
                let proof = inclusion_proof(index, &leaves);
                let ours: Vec<BurstNode> = path(&nodes, index, size).copied().collect();
                assert_eq!(ours, proof, "path {index} of {size}");
                let shape = Shape::new(index, size).unwrap();
                assert_eq!(shape.path_len(), proof.len());
                assert_eq!(root(leaves[index], index, size, &ours), expected);
            }
        }
    }

    #[test]
    fn a_tree_of_64_takes_127_nodes() {
        assert_eq!(burst_nodes(64), 127);
        assert_eq!(burst_nodes(1), 1);
    }
}
