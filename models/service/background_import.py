"""Import a large module when it is first needed, without stalling the streams that run."""

import importlib
import sys

from gevent import get_hub


def import_in_thread(module: str) -> None:
    """Import a module in a real thread; an `import` of it afterwards takes no time.

    An import of 0.2 s in the only thread of the event loop would hold up every running answer.
    """
    if module not in sys.modules:
        get_hub().threadpool.apply(importlib.import_module, (module,))
