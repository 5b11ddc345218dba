//! Builds, serves and checks *Linear All the Way Down*.

pub mod fence;
pub mod front_matter;
pub mod include;
pub mod markdown;
pub mod math;
mod problem;
pub mod quiz;
pub mod site;

pub use problem::Problem;
