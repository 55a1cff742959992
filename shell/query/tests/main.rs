//! Questions to small lakes that the tests write themselves.

#[cfg(test)]
mod commitments;
#[cfg(test)]
mod cost;
#[cfg(test)]
mod demanded;
#[cfg(test)]
mod detail;
#[cfg(test)]
mod edges;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod fees;
#[cfg(test)]
mod files;
#[cfg(test)]
mod lake;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod names;
#[cfg(test)]
mod one;
#[cfg(test)]
mod questions_only;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod sql;
#[cfg(test)]
mod untold;
#[cfg(test)]
mod used;
