//! The public test suites that lie beside the repository.

use std::path::{Path, PathBuf};

/// The folder of the suites, or `None` in a clone that has none beside it, which is said.
pub fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let folder = std::env::var_os("CACHEREF_VECTORS").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: {} is not there (set CACHEREF_VECTORS)", folder.display());
        return None;
    }
    Some(folder)
}

/// The bytes of one file of them.
pub fn read(name: &str) -> Option<Vec<u8>> {
    let path = folder()?.join(name);
    Some(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
