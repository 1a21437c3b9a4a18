#[cfg(feature = "texts")]
mod cache_key;
#[cfg(feature = "texts")]
mod canonical;
mod in_process;
mod memory_key;
#[cfg(feature = "texts")]
mod recognise;
