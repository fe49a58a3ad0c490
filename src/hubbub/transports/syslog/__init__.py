"""Syslog over UDP into a room: RFC 5424 and RFC 3164, one application instance for each source.

docs/decisions/0019-syslog.md says why it is so.
"""
