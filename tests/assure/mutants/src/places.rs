//! Finds what each mutant changes in a file's syntax tree.

use std::collections::BTreeMap;
use std::ops::Range;

use proc_macro2::LineColumn;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Arm, Attribute, Block, Expr, ExprBinary, ExprStruct, ExprUnary, Stmt};

use crate::features::are_met;
use crate::{Mutant, Place};

/// A change of the text, in bytes of the original.
#[derive(Debug)]
pub(crate) enum Edit {
    /// The expression there, or this one.
    Choice { at: Range<usize>, id: usize, other: String },
    /// Before what stands there: leave with this.
    Leave { at: usize, id: usize, value: String },
    /// No item of the iterator there.
    Nothing { at: Range<usize>, id: usize },
    /// The arm's guard, or what ends its pattern, where it has none: never, with this mutant.
    Never { at: Range<usize>, id: usize, has_guard: bool },
}

/// Where the lines of a text begin.
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(after).collect() }
    }

    fn byte(&self, line: usize, characters: usize) -> usize {
        let start = self.starts[line - 1];
        let rest = &self.text[start..];
        start + rest.char_indices().nth(characters).map_or(rest.len(), |(at, _)| at)
    }

    fn of(&self, place: LineColumn) -> usize {
        self.byte(place.line, place.column)
    }

    fn of_place(&self, place: Place) -> usize {
        self.byte(place.line, place.column - 1)
    }

    fn range(&self, one: &impl Spanned) -> Range<usize> {
        let span = one.span();
        self.of(span.start())..self.of(span.end())
    }

    fn text(&self, one: &impl Spanned) -> &'t str {
        &self.text[self.range(one)]
    }
}

pub(crate) struct Places<'t> {
    lines: Lines<'t>,
    /// By where they begin.
    mutants: BTreeMap<usize, Vec<&'t Mutant>>,
    features: &'t [String],
    is_off: bool,
    is_const: bool,
    pub(crate) edits: Vec<Edit>,
    pub(crate) placed: BTreeMap<usize, &'static str>,
}

impl<'t> Places<'t> {
    pub(crate) fn new(text: &'t str, mutants: &[&'t Mutant], features: &'t [String]) -> Self {
        let lines = Lines::new(text);
        let mut by_start = BTreeMap::<usize, Vec<&Mutant>>::new();
        for mutant in mutants {
            by_start.entry(lines.of_place(mutant.span.start)).or_default().push(mutant);
        }
        let placed = mutants.iter().map(|mutant| (mutant.id, "shape")).collect();
        let mutants = by_start;
        Self { lines, mutants, features, is_off: false, is_const: false, edits: vec![], placed }
    }

    /// The mutants of that kind that begin there and can be woven; of the others says why not.
    fn at(&mut self, genre: &str, start: usize) -> Vec<&'t Mutant> {
        let here = self.mutants.get(&start).into_iter().flatten();
        let here: Vec<_> = here.filter(|mutant| mutant.genre == genre).copied().collect();
        let told = match (self.is_off, self.is_const) {
            (true, _) => "cfg",
            (_, true) => "const",
            _ => "woven",
        };
        for mutant in &here {
            self.placed.insert(mutant.id, told);
        }
        if told == "woven" { here } else { vec![] }
    }

    fn choose(&mut self, at: Range<usize>, mutant: &Mutant, other: String) {
        self.edits.push(Edit::Choice { at, id: mutant.id, other });
    }

    /// Visits what these attributes stand on.
    fn under(&mut self, attributes: &[Attribute], visit: impl FnOnce(&mut Self)) {
        let was = self.is_off;
        self.is_off |= !are_met(attributes, self.features);
        visit(self);
        self.is_off = was;
    }

    fn in_const(&mut self, visit: impl FnOnce(&mut Self)) {
        let was = std::mem::replace(&mut self.is_const, true);
        visit(self);
        self.is_const = was;
    }

    fn body(&mut self, block: &Block) {
        let Some(first) = block.stmts.first() else { return };
        let at = self.lines.range(first).start;
        for mutant in self.at("FnValue", at) {
            // Both ways out of a function have one type: what is empty takes nothing of it.
            if mutant.replacement.starts_with("::std::iter::") {
                match block.stmts.last() {
                    Some(Stmt::Expr(last, None)) if mutant.replacement.ends_with("empty()") => {
                        let at = self.lines.range(last);
                        self.edits.push(Edit::Nothing { at, id: mutant.id });
                    }
                    _ => drop(self.placed.insert(mutant.id, "shape")),
                }
                continue;
            }
            let value = mutant.replacement.clone();
            self.edits.push(Edit::Leave { at, id: mutant.id, value });
        }
    }
}

impl<'ast> Visit<'ast> for Places<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Fn(one) => &one.attrs,
            syn::Item::Impl(one) => &one.attrs,
            syn::Item::Mod(one) => &one.attrs,
            syn::Item::Const(one) => &one.attrs,
            syn::Item::Trait(one) => &one.attrs,
            _ => &vec![],
        };
        self.under(attributes, |here| visit::visit_item(here, item));
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.in_const(|here| visit::visit_item_const(here, item));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.in_const(|here| visit::visit_item_static(here, item));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.in_const(|here| visit::visit_impl_item_const(here, item));
    }

    fn visit_type(&mut self, one: &'ast syn::Type) {
        self.in_const(|here| visit::visit_type(here, one));
    }

    fn visit_generic_argument(&mut self, one: &'ast syn::GenericArgument) {
        self.in_const(|here| visit::visit_generic_argument(here, one));
    }

    fn visit_expr_const(&mut self, one: &'ast syn::ExprConst) {
        self.in_const(|here| visit::visit_expr_const(here, one));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.body(&item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.under(&item.attrs, |here| {
            here.body(&item.block);
            visit::visit_impl_item_fn(here, item);
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.body(block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_local(&mut self, one: &'ast syn::Local) {
        self.under(&one.attrs, |here| visit::visit_local(here, one));
    }

    fn visit_expr_block(&mut self, one: &'ast syn::ExprBlock) {
        self.under(&one.attrs, |here| visit::visit_expr_block(here, one));
    }

    fn visit_expr_if(&mut self, one: &'ast syn::ExprIf) {
        self.under(&one.attrs, |here| visit::visit_expr_if(here, one));
    }

    fn visit_expr_repeat(&mut self, one: &'ast syn::ExprRepeat) {
        self.visit_expr(&one.expr);
        self.in_const(|here| here.visit_expr(&one.len));
    }

    fn visit_expr_binary(&mut self, one: &'ast ExprBinary) {
        let is_chain = matches!(one.op, syn::BinOp::And(_)) && has_let(one);
        for mutant in self.at("BinaryOperator", self.lines.range(&one.op).start) {
            if is_chain {
                self.placed.insert(mutant.id, "shape");
                continue;
            }
            let (left, right) = (self.lines.text(&one.left), self.lines.text(&one.right));
            // The left side of an assignment stays a place in parentheses.
            let other = format!("({left}) {} ({right})", mutant.replacement);
            self.choose(self.lines.range(one), mutant, other);
        }
        visit::visit_expr_binary(self, one);
    }

    fn visit_expr_unary(&mut self, one: &'ast ExprUnary) {
        for mutant in self.at("UnaryOperator", self.lines.range(one).start) {
            let other = format!("{}{}", mutant.replacement, self.lines.text(&one.expr));
            self.choose(self.lines.range(one), mutant, other);
        }
        visit::visit_expr_unary(self, one);
    }

    fn visit_expr_struct(&mut self, one: &'ast ExprStruct) {
        let whole = self.lines.range(one);
        for field in &one.fields {
            let at = self.lines.range(field);
            for mutant in self.at("StructField", at.start) {
                let after = self.lines.text[at.end..whole.end].trim_start();
                let after = after.strip_prefix(',').unwrap_or(after);
                let other = format!("{}{after}", &self.lines.text[whole.start..at.start]);
                self.choose(whole.clone(), mutant, other);
            }
        }
        visit::visit_expr_struct(self, one);
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        self.under(&arm.attrs, |here| {
            let start = here.lines.range(&arm.pat).start;
            let guard = arm.guard.as_ref().map(|(_, guard)| here.lines.range(guard));
            for mutant in here.at("MatchArm", start) {
                let end = here.lines.range(&arm.pat).end;
                let at = guard.clone().unwrap_or(end..end);
                let has_guard = guard.is_some();
                here.edits.push(Edit::Never { at, id: mutant.id, has_guard });
            }
            if let Some(guard) = guard {
                for mutant in here.at("MatchArmGuard", guard.start) {
                    here.choose(guard.clone(), mutant, mutant.replacement.clone());
                }
            }
            visit::visit_arm(here, arm);
        });
    }
}

/// Whether it is a chain with `let` in it, which has no other form.
fn has_let(one: &ExprBinary) -> bool {
    [&one.left, &one.right].into_iter().any(|side| match &**side {
        Expr::Let(_) => true,
        Expr::Binary(inner) => matches!(inner.op, syn::BinOp::And(_)) && has_let(inner),
        _ => false,
    })
}
