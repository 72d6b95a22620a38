# The server on the official Node image. Built where the compiler is, run with what production needs and no more.
FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY src src
COPY schema schema
RUN npm run build

FROM node:26-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package of production needs a script to be installed.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY schema schema
COPY --from=build /app/dist dist
# For SQLite, the only thing that is written to.
RUN install -d -o node -g node data
VOLUME /app/data
USER node
EXPOSE 4000
STOPSIGNAL SIGTERM
# Whether the process answers, not whether its database does: a restart would mend the one and not the other.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself, so that signals reach it; no npm and no shell in between.
CMD ["node", "dist/server/main.js"]
