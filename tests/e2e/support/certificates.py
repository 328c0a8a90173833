"""Certificates for a broker that talks TLS."""

import subprocess
from pathlib import Path

_NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Certificates:
    """An authority, and what it signs, as files of a folder: NAME.pem and NAME.key."""

    def __init__(self, folder: Path):
        self._folder = folder
        folder.mkdir(parents=True)
        self._openssl("req", "-x509", *_NEW_KEY, "-days", "2", "-subj", "/CN=authority",
                      "-keyout", "ca.key", "-out", "ca.pem")

    def make(self, name: str, common_name: str, alternative: str) -> None:
        """`alternative`: the name that is checked, as openssl writes it ("DNS:localhost")."""
        (self._folder / f"{name}.ext").write_text(f"subjectAltName={alternative}\n")
        self._openssl("req", *_NEW_KEY, "-subj", f"/CN={common_name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")

    def certificate(self, name: str) -> Path:
        return self._folder / f"{name}.pem"

    def key(self, name: str) -> Path:
        return self._folder / f"{name}.key"

    def _openssl(self, *words: str) -> None:
        done = subprocess.run(["openssl", *words], cwd=self._folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
