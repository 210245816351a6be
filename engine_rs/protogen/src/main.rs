//! Writes dispatch-wire's Rust types.
fn main() {}
