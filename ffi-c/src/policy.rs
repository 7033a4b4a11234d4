//! Who may do what, as C lists it. Without a list, and without the word that there need be
//! none, nothing is allowed.

use sealwire_core::{
    AnyPeer, Context, ContextKind, Error, NamePattern, NoPolicy, Peer, Policy, RoleId, Rule, Rules,
};

use crate::raw::{Input, reference};

/// The policy is the list of rules; what no rule allows is refused.
pub const SEALWIRE_POLICY_RULES: u8 = 1;
/// Every peer that is registered may do everything.
pub const SEALWIRE_POLICY_ANY_PEER: u8 = 2;

/// In a rule: any role, with one or without.
pub const SEALWIRE_ANY_ROLE: u16 = 256;
/// In a rule: any kind of context.
pub const SEALWIRE_ANY_KIND: u8 = 0;
/// In a rule: all names.
pub const SEALWIRE_NAME_ANY: u8 = 0;
/// In a rule: this name and no other.
pub const SEALWIRE_NAME_EXACTLY: u8 = 1;
/// In a rule: all names that begin so.
pub const SEALWIRE_NAME_PREFIX: u8 = 2;

/// One thing that is allowed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_rule {
    /// A role of 0 to 255 (0: peers without one), or SEALWIRE_ANY_ROLE.
    pub role: u16,
    /// A kind of context, or SEALWIRE_ANY_KIND.
    pub kind: u8,
    /// SEALWIRE_NAME_ANY, SEALWIRE_NAME_EXACTLY or SEALWIRE_NAME_PREFIX.
    pub name_match: u8,
    /// The name or its beginning; null with SEALWIRE_NAME_ANY.
    pub name: *const u8,
    /// Bytes of `name`.
    pub name_len: usize,
}

/// Who may do what. Asked last, of a proven frame, after its nonce is spent.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_policy {
    /// SEALWIRE_POLICY_RULES or SEALWIRE_POLICY_ANY_PEER; 0 is no policy and refuses.
    pub kind: u8,
    /// The rules.
    pub rules: *const sealwire_rule,
    /// How many.
    pub rules_len: usize,
}

// SAFETY: plain data that this library only reads.
unsafe impl Sync for sealwire_policy {}

/// The policy that allows everything to every peer that is registered; see SEALWIRE_ANY_PEER.
#[unsafe(no_mangle)]
pub static sealwire_any_peer: sealwire_policy =
    sealwire_policy { kind: SEALWIRE_POLICY_ANY_PEER, rules: core::ptr::null(), rules_len: 0 };

/// A policy of C's, for the core.
#[derive(Clone, Copy)]
pub(crate) enum Listed {
    Missing,
    AnyPeer,
    Rules(Input<sealwire_rule>),
}

impl Listed {
    /// Looks at all pointers and numbers, so that deciding meets none that is wrong.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`], or misuse of pointers.
    ///
    /// # Safety
    /// Policy and rules are readable and unchanged while the requirement is in use.
    pub(crate) unsafe fn new(policy: *const sealwire_policy) -> Result<Self, Error> {
        if policy.is_null() {
            return Ok(Self::Missing);
        }
        // SAFETY: the caller's word.
        let policy = unsafe { reference(policy) }?;
        match policy.kind {
            0 => Ok(Self::Missing),
            SEALWIRE_POLICY_ANY_PEER => Ok(Self::AnyPeer),
            SEALWIRE_POLICY_RULES => {
                let rules = Input::new(policy.rules, policy.rules_len)?;
                // SAFETY: the caller's word.
                for rule in unsafe { rules.read() } {
                    // SAFETY: as above.
                    unsafe { converted(rule) }?;
                }
                Ok(Self::Rules(rules))
            }
            _ => Err(Error::InvalidArgument),
        }
    }
}

// SAFETY: what it points to is only read, and stays while it is in use (`Listed::new`).
unsafe impl Sync for Listed {}

impl Policy for Listed {
    fn decide(&self, peer: &Peer, context: &Context<'_>) -> Result<(), Error> {
        match self {
            Self::Missing => NoPolicy.decide(peer, context),
            Self::AnyPeer => AnyPeer.decide(peer, context),
            Self::Rules(rules) => {
                // SAFETY: `Listed::new` demands that the rules stay while they are in use.
                for rule in unsafe { rules.read() } {
                    // SAFETY: as above.
                    let rule = unsafe { converted(rule) }?;
                    if Rules(&[rule]).decide(peer, context).is_ok() {
                        return Ok(());
                    }
                }
                Rules(&[]).decide(peer, context)
            }
        }
    }
}

/// # Safety
/// The rule's name is readable and unchanged for `'a`.
unsafe fn converted<'a>(rule: &sealwire_rule) -> Result<Rule<'a>, Error> {
    let name = Input::new(rule.name, rule.name_len)?;
    // SAFETY: the caller's word.
    let name: &[u8] = unsafe { name.read() };
    Ok(Rule {
        role: match rule.role {
            SEALWIRE_ANY_ROLE => None,
            role => Some(RoleId(u8::try_from(role).map_err(|_| Error::InvalidArgument)?)),
        },
        kind: match rule.kind {
            SEALWIRE_ANY_KIND => None,
            kind => Some(ContextKind::from_number(kind).map_err(|_| Error::InvalidArgument)?),
        },
        name: match rule.name_match {
            SEALWIRE_NAME_ANY if name.is_empty() => NamePattern::Any,
            SEALWIRE_NAME_EXACTLY => NamePattern::Exactly(name),
            SEALWIRE_NAME_PREFIX => NamePattern::Prefix(name),
            _ => return Err(Error::InvalidArgument),
        },
    })
}
