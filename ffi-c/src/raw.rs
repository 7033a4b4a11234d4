//! Pointers and lengths from C: the one place that turns them into slices and references.
//!
//! Refused before anything is read or written: null where something must be, a length above
//! `isize::MAX` or past the end of the address space, a struct that isn't aligned, and outputs
//! that overlap an input, an object or another output. What can't be seen from here is the
//! caller's promise: that the memory is there.

use core::mem::{align_of, size_of};

use sealwire_core::Error;

/// Where something lies: an address and a number of bytes. Nothing is read through it.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    start: usize,
    len: usize,
}

impl Span {
    /// Where `count` values lie.
    ///
    /// # Errors
    /// [`Error::NullPointer`], [`Error::AbsurdLength`], [`Error::ObjectSize`] for a bad alignment.
    pub(crate) fn of<T>(pointer: *const T, count: usize) -> Result<Self, Error> {
        if count == 0 {
            return Ok(Self { start: 0, len: 0 });
        }
        if pointer.is_null() {
            return Err(Error::NullPointer);
        }
        let len = count
            .checked_mul(size_of::<T>())
            .filter(|&len| isize::try_from(len).is_ok())
            .ok_or(Error::AbsurdLength)?;
        let start = pointer.addr();
        start.checked_add(len).ok_or(Error::AbsurdLength)?;
        if start & align_of::<T>().wrapping_sub(1) != 0 {
            return Err(Error::ObjectSize);
        }
        Ok(Self { start, len })
    }

    /// Where one value lies, whether or not it may be used; nothing for null.
    pub(crate) fn of_one<T>(pointer: *const T) -> Self {
        Self { start: pointer.addr(), len: if pointer.is_null() { 0 } else { size_of::<T>() } }
    }

    fn overlaps(self, other: Self) -> bool {
        self.len != 0
            && other.len != 0
            && self.start < other.start.wrapping_add(other.len)
            && other.start < self.start.wrapping_add(self.len)
    }
}

/// That nothing in `written` touches anything else that a call uses.
///
/// # Errors
/// [`Error::Overlap`].
pub(crate) fn disjoint(written: &[Span], read: &[Span]) -> Result<(), Error> {
    let mut rest = written;
    while let Some((one, others)) = rest.split_first() {
        if others.iter().chain(read).any(|other| one.overlaps(*other)) {
            return Err(Error::Overlap);
        }
        rest = others;
    }
    Ok(())
}

/// An input `(const T *p, size_t n)`: looked at, not yet read.
#[derive(Clone, Copy)]
pub(crate) struct Input<T> {
    pointer: *const T,
    len: usize,
    pub(crate) span: Span,
}

impl<T> Input<T> {
    /// # Errors
    /// Those of [`Span::of`]. Null is good for a length of 0.
    pub(crate) fn new(pointer: *const T, len: usize) -> Result<Self, Error> {
        let span = Span::of(pointer, len)?;
        Ok(Self { pointer, len, span })
    }

    /// The values.
    ///
    /// # Safety
    /// The memory is readable and unchanged for `'a`, and no output of the call overlaps it.
    pub(crate) unsafe fn read<'a>(self) -> &'a [T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: not null, aligned, of a possible length (`Span::of`); the rest is the caller's.
        unsafe { core::slice::from_raw_parts(self.pointer, self.len) }
    }
}

/// An output `(T *out, size_t cap)`: looked at, not yet written.
pub(crate) struct Output<T> {
    pointer: *mut T,
    cap: usize,
    pub(crate) span: Span,
}

impl<T> Clone for Output<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Output<T> {}

impl<T> Output<T> {
    /// # Errors
    /// Those of [`Span::of`]. Null is good for a capacity of 0.
    pub(crate) fn new(pointer: *mut T, cap: usize) -> Result<Self, Error> {
        let span = Span::of(pointer.cast_const(), cap)?;
        Ok(Self { pointer, cap, span })
    }

    pub(crate) const fn start(&self) -> *mut T {
        self.pointer
    }

    pub(crate) const fn cap(&self) -> usize {
        self.cap
    }

    /// The place, filled anew: what was in it is not looked at.
    ///
    /// # Safety
    /// As [`Output::write`], but the memory needs no valid content.
    pub(crate) unsafe fn emptied<'a>(self, value: impl Fn() -> T) -> &'a mut [T] {
        for index in 0..self.cap {
            // SAFETY: inside the memory, aligned (`Span::of`).
            unsafe { self.pointer.wrapping_add(index).write(value()) };
        }
        // SAFETY: every value is written now; the rest is the caller's word.
        unsafe { self.write() }
    }

    /// The place to write to.
    ///
    /// # Safety
    /// The memory is writable for `'a`, and nothing else of the call overlaps it.
    pub(crate) unsafe fn write<'a>(self) -> &'a mut [T] {
        if self.cap == 0 {
            return &mut [];
        }
        // SAFETY: not null, aligned, of a possible length (`Span::of`); the rest is the caller's.
        unsafe { core::slice::from_raw_parts_mut(self.pointer, self.cap) }
    }
}

/// A struct that C filled in.
///
/// # Errors
/// [`Error::NullPointer`], [`Error::ObjectSize`] for a bad alignment.
///
/// # Safety
/// The memory is readable and unchanged for `'a`, and no output of the call overlaps it.
pub(crate) unsafe fn reference<'a, T>(pointer: *const T) -> Result<&'a T, Error> {
    Span::of(pointer, 1)?;
    // SAFETY: not null and aligned (`Span::of`); the rest is the caller's.
    Ok(unsafe { &*pointer })
}

/// A single value that is written once the call knows it.
#[derive(Clone, Copy)]
pub(crate) struct Place<T> {
    pointer: *mut T,
    pub(crate) span: Span,
}

impl<T> Place<T> {
    /// # Errors
    /// [`Error::NullPointer`], [`Error::ObjectSize`] for a bad alignment.
    pub(crate) fn new(pointer: *mut T) -> Result<Self, Error> {
        let span = Span::of(pointer.cast_const(), 1)?;
        Ok(Self { pointer, span })
    }

    /// A place that the caller may leave out with null: nothing is told there then.
    ///
    /// # Errors
    /// [`Error::ObjectSize`] for a bad alignment.
    pub(crate) fn optional(pointer: *mut T) -> Result<Self, Error> {
        if pointer.is_null() {
            return Ok(Self { pointer, span: Span { start: 0, len: 0 } });
        }
        Self::new(pointer)
    }

    /// # Safety
    /// The memory is writable.
    pub(crate) unsafe fn set(self, value: T) {
        if !self.pointer.is_null() {
            // SAFETY: aligned (`Place::new`) and writable; `T` is plain data without a drop.
            unsafe { self.pointer.write(value) }
        }
    }
}
