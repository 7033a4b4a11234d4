//! Many frames under one signature: sealing a burst. Each frame stands alone afterwards.

use core::mem::{align_of, size_of};

use sealwire_core::{Burst, BurstItem, BurstNode, Error, MAX_BURST, burst_nodes};

use crate::context::{Named, sealwire_context};
use crate::errors::status;
use crate::fixed::FixedOutput;
use crate::object::{self, Object};
use crate::raw::{Input, Output, Place, Span, disjoint};
use crate::sealer::{self, sealwire_sealer};

/// The most frames of one burst.
pub const SEALWIRE_MAX_BURST: usize = 256;
/// Bytes of a burst's storage.
pub const SEALWIRE_BURST_SIZE: usize = 256;

/// One message of a burst. Payload and context stay where they are as long as the burst.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sealwire_burst_item {
    /// The message.
    pub payload: *const u8,
    /// Its bytes.
    pub payload_len: usize,
    /// What it is about.
    pub context: sealwire_context,
    /// When it is sealed, in µs since the Unix epoch, or SEALWIRE_NO_CLOCK.
    pub now: u64,
}

/// A burst that is signed. Opaque storage of the caller's; see "Objects". Holds no secret.
#[repr(C)]
pub struct sealwire_burst {
    /// The library's business.
    pub opaque: [u64; 32],
}

/// A piece of a burst's workspace: SEALWIRE_BURST_WORK(n) of them for n frames.
#[repr(C)]
pub struct sealwire_burst_work {
    /// The library's business.
    pub opaque: [u64; 20],
}

const _: () = assert!(SEALWIRE_MAX_BURST == MAX_BURST);
const _: () = assert!(size_of::<sealwire_burst>() == SEALWIRE_BURST_SIZE);
const _: () = assert!(object::fits::<Body>());
// A piece holds an item and two nodes; a tree has fewer than two nodes a frame and nine more.
const _: () = assert!(
    size_of::<BurstItem<'_>>() + 2 * size_of::<BurstNode>() <= size_of::<sealwire_burst_work>()
);
const _: () = assert!(burst_nodes(MAX_BURST) <= 2 * MAX_BURST + 9);
const _: () = assert!(align_of::<BurstItem<'_>>() <= align_of::<sealwire_burst_work>());

struct Body {
    burst: Burst<'static>,
}

impl Object for Body {
    type Opaque = sealwire_burst;
    const KIND: usize = 0xb045_7001;
}

/// Signs `count` messages as one burst, for sealwire_burst_write. `size` is `sizeof *burst`, `work`
/// has room for SEALWIRE_BURST_WORK(count) pieces, `work_size` in bytes.
///
/// The sealer is one of level 5, and its counter goes on by `count`. Payloads, contexts' names and
/// `work` are lent to the burst as long as it is in use; `items` is not.
///
/// Returns 0, SEALWIRE_ERR_KEY_KIND below level 5, SEALWIRE_ERR_INVALID_ARGUMENT for no messages
/// or more than SEALWIRE_MAX_BURST, SEALWIRE_ERR_BUFFER_TOO_SMALL for too little work space, and
/// otherwise as sealwire_seal; then the burst is not initialised and the counter where it was. One
/// thread at a time per sealer.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_seal_burst(
    sealer: *mut sealwire_sealer,
    items: *const sealwire_burst_item,
    count: usize,
    work: *mut sealwire_burst_work,
    work_size: usize,
    burst: *mut sealwire_burst,
    size: usize,
) -> i32 {
    let seal = || -> Result<(), Error> {
        let given = Input::new(items, count)?;
        let work = Output::new(work.cast::<u8>(), work_size)?;
        let objects = [Span::of_one(sealer), Span::of_one(burst), work.span];
        disjoint(&objects, &[given.span])?;
        // SAFETY: the caller's word.
        let fresh = unsafe { object::prepare::<Body>(burst, size) }?;
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<sealer::Body>(sealer) }?;
        if count == 0 || count > MAX_BURST {
            return Err(Error::InvalidArgument);
        }
        let needed = count.saturating_add(SPARE).saturating_mul(size_of::<sealwire_burst_work>());
        if work_size < needed {
            return Err(Error::BufferTooSmall);
        }
        let places = work.start().cast::<BurstItem<'static>>();
        if !places.is_aligned() {
            return Err(Error::ObjectSize);
        }
        // SAFETY: readable by the caller's word, apart from all that is written.
        for (index, item) in unsafe { given.read() }.iter().enumerate() {
            // SAFETY: as above, as long as the burst is in use.
            let item = unsafe { converted(item, &objects) }?;
            // SAFETY: inside the workspace, which was measured, and aligned.
            unsafe { places.wrapping_add(index).write(item) };
        }
        // SAFETY: written just now, and lent for as long as the burst.
        let items = unsafe { core::slice::from_raw_parts(places, count) };
        let nodes = places.wrapping_add(count).cast::<BurstNode>();
        // SAFETY: the rest of the workspace has room for them; bytes of any value.
        let nodes = unsafe { core::slice::from_raw_parts_mut(nodes, burst_nodes(count)) };
        // SAFETY: alive, so its pointer is to the sealer in its storage; one call at a time.
        let sealed = unsafe { (*(*body).sealer).seal_burst(items, nodes) }?;
        // SAFETY: writable, and nobody else's, by the caller's word.
        unsafe { fresh.fill(Body { burst: sealed }) };
        Ok(())
    };
    status(seal())
}

/// Pieces of workspace beyond one a frame.
const SPARE: usize = 2;
const _: () = assert!(SPARE * size_of::<sealwire_burst_work>() >= 9 * size_of::<BurstNode>());

/// # Safety
/// What the item points to is readable and unchanged as long as the burst is in use.
unsafe fn converted(
    item: &sealwire_burst_item,
    written: &[Span; 3],
) -> Result<BurstItem<'static>, Error> {
    let payload = Input::new(item.payload, item.payload_len)?;
    let named = Named::new(&item.context)?;
    let [name, tag] = named.spans();
    disjoint(written, &[payload.span, name, tag])?;
    Ok(BurstItem {
        // SAFETY: the caller's word.
        payload: unsafe { payload.read() },
        // SAFETY: as above.
        context: unsafe { named.read() }?,
        now: crate::time::now(item.now)?,
    })
}

/// Bytes of the attached frame `index` of a burst.
///
/// Returns 0, SEALWIRE_ERR_BURST_SHAPE if there is no such frame, or misuse.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_burst_frame_len(
    burst: *const sealwire_burst,
    index: usize,
    len: *mut usize,
) -> i32 {
    let tell = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(burst) }?;
        let len = Place::new(len)?;
        disjoint(&[len.span], &[Span::of_one(burst)])?;
        // SAFETY: alive.
        let needed = unsafe { (*body).burst.frame_len(index) }?;
        // SAFETY: writable by the caller's word.
        unsafe { len.set(needed) };
        Ok(())
    };
    status(tell())
}

/// Writes the attached frame `index` of a burst to `out`: in any order, more than once.
///
/// `*len` becomes the frame's length, or the size needed if `cap` is too small. Returns 0,
/// SEALWIRE_ERR_BURST_SHAPE if there is no such frame, SEALWIRE_ERR_BUFFER_TOO_SMALL, or misuse.
/// Reads the burst only: any number of threads at once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_burst_write(
    burst: *const sealwire_burst,
    index: usize,
    out: *mut u8,
    cap: usize,
    len: *mut usize,
) -> i32 {
    let write = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(burst) }?;
        let out = FixedOutput::new(out, cap, len)?;
        disjoint(&out.spans(), &[Span::of_one(burst)])?;
        // SAFETY: alive.
        let burst = unsafe { &(*body).burst };
        // SAFETY: writable by the caller's word.
        unsafe { out.is_large_enough(burst.frame_len(index)?) }?;
        let (out, len) = out.parts();
        // SAFETY: writable by the caller's word, apart from all else.
        let written = burst.write(index, unsafe { out.write() })?;
        // SAFETY: as above.
        unsafe { len.set(written) };
        Ok(())
    };
    status(write())
}

/// Ends a burst and wipes its storage; what was lent to it is the caller's again.
///
/// Returns 0 or misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sealwire_burst_destroy(burst: *mut sealwire_burst) -> i32 {
    let destroy = || -> Result<(), Error> {
        // SAFETY: readable by the caller's word.
        let body = unsafe { object::live::<Body>(burst) }?;
        // SAFETY: just seen alive; nobody else's by the caller's word.
        unsafe { object::destroy(burst, body) };
        Ok(())
    };
    status(destroy())
}

/// The size of a burst's storage in this library: SEALWIRE_BURST_SIZE of its header.
#[unsafe(no_mangle)]
pub extern "C" fn sealwire_burst_size() -> usize {
    SEALWIRE_BURST_SIZE
}
