# The worker. Other processes of this repository can use the same image with another command.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Nothing of the embedded stack: its engine alone is 600 MB.
RUN npm ci --omit=dev --ignore-scripts
COPY shared shared
COPY activities activities
COPY workflows workflows
COPY workers workers
RUN node workers/bundle-workflows.ts workflow-bundle.js

FROM node:24-bookworm-slim
# The authorities of public servers, which Temporal's Rust core looks for in the system.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app /app
ENV NODE_ENV=production \
    WORKFLOW_BUNDLE=/app/workflow-bundle.js \
    BIND_ADDRESS=0.0.0.0 \
    HEALTH_PORT=8081 \
    METRICS_PORT=9464
USER node
EXPOSE 8081 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8081/ready').then(({ok}) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Running streams get 30 s to end by themselves and 2 minutes in all (stop_grace_period in docker-compose.yml).
STOPSIGNAL SIGTERM
CMD ["node", "workers/main.ts"]
