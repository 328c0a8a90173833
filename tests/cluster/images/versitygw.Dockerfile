# An S3 server that rejects wrong signatures and wrong sums, and nothing else.
FROM scratch
COPY versitygw /versitygw
ENTRYPOINT ["/versitygw"]
