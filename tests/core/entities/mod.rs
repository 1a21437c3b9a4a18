mod extract;
mod ids;
mod jsonpath;
mod scalar;
