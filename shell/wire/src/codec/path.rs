//! Where in a message a value stands, for errors; it costs nothing until one is shown.

use crate::model::{Operation, Service};
use std::fmt;

#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Root(&'a Service, &'a Operation),
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    pub(super) fn member(&'a self, name: &'a str) -> Self {
        Self::Member(self, name)
    }

    pub(super) fn item(&'a self, index: usize) -> Self {
        Self::Item(self, index)
    }
}

impl fmt::Display for Path<'_> {
    /// `ec2:DescribeReservedInstances Filters[0].Name`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(service, operation) => write!(f, "{}:{}", service.name, operation.name),
            Self::Member(parent @ Self::Root(..), name) => write!(f, "{parent} {name}"),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}
