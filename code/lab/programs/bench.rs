//! The lab `bench` as a program for a page.

lab::program!(experiments::labs::BENCH);
