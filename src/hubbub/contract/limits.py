"""How long the fields on the wire may be; characters are Unicode code points."""

from __future__ import annotations

ID_CHARS = 64
CURSOR_CHARS = 64
CLIENT_ID_CHARS = 128  # room for a UUID with a prefix, and the same bound for Idempotency-Key
TOKEN_CHARS = 256

USERNAME_MIN_CHARS = 2
USERNAME_CHARS = 32
DISPLAY_NAME_CHARS = 64
PASSWORD_MIN_CHARS = 8  # NIST SP 800-63B, 3.1.1.2
PASSWORD_CHARS = 256  # argon2 reads all of it, so it needs an end
INVITE_USES = 1_000

ROOM_NAME_CHARS = 80
TOPIC_CHARS = 250
DIRECT_ROOM_USERS = 8

BODY_CHARS = 8_000  # four bytes each stay under the 64 KiB of a frame
EMOJI_CHARS = 32  # a family of four with skin tones is 25 code points
ATTACHMENTS = 10
REACTIONS_PER_MESSAGE = 50  # distinct emoji

HISTORY_PAGE = 200
HISTORY_PAGE_DEFAULT = 50
SEARCH_CHARS = 100  # of what is looked for: fifty words, each looked up in some ten parts of the index
SEARCH_PAGE = 100
SEARCH_PAGE_DEFAULT = 25
LIST_PAGE = 200
LIST_PAGE_DEFAULT = 100
CHANGES_PAGE = 1_000
CHANGES_PAGE_DEFAULT = 200

COMMAND_ID = 2**53 - 1  # as far as JavaScript counts exactly
COMMAND_TYPE_CHARS = 64
CHANGES_WAIT_SECONDS = 60  # of one long poll; browsers and programs ask again at once
