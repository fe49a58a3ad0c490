"""What every Python that a test server starts does first: it finds no more than where `make run` has set it up.

python-engineio and python-socketio import these for their clients and managers if they are there, as our tests have
them; that takes a third of the start of a server, and there are hundreds. Knows nothing of the project.
"""

import os
import sys

ABSENT = ["aiohttp", "requests"]
if "HUBBUB_BUS_URL" not in os.environ:
    ABSENT.append("redis")

# None says that there is no such module: an import of it fails as if it was not installed.
sys.modules.update(dict.fromkeys(ABSENT))  # type: ignore[arg-type]
