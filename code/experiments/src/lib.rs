//! The experiments of *Linear All the Way Down*.

pub mod fact;
pub mod params;
