"""`hubbub doctor`: what is wrong with a server, or with what stands before it, and what to do about it.

It asks as a client does and reads what the server's own settings say; it changes nothing and knows nothing of chat.
"""
