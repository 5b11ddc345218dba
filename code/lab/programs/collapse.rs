//! The lab `collapse` as a program for a page.

lab::program!(experiments::labs::COLLAPSE);
