# Stands for the NFS server of the overlay cloud-nfs, with the same settings: one
# that is a program, since the kernel of a test machine may have none.
FROM localhost/debian:12
RUN apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends nfs-ganesha-vfs >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
COPY nfs-server /nfs-server
ENTRYPOINT ["/nfs-server"]
