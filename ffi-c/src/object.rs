//! Objects in the caller's storage: opaque, of a size that the header says, at one address.
//!
//! An object carries its own address and a number for its kind; what was never initialised,
//! was copied or moved, failed to initialise or is destroyed has neither and is refused as
//! `NOT_INITIALISED`. Initialising wipes first and marks last; destroying wipes.

use core::mem::{align_of, size_of};
use core::ptr;

use sealwire_core::Error;
use zeroize::Zeroize;

use crate::raw::Span;

/// One kind of object: what C sees, and what lies in it.
pub(crate) trait Object: Sized {
    /// The opaque struct of the header, whose size is promised.
    type Opaque;
    /// Tells the kinds apart.
    const KIND: usize;
}

/// What stands at the front of every object.
#[repr(C)]
struct Identity {
    address: usize,
    check: usize,
}

impl Identity {
    const fn of(address: usize, kind: usize) -> Self {
        Self { address, check: !address ^ kind }
    }
}

#[repr(C)]
struct Layout<T> {
    identity: Identity,
    body: T,
}

/// That an object's real size leaves its promised one some room: asserted where it is defined.
pub(crate) const fn fits<T: Object>() -> bool {
    size_of::<Layout<T>>() <= size_of::<T::Opaque>()
        && align_of::<Layout<T>>() <= align_of::<T::Opaque>()
}

/// The storage for a new object, wiped. `size` is what the caller believes that it has.
///
/// # Errors
/// [`Error::NullPointer`], [`Error::ObjectSize`].
///
/// # Safety
/// `size` bytes are writable, and nobody else uses them.
pub(crate) unsafe fn prepare<T: Object>(
    pointer: *mut T::Opaque,
    size: usize,
) -> Result<Fresh<T>, Error> {
    let fresh = place::<T>(pointer, size)?;
    // SAFETY: writable by the caller's word.
    unsafe { fresh.wipe() };
    Ok(fresh)
}

/// The same, untouched: for calls that leave it alone when they fail.
///
/// # Errors
/// As [`prepare`].
pub(crate) fn place<T: Object>(pointer: *mut T::Opaque, size: usize) -> Result<Fresh<T>, Error> {
    if pointer.is_null() {
        return Err(Error::NullPointer);
    }
    if size < size_of::<T::Opaque>() {
        return Err(Error::ObjectSize);
    }
    let span = Span::of(pointer.cast_const(), 1)?;
    Ok(Fresh { layout: pointer.cast(), span })
}

/// Storage that waits for its object, wiped unless it comes from [`place`].
pub(crate) struct Fresh<T> {
    layout: *mut Layout<T>,
    pub(crate) span: Span,
}

impl<T: Object> Fresh<T> {
    /// Where the body is to be: it may point into itself.
    pub(crate) fn body(&self) -> *mut T {
        // SAFETY: inside the storage, which is as large as a `Layout` (`fits`).
        unsafe { &raw mut (*self.layout).body }
    }

    /// Wipes the storage, of which nothing is used any more.
    ///
    /// # Safety
    /// It is writable, and nobody else uses it.
    pub(crate) unsafe fn wipe(&self) {
        // SAFETY: not null, aligned, and large enough by the caller's own word.
        unsafe { wipe(self.layout.cast::<T::Opaque>()) };
    }

    /// Puts the body in its place and marks the object as alive.
    ///
    /// # Safety
    /// The storage is writable, and nobody else uses it.
    pub(crate) unsafe fn fill(self, body: T) {
        // SAFETY: inside the storage, writable by the caller's word.
        unsafe { self.body().write(body) };
        // SAFETY: the body is written.
        unsafe { self.finish() };
    }

    /// Marks the object as alive: for bodies that point into themselves, else [`Fresh::fill`].
    ///
    /// # Safety
    /// The body was written.
    pub(crate) unsafe fn finish(self) {
        // SAFETY: inside the storage, as above.
        let identity = unsafe { &raw mut (*self.layout).identity };
        // SAFETY: as above; aligned, since the storage is.
        unsafe { identity.write_volatile(Identity::of(self.layout.addr(), T::KIND)) }
    }
}

/// The body of a live object.
///
/// # Errors
/// [`Error::NullPointer`], [`Error::ObjectSize`] for a bad alignment, [`Error::NotInitialised`].
///
/// # Safety
/// The opaque struct is readable.
pub(crate) unsafe fn live<T: Object>(pointer: *const T::Opaque) -> Result<*mut T, Error> {
    Span::of(pointer, 1)?;
    let layout = pointer.cast::<Layout<T>>().cast_mut();
    // SAFETY: not null and aligned (`Span::of`), readable by the caller's word.
    let identity = unsafe { (&raw const (*layout).identity).read_volatile() };
    let expected = Identity::of(layout.addr(), T::KIND);
    if identity.address != expected.address || identity.check != expected.check {
        return Err(Error::NotInitialised);
    }
    // SAFETY: inside the storage of a live object.
    Ok(unsafe { &raw mut (*layout).body })
}

/// Ends a live object: drops what lies in it and wipes all of its storage.
///
/// # Safety
/// `pointer` is of an object for which [`live`] just said yes, and nobody else uses it.
pub(crate) unsafe fn destroy<T: Object>(pointer: *mut T::Opaque, body: *mut T) {
    // SAFETY: alive, so the body was written and is dropped once.
    unsafe { ptr::drop_in_place(body) };
    // SAFETY: not null and aligned, as it is alive.
    unsafe { wipe(pointer) };
}

/// # Safety
/// Not null, aligned, writable.
unsafe fn wipe<O>(pointer: *mut O) {
    // SAFETY: as large as the type; bytes have no alignment.
    unsafe { core::slice::from_raw_parts_mut(pointer.cast::<u8>(), size_of::<O>()) }.zeroize();
}
