//! An audit made by hand, with hostile names, and what each format makes of it.
