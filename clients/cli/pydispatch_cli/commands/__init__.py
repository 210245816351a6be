"""The command groups, one file each; `pydispatch_cli.main` puts them together."""
