"""Gunicorn's settings: one small process with several threads, so that photos stream in side by side.

More processes on a larger machine: MASKWEB_WEB_PROCESSES, and MASKWEB_WEB_THREADS for threads in each.
"""

from maskweb.environment import env

bind = "{}:{}".format(env.str("HOST", default="127.0.0.1"), env.int("PORT", default=8000))
worker_class = "gthread"
workers = env.int("MASKWEB_WEB_PROCESSES", default=1)
threads = env.int("MASKWEB_WEB_THREADS", default=8)
timeout = 120  # a phone on a school's network may need long for one photo
graceful_timeout = 3
keepalive = 5
control_socket_disable = True
