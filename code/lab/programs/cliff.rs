//! The lab `cliff` as a program for a page.

lab::program!(experiments::labs::CLIFF);
