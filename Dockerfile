# Builds the distribution from source and runs it as a user without rights.
#
#   docker build -t gavel .
#   docker run -v gavel:/var/lib/gavel -p 7400-7402:7400-7402 gavel server start --id 1 --data /var/lib/gavel ...

FROM docker.io/library/maven:3.9-eclipse-temurin-25 AS build
WORKDIR /src
COPY . .
RUN mvn -B -ntp -pl cli -am -Dmaven.test.skip=true package \
    && mkdir /opt/gavel \
    && tar -xzf cli/target/gavel-*.tar.gz -C /opt/gavel --strip-components=1

FROM docker.io/library/eclipse-temurin:25-jre
ARG VERSION=0.1.0-SNAPSHOT
LABEL org.opencontainers.image.title="Gavel" \
    org.opencontainers.image.description="Locks, leader election and configuration over Raft" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}"

COPY --from=build /opt/gavel /opt/gavel
# The AOT caches fit one build of the JVM only: record them again with the one that runs here.
RUN sh /opt/gavel/lib/record-aot.sh \
    && mkdir -p /var/lib/gavel \
    && chown 10001:10001 /var/lib/gavel

# GAVEL_ENDPOINTS is what the health check asks: set it when the member listens elsewhere.
ENV PATH="/opt/gavel/bin:${PATH}" \
    GAVEL_ENDPOINTS=127.0.0.1:7400
USER 10001:10001
VOLUME /var/lib/gavel
# Clients, peers, admin HTTP.
EXPOSE 7400 7401 7402
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["gavel", "status", "--timeout", "3s", "-o", "json"]
ENTRYPOINT ["gavel"]
CMD ["--help"]
