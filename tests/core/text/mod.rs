mod glob;
mod wellformed;
