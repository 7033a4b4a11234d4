//! Nothing: what every image weighs before it does anything.
#![no_std]
#![no_main]

use firmware::board::entry;

#[entry]
fn main() -> ! {
    loop {
        core::hint::spin_loop();
    }
}
