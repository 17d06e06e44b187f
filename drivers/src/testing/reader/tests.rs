//! The simulated reader as a driver sees it.
