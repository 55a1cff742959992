//! The README's table of permissions is the catalogue's.

use tenor_permit::counts_table;

#[test]
fn the_readme_counts_what_the_catalogue_grants() {
    let readme = include_str!("../../../README.md");
    let (_, rest) = readme.split_once("<!-- counts_table() of tenor-permit -->\n").expect("the README has the table's beginning");
    let (table, _) = rest.split_once("<!-- end -->").expect("the README has the table's end");
    assert_eq!(table, counts_table());
}
