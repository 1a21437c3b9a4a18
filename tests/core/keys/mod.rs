#[cfg(feature = "python")]
mod cache_key;
#[cfg(feature = "python")]
mod canonical;
mod in_process;
mod memory_key;
#[cfg(feature = "python")]
mod python;
#[cfg(feature = "python")]
mod recognise;
