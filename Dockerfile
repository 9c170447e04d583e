# The same set-up script as on a machine, in two stages, so that Node stays out of the image that runs.
FROM node:22-bookworm-slim AS front
WORKDIR /app
COPY .npmrc package.json package-lock.json LICENSE ./
COPY .ci .ci
RUN .ci/setup --production --only front

FROM python:3.12-slim-bookworm
WORKDIR /app
COPY LICENSE pyproject.toml requirements.lock requirements-dev.lock ./
COPY .ci .ci
COPY spatial spatial
COPY geoapp geoapp
COPY migrations migrations
RUN .ci/setup --production --only python
COPY static static
COPY --from=front /app/static/vendor static/vendor
RUN useradd --system --uid 10001 --no-create-home lamplight && install -d -o lamplight -m 0700 /var/lib/lamplight
USER lamplight
ENV GEOAPP_VAR=/var/lib/lamplight HOST=0.0.0.0 PORT=8000 PYTHONUNBUFFERED=1
EXPOSE 8000
CMD [".venv/bin/geoapp", "up", "--no-demo"]
