# Stands for the official ASReview image: Python of the same version, packages
# in root's home, the same entry point. From Debian and PyPI, in the versions of
# the end-to-end tests.
FROM localhost/debian:12
COPY requirements.txt /tmp/requirements.txt
# Tests are half of what its packages weigh.
RUN apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3 python3-pip python-is-python3 >/dev/null \
    && PIP_CERT=/run/authorities.crt PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore \
       pip install --quiet --no-cache-dir --user --no-warn-script-location --requirement /tmp/requirements.txt \
    && find /root/.local -depth -type d -name tests -exec rm -rf {} + \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /tmp/requirements.txt
ENV PATH=/root/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ASREVIEW_PATH=/project_folder
ENTRYPOINT ["asreview"]
