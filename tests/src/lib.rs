//! Tests of the book as its reader meets it.
