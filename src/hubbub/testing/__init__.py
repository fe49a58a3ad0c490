"""A test kit for services on `hubbub.composite`, and for programs that talk to Hubbub: docs/testing.md.

Nothing is imported here, so that whoever has Hubbub installed and does not use the kit pays nothing for its plugin.
"""
