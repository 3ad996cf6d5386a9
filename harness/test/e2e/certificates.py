"""Certificates for tests, made by the openssl command."""
import ssl
import subprocess

NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Authority:
    """An authority whose files lie in a folder; `ca` is its certificate."""

    def __init__(self, folder, name="authority"):
        self.folder, self.ca, self.key = folder, folder / f"{name}.pem", folder / f"{name}-key.pem"
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 10,
            "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.ca,
        )  # fmt: skip

    def certificate(self, name, alternatives=NAMES, days=5):
        """Files of a certificate and its key; negative days: it has expired."""
        cert, key, request, extensions = (self.folder / f"{name}{end}" for end in (".pem", "-key.pem", ".req", ".ext"))
        extensions.write_text(alternatives + "\n")
        openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", key, "-out", request,
        )  # fmt: skip
        openssl(
            "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.key, "-CAcreateserial", "-days", days,
            "-extfile", extensions, "-out", cert,
        )  # fmt: skip
        return cert, key

    def server(self, name, clients=None, **more):
        """Settings of Python's ssl for a server. clients: file of the authority of those that may connect."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate(name, **more))
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)
        return context
