# One spore, on amd64 and arm64. Everything it keeps is in /data; see docs/docker.md.
# The same file builds the Space of a hosted spore, where only what is copied here lies beside it.
FROM oven/bun:1.4.5-slim

ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=7860 \
    SPORE_DATA_DIR=/data

WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
COPY shared/package.json shared/
COPY spore/package.json spore/
RUN bun install --frozen-lockfile --production --filter "@synapse/spore"

COPY LICENSE bootstrap.json ./
COPY shared shared
COPY spore spore

# Spaces run as user 1000; volumes mounted at /data and /data/keys take over this owner.
RUN mkdir -p "$SPORE_DATA_DIR/keys" && chown -R 1000:1000 "$SPORE_DATA_DIR"
USER 1000
VOLUME ["/data"]
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["bun", "-e", "const r = await fetch('http://127.0.0.1:' + process.env.PORT + '/api/health'); process.exit(r.ok ? 0 : 1)"]
CMD ["bun", "spore/src/main.ts"]
