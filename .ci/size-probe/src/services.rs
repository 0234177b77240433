//! Every service, under the name that its row of the table has.

/// Roots of a service: `weigh!(name: Type)` is all that a new one takes.
#[allow(unused_macros, reason = "until there is a service")]
macro_rules! weigh {
    ($name:ident: $service:ty) => {
        #[doc = concat!("`", stringify!($service), "`.")]
        pub mod $name {
            use core::mem::size_of;
            use core::sync::atomic::AtomicU8;

            use protocol::service::{Input, Output, Service as _};
            use protocol::time::Instant;
            use rand_core::Rng;

            /// Its state.
            pub static MEMORY: [AtomicU8; size_of::<$service>()] = [const { AtomicU8::new(0) }; size_of::<$service>()];

            /// Something happens to it.
            #[inline(never)]
            pub fn handle(service: &mut $service, now: Instant, input: Input<'_>) {
                service.handle(now, input);
            }

            /// It is asked.
            #[inline(never)]
            pub fn poll<'s>(service: &'s mut $service, now: Instant, random: &mut dyn Rng) -> Output<'s> {
                service.poll(now, random)
            }
        }
    };
}
