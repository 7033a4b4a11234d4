//! Classes whose objects the garbage collector doesn't follow.
//!
//! PyO3 makes every class one that is collected. What holds nothing but bytes is part of no cycle;
//! where there is an object for every frame, entering and leaving the collector's list, and all that
//! is asked on the way, takes longer than the rest of the object (`bench/speed.md`). So such a class
//! is made here, by the stable ABI. Python code can neither make its objects, nor derive from it,
//! nor change it. A subclass of `bytes` that is made to refer to the object that holds it stays for
//! ever, as it did with PyO3's classes.
//!
//! What its functions panic with, and that is PyO3 where there is no memory, becomes an exception.

use std::ffi::{CStr, c_int, c_uint, c_void};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use pyo3::exceptions::PyMemoryError;
use pyo3::ffi;
use pyo3::panic::PanicException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};

/// What such an object holds.
pub(crate) trait Light: Send + Sync + Sized + 'static {
    /// With the module, in front of a dot.
    const NAME: &'static CStr;
    const DOC: &'static CStr;
    const GETTERS: &'static [Getter<Self>];

    fn repr(&self, py: Python<'_>) -> String;

    /// Gives up its references, as [`Bound`]: the interpreter calls it without PyO3's knowledge, which
    /// would put off the end of a [`Py`] that is dropped here.
    fn release(self, py: Python<'_>);
}

/// A property that can be read.
pub(crate) struct Getter<T> {
    name: &'static CStr,
    doc: &'static CStr,
    get: Get<T>,
}

type Get<T> = for<'py> fn(&T, Python<'py>) -> PyResult<Bound<'py, PyAny>>;

impl<T> Getter<T> {
    pub(crate) const fn new(name: &'static CStr, doc: &'static CStr, get: Get<T>) -> Self {
        Self { name, doc, get }
    }
}

/// How an object lies in memory.
#[repr(C)]
struct Object<T> {
    head: ffi::PyObject,
    value: T,
}

/// The class of the objects that hold a `T`. It is made once, and stays.
pub(crate) struct Class<T> {
    made: PyOnceLock<Py<PyType>>,
    holds: PhantomData<fn(T)>,
}

impl<T: Light> Class<T> {
    pub(crate) const fn new() -> Self {
        Self { made: PyOnceLock::new(), holds: PhantomData }
    }

    /// The class, which is made by the first call.
    pub(crate) fn get<'a, 'py>(&'a self, py: Python<'py>) -> PyResult<&'a Bound<'py, PyType>> {
        self.made.get_or_try_init(py, || made::<T>(py)).map(|class| class.bind(py))
    }

    /// An object that holds what `value` gives, after the class was made. `MemoryError` if there is no
    /// memory for it; then `value` isn't called. No Python code runs meanwhile, so a lock may be held.
    #[inline]
    pub(crate) fn object<'py>(
        &self,
        py: Python<'py>,
        value: impl FnOnce() -> T,
    ) -> PyResult<Bound<'py, PyAny>> {
        let no_memory = || PyMemoryError::new_err(());
        let class = self.made.get(py).ok_or_else(no_memory)?.as_ptr().cast();
        // SAFETY: the interpreter is held; objects of the class are as long as an `Object<T>`, not
        // collected, and what is written is what `dealloc` reads, once, when nobody refers to it.
        unsafe {
            let object = ffi::PyObject_New::<Object<T>>(class);
            if object.is_null() {
                ffi::PyErr_Clear();
                return Err(no_memory());
            }
            (&raw mut (*object).value).write(value());
            Ok(Bound::from_owned_ptr(py, object.cast()))
        }
    }
}

/// Makes the class. What it points to is as long-lived as it is: it is never freed.
fn made<T: Light>(py: Python<'_>) -> PyResult<Py<PyType>> {
    const { assert!(align_of::<T>() <= align_of::<usize>(), "all that the interpreter promises") };
    let mut getters: Vec<_> = T::GETTERS.iter().map(getter_def).collect();
    getters.push(ffi::PyGetSetDef::default());
    let methods = vec![
        ffi::PyMethodDef {
            ml_name: c"__reduce__".as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunction: reduce::<T> },
            ml_flags: ffi::METH_NOARGS,
            ml_doc: c"__reduce__($self)\n--\n\n".as_ptr(),
        },
        ffi::PyMethodDef::default(),
    ];
    #[allow(clippy::as_conversions, reason = "functions have no other way into a slot")]
    let (dealloc, repr) = (dealloc::<T> as *mut c_void, repr::<T> as *mut c_void);
    let slot = |slot, pfunc| ffi::PyType_Slot { slot, pfunc };
    let mut slots = [
        slot(ffi::Py_tp_doc, T::DOC.as_ptr().cast_mut().cast()),
        slot(ffi::Py_tp_getset, Vec::leak(getters).as_mut_ptr().cast()),
        slot(ffi::Py_tp_methods, Vec::leak(methods).as_mut_ptr().cast()),
        slot(ffi::Py_tp_dealloc, dealloc),
        slot(ffi::Py_tp_repr, repr),
        ffi::PyType_Slot::default(),
    ];
    let flags = ffi::Py_TPFLAGS_DEFAULT
        | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION
        | ffi::Py_TPFLAGS_IMMUTABLETYPE;
    let mut spec = ffi::PyType_Spec {
        name: T::NAME.as_ptr(),
        basicsize: c_int::try_from(size_of::<Object<T>>())?,
        itemsize: 0,
        flags: c_uint::try_from(flags)?,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: the interpreter is held. Name, documentation, properties and methods are never freed;
    // the functions are of the types that their slots are for.
    let class = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&raw mut spec)) };
    Ok(class?.cast_into::<PyType>()?.unbind())
}

fn getter_def<T: Light>(getter: &'static Getter<T>) -> ffi::PyGetSetDef {
    ffi::PyGetSetDef {
        name: getter.name.as_ptr(),
        get: Some(get::<T>),
        set: None,
        doc: getter.doc.as_ptr(),
        closure: ptr::from_ref(getter).cast_mut().cast(),
    }
}

/// What a function of the class gives to the interpreter. A panic ends here, as an exception.
fn answer<'py>(
    py: Python<'py>,
    find: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> *mut ffi::PyObject {
    let found = catch_unwind(AssertUnwindSafe(find));
    match found.unwrap_or_else(|_| Err(PanicException::new_err("panicked"))) {
        Ok(found) => found.into_ptr(),
        Err(error) => {
            error.restore(py);
            ptr::null_mut()
        }
    }
}

/// # Safety
/// For the interpreter alone: with an object of the class, and the [`Getter`] of a property.
unsafe extern "C" fn get<T: Light>(
    object: *mut ffi::PyObject,
    getter: *mut c_void,
) -> *mut ffi::PyObject {
    // SAFETY: the caller holds the interpreter and refers to the object meanwhile; the getter lives
    // for ever.
    let (py, object, getter) = unsafe {
        (Python::assume_attached(), &*object.cast::<Object<T>>(), &*getter.cast::<Getter<T>>())
    };
    answer(py, || (getter.get)(&object.value, py))
}

/// # Safety
/// For the interpreter alone, with an object of the class.
unsafe extern "C" fn repr<T: Light>(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: as for `get`.
    let (py, object) = unsafe { (Python::assume_attached(), &*object.cast::<Object<T>>()) };
    answer(py, || Ok(PyString::new(py, &object.value.repr(py)).into_any()))
}

/// # Safety
/// For the interpreter alone.
unsafe extern "C" fn reduce<T: Light>(
    _object: *mut ffi::PyObject,
    _none: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the caller holds the interpreter.
    let py = unsafe { Python::assume_attached() };
    let name = T::NAME.to_str().ok().and_then(|name| name.split('.').next_back());
    answer(py, || Err(crate::keys::not_copied(name.unwrap_or_default())))
}

/// # Safety
/// For the interpreter alone, with an object of the class that nobody refers to.
unsafe extern "C" fn dealloc<T: Light>(object: *mut ffi::PyObject) {
    // SAFETY: nobody refers to the object, so the value can be moved out of it; its memory is of
    // `PyObject_New`; and as every object does it counts as one reference to its class.
    unsafe {
        let class = ffi::Py_TYPE(object);
        let value = (&raw mut (*object.cast::<Object<T>>()).value).read();
        value.release(Python::assume_attached());
        ffi::PyObject_Free(object.cast());
        ffi::Py_DECREF(class.cast());
    }
}
