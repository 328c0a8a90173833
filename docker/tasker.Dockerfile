# The image of the tasker: ASReview with Makita, your data and tasker.sh, and shoal.
#   ./docker/build-and-push.sh YOURUSER          builds and pushes it
#   docker build -f docker/tasker.Dockerfile .   by hand, from the repository's folder

# As in worker.Dockerfile.
ARG BASE=ghcr.io/asreview/asreview:v2.2
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

#### Your data: between these two lines ########################################

# Either the files that you have put into docker/data:
COPY docker/data /app/data

# Or the SYNERGY data sets (then remove the line above):
# RUN python3 -m pip install synergy-dataset && mkdir /app/data && cd /app && synergy get -l -o data

# A custom template for Makita (name it in tasker.sh, too):
# COPY docker/my_template.txt.template /app/

#### Nothing to change below ###################################################

COPY docker/makita-args.txt docker/tasker.sh /app/
COPY --from=build /shoal/build/portable/shoal /usr/local/bin/shoal
# As in worker.Dockerfile.
RUN mkdir -p /app/workdir /home/asreview \
    && chown 1000:1000 /app/workdir /home/asreview \
    && if ! grep -q '^[^:]*:[^:]*:1000:' /etc/passwd; then \
         echo 'asreview:x:1000:1000::/home/asreview:/bin/bash' >>/etc/passwd; fi \
    && chmod -R a+rX /app && chmod a+rx /root \
    && if [ -d /root/.local ]; then \
         find /root/.local ! -type l ! -perm -004 -exec chmod a+rX {} +; fi
ENV HOME=/home/asreview ASREVIEW_PATH=/home/asreview/.asreview
USER 1000:1000
# ASReview writes a small file into the folder where it is started.
WORKDIR /home/asreview
RUN shoal --version && asreview --version && asreview makita --version
WORKDIR /app/workdir
ENTRYPOINT ["/bin/bash", "/app/tasker.sh"]
