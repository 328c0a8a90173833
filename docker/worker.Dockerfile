# The image of the workers: ASReview, your models and packages, and shoal.
#   ./docker/build-and-push.sh YOURUSER          builds and pushes it
#   docker build -f docker/worker.Dockerfile .   by hand, from the repository's folder

# An official ASReview image of version 2 (3 does not fit Makita 1.1), or any
# other one with Python and glibc 2.36 or newer.
ARG BASE=ghcr.io/asreview/asreview:v2.2
# Where shoal is built: Debian 12, Ubuntu 24.04 or newer, but with a glibc not
# newer than that of BASE.
ARG BUILDER=docker.io/library/debian:12

FROM ${BUILDER} AS build
WORKDIR /shoal
COPY CMakeLists.txt CMakePresets.json CHANGELOG.md LICENSE README.md ./
COPY cmake cmake
COPY scripts scripts
COPY src src
RUN ./scripts/portable

FROM ${BASE}
# What is installed into it from PyPI.
ARG PACKAGES="asreview>=2,<3 asreview-makita==1.1 asreview-insights==1.6.1"
USER root
# The official image keeps its packages in root's home. Pods do not run as root:
# let everybody read them, and Python look for them there.
ENV PYTHONUSERBASE=/root/.local \
    PYTHONUNBUFFERED=1 \
    PIP_BREAK_SYSTEM_PACKAGES=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
RUN python3 -m pip install ${PACKAGES}

#### Your models and packages: between these two lines #########################

# Models of ASReview's extension `dory`:
# RUN python3 -m pip install asreview-dory

# A package from Debian:
# RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*

# Model files that would otherwise be fetched in each pod, once for all:
# ENV HF_HOME=/opt/models
# RUN python3 -c 'from sentence_transformers import SentenceTransformer as S; S("all-MiniLM-L6-v2")'

#### Nothing to change below ###################################################

COPY --from=build /shoal/build/portable/shoal /usr/local/bin/shoal
# User 1000, as whom the pods run: a name and a home, and rights to read what
# was installed. The last command shows that it all works without being root.
RUN mkdir -p /app/workdir /home/asreview \
    && chown 1000:1000 /app/workdir /home/asreview \
    && if ! grep -q '^[^:]*:[^:]*:1000:' /etc/passwd; then \
         echo 'asreview:x:1000:1000::/home/asreview:/bin/bash' >>/etc/passwd; fi \
    && chmod a+rx /root && if [ -d /root/.local ]; then \
         find /root/.local ! -type l ! -perm -004 -exec chmod a+rX {} +; fi \
    && if [ -d /opt/models ]; then chmod -R a+rX /opt/models; fi
ENV HOME=/home/asreview ASREVIEW_PATH=/home/asreview/.asreview
USER 1000:1000
# ASReview writes a small file into the folder where it is started.
WORKDIR /home/asreview
RUN shoal --version && asreview --version
WORKDIR /app/workdir
ENTRYPOINT ["shoal"]
CMD ["worker", "--broker=env", "--workdir=/app/workdir", "--listen=0.0.0.0:9464"]
