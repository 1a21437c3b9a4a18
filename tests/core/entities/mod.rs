#[cfg(feature = "numbers")]
mod compiled;
#[cfg(feature = "numbers")]
mod extract;
mod ids;
#[cfg(feature = "numbers")]
mod jsonpath;
#[cfg(feature = "numbers")]
mod scalar;
