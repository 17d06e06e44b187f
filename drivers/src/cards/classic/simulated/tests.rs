//! The simulated card, frame by frame.
