"""Generated messages and stubs of the pydispatch contract."""
