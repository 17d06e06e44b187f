//! The simulated Seam API: stateful, shipped, used by the demo, by tests and by integrators alike.
