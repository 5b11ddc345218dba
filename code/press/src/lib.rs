//! Builds, serves and checks *Linear All the Way Down*.

mod problem;

pub use problem::Problem;
