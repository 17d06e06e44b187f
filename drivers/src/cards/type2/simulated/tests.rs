//! The simulated tag against the data sheets.
