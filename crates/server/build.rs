//! Files carried in the program are read while compiling: a new one must compile it again.
fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
}
