//! The lab `tent` as a program for a page.

lab::program!(experiments::labs::TENT);
