mod cache_key;
mod canonical;
mod in_process;
mod memory_key;
mod python;
mod recognise;
