"""The archive of the small tree in `src/archive.rs`, made without this program: prints its SHA-256.

Python's `tarfile` writes the same ustar fields except two, which are set afterwards as Go's `archive/tar` writes them:
the device numbers (zeros as digits) and the padding at the end (two blocks, not a record of 10,240 bytes).
"""

import hashlib
import io
import tarfile

ZONES = "usr/share/zoneinfo"
# In the order of a walk, written down by hand.
ENTRIES = [
    ("etc", 0o755, 0, None, None),
    ("etc/ssl", 0o755, 0, None, None),
    ("etc/ssl/certs", 0o755, 0, None, None),
    ("etc/ssl/certs/ca-certificates.crt", 0o644, 0, b"certificates\n", None),
    ("home", 0o755, 0, None, None),
    ("home/nonroot", 0o700, 65532, None, None),
    ("tmp", 0o1777, 0, None, None),
    ("usr", 0o755, 0, None, None),
    ("usr/share", 0o755, 0, None, None),
    (ZONES, 0o755, 0, None, None),
    (f"{ZONES}/Asia", 0o755, 0, None, None),
    (f"{ZONES}/Asia/Chongqing", 0o777, 0, None, "Shanghai"),
    (f"{ZONES}/Asia/Shanghai", 0o644, 0, b"z" * 512, None),
    (f"{ZONES}/Asia-2", 0o644, 0, b"", None),
    (f"{ZONES}/PRC", 0o777, 0, None, "Asia/Shanghai"),
]


def header(path, mode, owner, data, target):
    entry = tarfile.TarInfo(path)
    entry.mode, entry.uid, entry.gid, entry.mtime = mode, owner, owner, 0
    if data is not None:
        entry.size = len(data)
    elif target is not None:
        entry.type, entry.linkname = tarfile.SYMTYPE, target
    else:
        entry.type = tarfile.DIRTYPE
    block = bytearray(entry.tobuf(tarfile.USTAR_FORMAT))
    block[329:345] = b"0000000\0" * 2
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


tar = io.BytesIO()
for path, mode, owner, data, target in ENTRIES:
    tar.write(header(path, mode, owner, data, target))
    tar.write(data or b"")
    tar.write(bytes(-tar.tell() % 512))
tar.write(bytes(1024))
print(hashlib.sha256(tar.getvalue()).hexdigest())
