//! Builds, serves and checks *Linear All the Way Down*.
//!
//! The way of a page: the [`manuscript`] is checked and its directives are
//! expanded from the [`Reports`] of the runs; mdBook includes the excerpts,
//! KaTeX sets the formulas, mdBook makes the pages; their words become the
//! [`search`] index; and [`site`] looks at the pages as a browser would.
//! Whatever is wrong on the way is a [`Problem`] with file, line and mend.

pub mod audit;
pub mod bibliography;
pub mod book;
pub mod bridge;
pub mod capture;
mod console;
pub mod contents;
pub mod conventions;
pub mod destination;
mod directive;
pub mod domains;
pub mod download;
pub mod facts_lock;
pub mod fence;
mod figure;
mod front_matter;
mod include;
pub mod lab;
pub mod lint;
mod lock;
pub mod manuscript;
pub mod markdown;
pub mod math;
pub mod preprocessor;
mod problem;
pub mod project;
mod question;
pub mod report;
mod reports;
pub mod sabotage;
pub mod search;
mod serve;
pub mod site;
pub mod snippet;
mod sources;
mod syllabus;
pub mod tensorboard;
pub mod text;
mod tree;

pub use bibliography::Library;
pub use book::{Build, build_dir};
pub use bridge::Bridge;
pub use contents::Contents;
pub use destination::{Destination, Refused};
pub use lock::Lock;
pub use manuscript::{Manuscript, root_of};
pub use preprocessor::Problems;
pub use problem::Problem;
pub use reports::Reports;
pub use serve::{Serving, serve};
