"""The public face of the kit: load a connector, open a connection, run calls; or write a connector of your own.

The names stand in ``__init__.pyi``. Each is imported when it is first used, so that whatever imports one module of the kit, such as
a DAG file that a scheduler reads again and again, does not load all of it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
