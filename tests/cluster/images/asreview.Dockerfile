# What the official ASReview image is to our Dockerfiles, from Debian's Python
# and PyPI, with the versions of the end-to-end tests.
FROM localhost/debian:12
COPY requirements.txt /tmp/requirements.txt
# The virtual environment's bytecode is made here, for a read-only root file
# system cannot keep it. Tests of its packages are half of its size.
RUN apt-get update --quiet=2 \
    && apt-get install --yes --no-install-recommends python3 python3-venv >/dev/null \
    && python3 -m venv /opt/venv \
    && PIP_CERT=/run/authorities.crt /opt/venv/bin/pip install --quiet --no-cache-dir --requirement /tmp/requirements.txt \
    && find /opt/venv -depth -type d \( -name tests -o -name test \) -exec rm -rf {} + \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /tmp/requirements.txt
ENV PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENTRYPOINT ["asreview"]
