"""`_thread` of the ESP32 port: native threads, which the waits of the main one know of.

There is no GIL here: what a thread and the loop both touch is really touched at the same time.
"""

import _thread as native

import link

LockType = native.LockType
allocate_lock = native.allocate_lock
exit = native.exit
get_ident = native.get_ident
stack_size = native.stack_size


def start_new_thread(function, args, kw=None):
    def run():
        try:
            function(*args, **(kw or {}))
        finally:
            with link.lock:
                link.threads -= 1

    with link.lock:
        link.threads += 1
    return native.start_new_thread(run, ())
