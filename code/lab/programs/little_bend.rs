//! The lab `little-bend` as a program for a page.

lab::program!(experiments::labs::LITTLE_BEND);
