//! The store against a model in memory.
