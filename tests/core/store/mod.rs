mod calls;
mod fixture;
mod log;
mod room;
