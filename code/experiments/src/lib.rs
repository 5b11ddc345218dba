//! The experiments of *Linear All the Way Down*.

pub mod chart;
pub mod fact;
pub mod params;
