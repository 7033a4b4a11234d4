//! Whether code is part of a build, by its `#[cfg]` attributes: a 64-bit host, tests off.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Lit, Meta, Token};

/// Whether all `cfg` attributes hold; what isn't understood does.
pub(crate) fn are_met(attributes: &[Attribute], features: &[String]) -> bool {
    attributes
        .iter()
        .filter(|one| one.path().is_ident("cfg"))
        .all(|one| one.parse_args::<Meta>().map_or(true, |condition| holds(&condition, features)))
}

fn holds(condition: &Meta, features: &[String]) -> bool {
    match condition {
        Meta::Path(path) => !path.is_ident("test"),
        Meta::NameValue(pair) => {
            let Expr::Lit(value) = &pair.value else { return true };
            let Lit::Str(value) = &value.lit else { return true };
            if pair.path.is_ident("feature") {
                features.contains(&value.value())
            } else {
                !pair.path.is_ident("target_pointer_width") || value.value() == "64"
            }
        }
        Meta::List(list) => {
            let Ok(parts) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            else {
                return true;
            };
            let mut each = parts.iter().map(|part| holds(part, features));
            if list.path.is_ident("any") {
                each.any(|held| held)
            } else if list.path.is_ident("not") {
                !each.any(|held| held)
            } else {
                each.all(|held| held)
            }
        }
    }
}
