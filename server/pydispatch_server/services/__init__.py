"""Servicers: one file a proto service. They translate between the contract and owners, and decide nothing."""
