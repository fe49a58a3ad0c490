"""The rules of chat, pure: time, ids and chance come in as arguments; nothing here waits, reads or writes."""
