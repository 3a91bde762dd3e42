# Debian, not Alpine: lmdb, sharp and argon2 bring prebuilt programs for glibc, and bookworm's ffmpeg 5.1 is the one the
# tests run with.
ARG BASE=node:24-bookworm-slim

# --ignore-scripts: every native package ships prebuilt, and nothing else gets to run here. Of the workspaces only the
# embedded database runs: the web app is built below, and what it is made of is 110 MB that nothing needs at runtime.
FROM ${BASE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/embedded-mongo/package.json ./packages/embedded-mongo/
COPY web/package.json ./web/
RUN npm ci --omit=dev --ignore-scripts --workspace=packages/embedded-mongo --include-workspace-root --no-audit --no-fund

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/embedded-mongo/package.json ./packages/embedded-mongo/
COPY web/package.json ./web/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY packages ./packages
RUN npm run build:database
COPY src ./src
RUN npx --no-install nest build
COPY schema.gql ./
COPY web ./web
RUN npm run build -w web

FROM ${BASE} AS runtime
LABEL org.opencontainers.image.title="Ladder" \
      org.opencontainers.image.description="Upload a song once, stream it as four adaptive HLS qualities." \
      org.opencontainers.image.licenses="MIT"

# ffmpeg with what it draws in is most of the image. redis-server adds 7 MB and lets a lone `docker run`, without
# REDIS_URL and MONGODB_URI, be a whole installation; with REDIS_URL it is never started. tini collects what has died and
# passes signals on.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ffmpeg redis-server tini \
 && rm -rf /var/lib/apt/lists/*

ENV NODE_ENV=production \
    DATA_DIR=/data \
    LOG_FORMAT=json
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/packages/embedded-mongo/dist ./packages/embedded-mongo/dist
COPY packages/embedded-mongo/package.json ./packages/embedded-mongo/
COPY --from=build /app/web/dist ./web/dist
# bin/confine/run is how ffmpeg is started, and the rules are what `npm run cdn:apply` applies.
COPY bin ./bin
COPY deploy/cloudflare/rules.json ./deploy/cloudflare/rules.json
COPY package.json ./

# The program may not change itself: /app is root's. media/ is made here so that a volume mounted on it belongs to node.
RUN mkdir -p /data/media && chown -R node:node /data
USER node
VOLUME /data
EXPOSE 4000

STOPSIGNAL SIGTERM
# Liveness, not /health: a supervisor that acts on this starts the container again, which helps against a process that hangs but
# not against a database that is away. Balancers and alerts ask /health. A worker answers on WORKER_PORT.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.WORKER_PORT || process.env.PORT || 4000}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["tini", "--"]
CMD ["node", "dist/main.js"]
