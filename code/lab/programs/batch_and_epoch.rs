//! The lab `batch-and-epoch` as a program for a page.

lab::program!(experiments::labs::BATCH_AND_EPOCH);
