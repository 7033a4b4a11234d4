//! Access: how a module gets its session, both sides of it. The steps are the core's; here
//! messages, credentials and engines are converted, and what each side keeps is an object.

pub mod clock;
pub mod credential;
pub mod exchange;
pub mod granter;
pub mod granting;
pub mod held;
mod keys;
pub mod message;
pub mod registry;
pub mod session;
pub mod tokens;
