//! End-to-end and architecture tests.
