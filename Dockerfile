# crypto-bot without a database: DATABASE_URL names one. docker-compose.yml brings one along.
ARG NODE=20.20.2-bookworm

# What `npm ci` does everywhere: it builds tulind (for this the image has a C++ compiler) and compiles the sources to dist/.
FROM node:${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts scripts
COPY tsconfig.json ./
COPY bin bin
COPY lib lib
COPY streams streams
COPY entities entities
COPY migrations migrations
RUN npm ci

# Only what runs. Nothing is built here: install scripts stay off, and what they made above is copied.
FROM node:${NODE}-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts
COPY --from=build /app/node_modules/tulind/lib/binding node_modules/tulind/lib/binding

FROM node:${NODE}-slim
ENV NODE_ENV=production TZ=UTC
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin/bot bin/bot
COPY scripts/built.mjs scripts/built.mjs
COPY scripts/heartbeat.mjs scripts/heartbeat.mjs
COPY package.json config.yaml LICENSE ./
USER node
HEALTHCHECK --interval=60s --timeout=15s --start-period=180s --retries=3 CMD ["node", "scripts/heartbeat.mjs"]
ENTRYPOINT ["bin/bot"]
CMD ["run"]
