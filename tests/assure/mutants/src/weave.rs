//! Writes a file with the choices in it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use syn::visit::Visit;

use crate::Mutant;
use crate::places::{Edit, Places};

/// The text with all `mutants` of this file that have a place; tells the others in `placed`.
pub(crate) fn file(
    text: &str,
    mutants: &[&Mutant],
    placed: &mut BTreeMap<usize, &'static str>,
) -> Result<String, syn::Error> {
    let tree = syn::parse_file(text)?;
    let features = &mutants[0].features;
    let mut places = Places::new(text, mutants, features);
    places.visit_file(&tree);
    placed.append(&mut places.placed);
    let mut nodes = nodes(places.edits);
    // A body is left before its first expression begins.
    nodes.sort_by_key(|node| (node.at.start, node.leave.is_empty(), Reverse(node.at.end)));
    Ok(emit(text, 0..text.len(), &nodes))
}

/// All that happens to one stretch of text.
#[derive(Default)]
struct Node {
    at: Range<usize>,
    choices: Vec<(usize, String)>,
    leave: Vec<(usize, String)>,
    nothing: Vec<usize>,
    never: Vec<usize>,
    has_guard: bool,
}

fn nodes(edits: Vec<Edit>) -> Vec<Node> {
    let mut nodes = BTreeMap::<(usize, usize), Node>::new();
    for edit in edits {
        let at = match &edit {
            Edit::Choice { at, .. } | Edit::Nothing { at, .. } | Edit::Never { at, .. } => {
                at.clone()
            }
            Edit::Leave { at, .. } => *at..*at,
        };
        let node = nodes.entry((at.start, at.end)).or_default();
        node.at = at;
        match edit {
            Edit::Choice { id, other, .. } => node.choices.push((id, other)),
            Edit::Leave { id, value, .. } => node.leave.push((id, value)),
            Edit::Nothing { id, .. } => node.nothing.push(id),
            Edit::Never { id, has_guard, .. } => {
                node.never.push(id);
                node.has_guard = has_guard;
            }
        }
    }
    nodes.into_values().collect()
}

/// `range` of the text with the nodes in it, which are sorted, outer before inner.
fn emit(text: &str, range: Range<usize>, nodes: &[Node]) -> String {
    let mut out = String::new();
    let mut at = range.start;
    let mut rest = nodes;
    while let Some((node, after)) = rest.split_first() {
        let inner = after.partition_point(|one| one.at.start < node.at.end);
        let (inside, later) = after.split_at(inner);
        out += &text[at..node.at.start];
        out += &node.written(&emit(text, node.at.clone(), inside));
        at = node.at.end;
        rest = later;
    }
    out + &text[at..range.end]
}

impl Node {
    fn written(&self, original: &str) -> String {
        let mut out = String::new();
        if let [id] = self.nothing[..] {
            let taken = format!("if crate::mutant::on({id}) {{ 0 }} else {{ usize::MAX }}");
            return format!("({original}).take(/*<{id}*/{taken}/*{id}>*/)");
        }
        for (id, value) in &self.leave {
            out += &format!("/*<{id}*/if crate::mutant::on({id}) {{ return {value}; }}/*{id}>*/ ");
        }
        for id in &self.never {
            let before = if self.has_guard { "" } else { " if " };
            let and = if self.has_guard { " && " } else { " " };
            out += &format!("{before}/*<{id}*/!crate::mutant::on({id})/*{id}>*/{and}");
        }
        if self.choices.is_empty() {
            let parens = !self.never.is_empty() && self.has_guard;
            return out + &if parens { format!("({original})") } else { original.into() };
        }
        out.push('(');
        for (id, other) in &self.choices {
            out += &format!("/*<{id}*/if crate::mutant::on({id}) {{ {other} }}/*{id}>*/ else ");
        }
        out + &format!("{{ {original} }})")
    }
}
