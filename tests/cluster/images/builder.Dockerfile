# Debian 12 with what building shoal needs, so that a change in shoal does not
# install it all again.
FROM localhost/debian:12
ARG PACKAGES
RUN apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ${PACKAGES} >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
