"""HTTP/3 over QUIC, in the place of what Hypercorn 0.18 has for it; why, is in docs/decisions/0015-http3.md.

Only `hypercorn_quic` imports what is in here, and only where `quic_bind` is set: it needs the extra `h3`, aioquic.
"""
