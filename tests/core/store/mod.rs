mod calls;
mod log;
