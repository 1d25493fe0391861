# The book on Kognitos' own runtime: see docs/how-to/kognitos.md. The image is theirs and closed; this was never built on it here.
ARG BDK_RUNTIME_IMAGE_URI=kognitosinc/bdk:latest
FROM ${BDK_RUNTIME_IMAGE_URI}

# More of the project's extras, such as EXTRAS=kognitos,postgres.
ARG EXTRAS=kognitos

WORKDIR /book
COPY pyproject.toml README.md LICENSE connector.yaml ./
COPY requirements/run.txt requirements/
COPY schemas schemas/
COPY src src/
# First what the connector needs, by its hashes. Of Kognitos' package the version that the image has stays, if it is one of ours.
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt \
    && pip install --no-cache-dir --no-build-isolation ".[${EXTRAS}]" \
    && rm -rf /book/*

ENV BDK_SERVER_MODE=book \
    BDK_SERVER_TRANSPORT=http \
    BDK_HTTP_PORT=20996
EXPOSE 20996
ENTRYPOINT ["/var/runtime/bootstrap"]
