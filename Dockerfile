# The server, with the page and everything it needs. Base images can be named, to build from a
# mirror or from an image of one's own: Python 3.11 or later, Node.js 20.19 or later.
ARG BASE=docker.io/library/python:3.13-slim-bookworm
ARG NODE_BASE=docker.io/library/node:22-bookworm-slim

FROM ${NODE_BASE} AS page
WORKDIR /src/web_demo
COPY web_demo/package.json web_demo/package-lock.json web_demo/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web_demo ./
RUN npm run build

FROM ${BASE} AS build
WORKDIR /src
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python3 -m venv /build && python3 -m venv /opt/viva \
    && /build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt \
    && /opt/viva/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml LICENSE README.md ./
COPY protocol protocol
COPY storage storage
COPY realtime realtime
COPY --from=page /src/web_demo/dist web_demo/dist
RUN /build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel . \
    && /opt/viva/bin/pip install --no-cache-dir --no-deps /wheel/*.whl \
    && /opt/viva/bin/pip uninstall --yes pip

FROM ${BASE}
LABEL org.opencontainers.image.title="Viva" \
      org.opencontainers.image.description="A self-hosted, real-time interview server" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --home-dir /var/lib/viva --create-home \
        --shell /usr/sbin/nologin viva
COPY --from=build /opt/viva /opt/viva
ENV PATH=/opt/viva/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    VIVA_DATA_DIR=/var/lib/viva
USER viva
WORKDIR /var/lib/viva
VOLUME /var/lib/viva
EXPOSE 8000
STOPSIGNAL SIGTERM
# The server listens on loopback alone as long as nobody has to sign in, and is then reached from the
# machine it runs on, in that machine's network: docker run --network host. Where people sign in:
# docker run -e VIVA_HOST=0.0.0.0 -e VIVA_JWT_SECRET=… -p 127.0.0.1:8000:8000.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python3", "-c", "\
import http.client as h, os, sys; \
c = h.HTTPConnection('127.0.0.1', int(os.environ.get('VIVA_PORT', 8000)), timeout=4); \
c.request('GET', '/readyz'); \
sys.exit(c.getresponse().status != 200)"]
CMD ["viva", "serve"]
