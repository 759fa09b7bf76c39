# One image for the web server, the workers and the clock: docker-compose.yml says which program each one runs.
FROM python:3.11-slim AS packages
# An index of torch's CPU builds makes a far smaller image: docker compose build --build-arg TORCH_BUILDS=ADDRESS
ARG TORCH_BUILDS=
COPY requirements/run.txt /tmp/run.txt
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir ${TORCH_BUILDS:+--extra-index-url "$TORCH_BUILDS"} -r /tmp/run.txt

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    HOST=0.0.0.0 \
    PORT=8000 \
    MASKWEB_DATA_DIR=/data
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin maskweb \
 && install --directory --owner maskweb --group maskweb --mode 700 /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY maskweb maskweb
COPY detection detection
COPY training training
COPY templates templates
COPY static static
COPY locale locale
RUN python -m compileall -q .
USER maskweb
VOLUME /data
EXPOSE 8000
# The web server's; docker-compose.yml has the workers' and the clock's.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "gunicorn", "--config", "python:maskweb.processes.gunicorn", "maskweb.wsgi"]
