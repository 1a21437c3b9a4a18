mod cache_key;
mod canonical;
mod memory_key;
mod python;
