# The same Node that package.json pins for development. The final stage takes Node and the libraries that it loads from here.
FROM node:26.10.0 AS build
WORKDIR /src
COPY package.json package-lock.json ./
# No install script is needed to bundle: they bring Node, PostgreSQL and test libraries to a developer's machine.
RUN npm ci --ignore-scripts
COPY scripts/ scripts/
COPY src/ src/
# The built-in policies are compiled into the bundle; the copy below is what the program compares them with.
COPY manifests/policies/ manifests/policies/
RUN /usr/local/bin/node scripts/build.ts
# Node, its libraries, CA roots, a user, the SBOM.
RUN /usr/local/bin/node scripts/image/system-files.ts /system

# No shell, no package manager, no npm.
FROM scratch
LABEL org.opencontainers.image.title="lockstep" \
      org.opencontainers.image.description="Keeps the values inside a Kubernetes Secret in sync with each other, and with the database that they open." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/lockstep-dev/lockstep" \
      org.opencontainers.image.documentation="https://github.com/lockstep-dev/lockstep/blob/main/docs/tasks/install.md"
WORKDIR /app
COPY --from=build /system/ /
# It has the version.
COPY --from=build /src/package.json /app/package.json
COPY --from=build /src/dist/ /app/dist/
COPY LICENSE /app/LICENSE
COPY manifests/policies/ /app/manifests/policies/
COPY manifests/samples/ /app/manifests/samples/
ENV NODE_ENV=production
# glibc would keep a heap for each thread, of which none is given back: 8 MB.
ENV MALLOC_ARENA_MAX=1
# Nearly all objects of a review are garbage after its answer. With the 16 MB that V8 grows to, a busy pod needs 20 MB more.
ENV NODE_OPTIONS=--max-semi-space-size=4
USER 65532:65532
EXPOSE 8443 9090
# Nothing is written, and no shell is started: the root may be read-only.
ENTRYPOINT ["/usr/local/bin/node", "/app/dist/lockstep.js"]
CMD ["serve"]
