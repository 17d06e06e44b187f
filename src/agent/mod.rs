//! The issuance, its journal, its report, and the loop that ties them together.
