//! A client for the Seam API: the card side of access control systems.
