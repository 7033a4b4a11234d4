//! Access: how a module gets its session (`PROTOCOL.md` §12).
//!
//! Request → challenge → proof → grant. The [`requester`] asks and proves itself first, the
//! [`granter`] keeps nothing of it before that, and both end with the keys of one [`session`].
//! Nothing here reads a clock or a line: ticks, times and messages are arguments.

mod asking;
#[cfg(feature = "x509")]
mod certified;
mod chain;
mod clock;
mod cookie;
mod engines;
mod exchange;
mod grant;
mod granter;
mod group;
mod held;
mod install;
mod message;
mod registry;
mod requester;
mod role;
mod schedule;
mod sealing;
mod session;
mod store;
mod tokens;
mod transcript;
mod work;

#[cfg(feature = "x509")]
pub use certified::{CertifiedSlot, ChainCredential, MAX_CERTIFIED_MESSAGE, chain_of_grant};
pub use clock::{DeviceClock, MAX_ROUND_TRIP, TimeReport};
pub use engines::{Credential, Engines};
pub use exchange::{Exchange, ExchangeError, ExchangeState};
pub use grant::{Granted, Outcome};
pub use granter::{Confirmation, Granter, GranterSettings, Moment, UNCONFIRMED};
pub use group::GroupKey;
pub use held::HeldSessions;
pub use install::SessionKeys;
pub use message::{AccessMessage, MAX_ACCESS_MESSAGE, MAX_PROOF};
pub use registry::AccessRecord;
pub use requester::{AccessPlan, AwaitChallenge, AwaitGrant, Refused};
pub use role::RoleName;
pub use session::Session;
pub use store::AccessSlot;
pub use tokens::{TokenSlot, Tokens};
pub use work::{Budget, SourceSlot};
