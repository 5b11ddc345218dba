//! The experiments of *Linear All the Way Down*.
