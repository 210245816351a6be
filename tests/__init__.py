"""Tests of the Python half and of the whole; Rust tests live by their crate."""
