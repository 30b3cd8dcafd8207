# docker build -t backpropd . && docker run -p 127.0.0.1:8080:8080 -v backpropd:/data backpropd

FROM debian:trixie-slim AS builder
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        gcc libc6-dev libjansson-dev libmicrohttpd-dev libsqlite3-dev libyaml-dev make pkg-config \
        zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make -s -j"$(nproc)" WERROR=1 && make -s install DESTDIR=/staged

FROM debian:trixie-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        libjansson4 libmicrohttpd12t64 libsqlite3-0 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 65532 -g 65532 -m 700 /data
COPY --from=builder /staged/ /

LABEL org.opencontainers.image.title="backpropd" \
      org.opencontainers.image.description="Neural networks that learn by backpropagation, over HTTP" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.authors="the backpropd authors"

# A container's port is reached only as far as it is published, hence INSECURE: it asks nobody.
# Publish it on 127.0.0.1, or put a proxy that asks who comes before it.
ENV BACKPROPD_LISTEN=0.0.0.0:8080 \
    BACKPROPD_DATABASE=/data/backpropd.db \
    BACKPROPD_INSECURE=1
USER 65532:65532
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/usr/local/bin/backpropd", "--check"]
ENTRYPOINT ["/usr/local/bin/backpropd"]
