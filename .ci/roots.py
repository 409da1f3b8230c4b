#!/usr/bin/env python3
"""What OpenSSL, through Python and by its own program, says of certificates; for .ci/roots.

    roots.py load FOLDER                     each file of the folder loads whole; prints how many there are
    roots.py count FILE                      how many certificates Python's ssl loads
    roots.py fate PEM POLICY AS-OF           the digests of the certificates that should be dropped, sorted, by Python and OpenSSL
    roots.py signatures PEM AS-OF            `openssl verify -check_ss_sig` accepts each certificate as its own issuer; prints how many
    roots.py vectors FOLDER PROGRAM          prints each file of which the program and OpenSSL think differently
"""

import base64
import hashlib
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")


def blocks(path):
    return BLOCK.findall(pathlib.Path(path).read_text("latin-1"))


def der_of(block):
    return base64.b64decode("".join(block.splitlines()[1:-1]))


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True)


def count(path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(path)
    return context.cert_store_stats()["x509"]


def load(folder):
    paths = sorted(pathlib.Path(folder).iterdir())
    wrong = 0
    for path in paths:
        expected = len(blocks(path))
        try:
            found = count(path)
        except ssl.SSLError as error:
            found = error
        if found != expected:
            wrong += 1
            print(f"{path.name}: {expected} certificates, OpenSSL says {found}", file=sys.stderr)
    print(len(paths))
    sys.exit(wrong > 0)


def fate(pem, policy, as_of):
    day = datetime.fromtimestamp(int(as_of), timezone.utc).date()
    rules = tomllib.loads(pathlib.Path(policy).read_text())
    tables = [entry for value in rules.values() if isinstance(value, list) for entry in value]
    denied = {entry["sha256"] for entry in tables if "deny" in entry}
    dropped = set()
    for block in set(blocks(pem)):
        digest = hashlib.sha256(der_of(block)).hexdigest()
        text = openssl("x509", "-noout", "-enddate", data=block.encode()).stdout.decode()
        end = datetime.strptime(text.strip(), "notAfter=%b %d %H:%M:%S %Y GMT").date()
        if digest in denied or end < day:
            dropped.add(digest)
    print("\n".join(sorted(dropped)))


def signatures(pem, as_of):
    found = blocks(pem)
    with tempfile.TemporaryDirectory() as folder:
        for number, block in enumerate(found):
            path = f"{folder}/{number}.pem"
            pathlib.Path(path).write_text(block + "\n")
            result = openssl("verify", "-check_ss_sig", "-attime", as_of, "-CAfile", path, path)
            if result.returncode:
                sys.exit(f"certificate {number + 1}: {result.stderr.decode()}")
    print(len(found))


def is_ca_to_openssl(path, form, moment):
    """A certificate that may sign others, is valid at the moment, and whose self-signature is right."""
    arguments = ["x509", "-inform", form, "-in", path]
    purpose = openssl(*arguments, "-noout", "-purpose").stdout.decode(errors="replace")
    if not re.search(r"^SSL server CA : Yes", purpose, re.M):
        return False
    pem = openssl(*arguments).stdout
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(pem)
        file.flush()
        verify = ["verify", "-check_ss_sig", "-partial_chain", "-attime", str(moment), "-CAfile", file.name, file.name]
        return openssl(*verify).returncode == 0


def moment_of(path, form):
    """A day after its beginning, so that few have expired."""
    text = openssl("x509", "-inform", form, "-in", path, "-noout", "-startdate").stdout.decode(errors="replace")
    try:
        start = datetime.strptime(text.strip(), "notBefore=%b %d %H:%M:%S %Y GMT")
    except ValueError:
        return 1795478400
    return max(0, int(start.replace(tzinfo=timezone.utc).timestamp())) + 86400


def compare(path, name, program):
    form = "DER" if path.read_bytes()[:1] == b"\x30" else "PEM"
    moment = moment_of(path, form)
    arguments = [program, *"--zones none --tzdata builtin --offline --quiet --ca-source builtin --ca none -o - --lock".split()]
    with tempfile.TemporaryDirectory() as folder:
        ours = subprocess.run(
            [*arguments, folder + "/lock", "--extra-ca", path],
            capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)},
        )
    if ours.returncode not in (0, 3):
        return f"{name} status {ours.returncode}: {ours.stderr.decode()}"
    theirs = is_ca_to_openssl(path, form, moment)
    if (ours.returncode == 0) == theirs:
        return None
    verdict = "yes, OpenSSL no" if ours.returncode == 0 else "no, OpenSSL yes"
    return f"{name}: bundle {verdict}"


def vectors(folder, program):
    root = pathlib.Path(folder)
    paths = sorted(path for path in root.rglob("*") if path.suffix in (".pem", ".der", ".crt", ".cer"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for line in pool.map(lambda path: compare(path, str(path.relative_to(root)), program), paths):
            if line:
                print(line)
    print(len(paths), file=sys.stderr)


if __name__ == "__main__":
    commands = {"load": load, "count": lambda path: print(count(path)), "fate": fate, "signatures": signatures, "vectors": vectors}
    commands[sys.argv[1]](*sys.argv[2:])
