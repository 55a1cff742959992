//! Orders run.
