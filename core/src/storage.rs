//! Storage of the caller's: a slice, however it is held.

/// Anything that shows a slice of `T`: an array, a `&'static mut [T]`, a `Vec<T>`.
pub trait Storage<T>: AsRef<[T]> + AsMut<[T]> {}

impl<T, S: AsRef<[T]> + AsMut<[T]> + ?Sized> Storage<T> for S {}
