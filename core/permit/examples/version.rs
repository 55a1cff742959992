//! Prints what the catalogue grants now, as `versions/` keeps it.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

fn main() {
    print!("{}", tenor_permit::Version::of_catalogue());
}
