//! Prints the permission table; `make bless` writes it to `docs/permissions.md`.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test or an example stops where it cannot go on
fn main() {
    println!(
        "# Who may do what\n\nMade from `crates/civic/src/permission.rs` by `make bless`; a test compares the two.\nWhat one may do to one case in one stage is declared in the matter's definition.\n"
    );
    print!("{}", gongzhi_civic::permission::table());
}
