//! The lab `gradient-by-depth` as a program for a page.

lab::program!(experiments::labs::GRADIENT_BY_DEPTH);
