//! Tests of the simulator from outside: worked examples, laws, and a second implementation of its rules.

#[cfg(test)]
mod case;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod report;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod vectors;
