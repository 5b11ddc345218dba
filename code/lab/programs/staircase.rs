//! The lab `staircase` as a program for a page.

lab::program!(experiments::labs::STAIRCASE);
