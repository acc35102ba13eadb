//! What code scanning refuses or misreads.
