//! The optimizer against an independent solver.

mod judged;
mod random;
