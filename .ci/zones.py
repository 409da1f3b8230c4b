#!/usr/bin/env python3
"""The oracle of .ci/readers: reads compiled zones by RFC 9636 alone and works out, without any library, what they say.

    zones.py names SOURCE...             every zone and link, one a line
    zones.py probes DIRECTORY NAME...    `NAME SECONDS OFFSET ABBREVIATION` from 1900 to 2100: each transition ±1 s, and a grid
    zones.py zoneinfo DIRECTORY          the same lines for `NAME SECONDS` on standard input, by Python's own zoneinfo
    zones.py lonely DIRECTORY NAME...    `NAME SECONDS` of each zone with one transition in its file, which musl 1.2 cannot see
    zones.py changes DIRECTORY NAME...   `NAME SECONDS OFFSET ABBREVIATION DST` for each second from which something differs
    zones.py zdump DIRECTORY             the same lines, read from what `zdump -V -c 1900,2100` prints on standard input
"""

import bisect
import calendar
import datetime
import re
import struct
import sys
import time
import zoneinfo

FROM, TO = calendar.timegm((1900, 1, 1, 0, 0, 0)), calendar.timegm((2100, 1, 1, 0, 0, 0))
# About 31 days, and prime, so that every hour and minute of the day gets its turn.
STEP = 2_678_417


class Zone:
    """When which (offset, is_dst, abbreviation) begins, footer included, until 2101."""

    def __init__(self, data):
        times, self.types, footer = decode(data)
        if footer:
            last = times[-1][0] if times else -(2**63)
            times += [(at, kind) for at, kind in footer_changes(footer) if at > last]
        self.starts, self.kinds = [at for at, _ in times], [kind for _, kind in times]

    def at(self, moment):
        """Before the first transition the first type holds (RFC 9636, section 3.2)."""
        index = bisect.bisect_right(self.starts, moment)
        return self.kinds[index - 1] if index else self.types[0]

    def changes(self):
        return [at for at in self.starts if FROM < at < TO and self.at(at) != self.at(at - 1)]

    def probes(self):
        near = {at + around for at in self.starts if FROM < at < TO for around in (-1, 0, 1)}
        return sorted(near.union(range(FROM, TO, STEP)))


def decode(data):
    """The 64-bit block: transitions with their types, all types, the footer."""
    at = block(data, 0, 4)[-1]
    isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt, at, end = block(data, at, 8)
    assert leapcnt == 0 and data[at - 44 + 4 : at - 44 + 5] >= b"2"
    instants = struct.unpack_from(f">{timecnt}q", data, at)
    indices = data[at + 8 * timecnt :][:timecnt]
    at += 9 * timecnt
    names = data[at + 6 * typecnt :][:charcnt]
    types = []
    for offset, is_dst, name in struct.iter_unpack(">iBB", data[at : at + 6 * typecnt]):
        types.append((offset, is_dst, names[name : names.index(b"\0", name)].decode()))
    assert data[end : end + 1] == b"\n" and data.endswith(b"\n")
    return [(t, types[i]) for t, i in zip(instants, indices)], types, data[end + 1 : -1].decode()


def block(data, at, width):
    """A header's six counts, where its data begin, where they end."""
    assert data[at : at + 4] == b"TZif"
    utc, std, leap, times, types, chars = struct.unpack_from(">6l", data, at + 20)
    size = times * (width + 1) + types * 6 + chars + leap * (width + 4) + std + utc
    return utc, std, leap, times, types, chars, at + 44, at + 44 + size


def footer_changes(footer):
    """The changes that a POSIX TZ string makes in each year from 1899 to 2100; one in 1899 if it makes none."""
    found = re.fullmatch(r"(<.+?>|[A-Za-z]+)([-+\d:]+)(?:(<.+?>|[A-Za-z]+)([-+\d:]*),([^,]+),([^,]+))?", footer)
    std_name, std, dst_name, dst, start, end = found.groups()
    std = (-clock(std), 0, std_name.strip("<>"))
    years = range(1899, 2101)
    if not dst_name:
        return [(day_in(1899, "J1") * 86400, std)]
    dst = (-clock(dst) if dst else std[0] + 3600, 1, dst_name.strip("<>"))
    changes = [(rule_in(year, start) - std[0], dst) for year in years] + [(rule_in(year, end) - dst[0], std) for year in years]
    # All-year daylight saving time ends at the moment at which the next year's begins: then the beginning wins.
    return sorted(changes, key=lambda change: (change[0], change[1][1]))


def rule_in(year, rule):
    day, _, moment = rule.partition("/")
    return day_in(year, day) * 86400 + (clock(moment) if moment else 7200)


def day_in(year, rule):
    """Days since 1970: `Mm.w.d`, `Jn` (29 February never counted) or `n`."""
    first = datetime.date(year, 1, 1).toordinal() - datetime.date(1970, 1, 1).toordinal()
    if rule[0] == "M":
        month, week, weekday = map(int, rule[1:].split("."))
        month_starts = datetime.date(year, month, 1)
        day = (weekday - month_starts.isoweekday()) % 7 + 7 * (week - 1)
        if day >= calendar.monthrange(year, month)[1]:
            day -= 7
        return month_starts.toordinal() - datetime.date(1970, 1, 1).toordinal() + day
    if rule[0] == "J":
        number = int(rule[1:])
        return first + number - 1 + (calendar.isleap(year) and number >= 60)
    return first + int(rule)


def clock(text):
    """`[+-]h[:m[:s]]` in seconds."""
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    return (-1 if text[0] == "-" else 1) * sum(part * unit for part, unit in zip(parts, (3600, 60, 1)))


def read(directory, name):
    with open(f"{directory}/{name}", "rb") as file:
        return Zone(file.read())


def names(*sources):
    fields = [line.split() for source in sources for line in open(source)]
    zones = [f[1] for f in fields if f and f[0] in ("Z", "Zone")]
    yield from sorted(zones + [f[2] for f in fields if f and f[0] in ("L", "Link")])


def probes(directory, *wanted):
    for name in wanted:
        zone = read(directory, name)
        for moment in zone.probes():
            offset, _, abbreviation = zone.at(moment)
            yield f"{name} {moment} {offset} {abbreviation}"


def by_zoneinfo(directory):
    epoch, current, zone = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC), None, None
    for line in sys.stdin:
        name, moment = line.split()
        if name != current:
            with open(f"{directory}/{name}", "rb") as file:
                current, zone = name, zoneinfo.ZoneInfo.from_file(file)
        local = (epoch + datetime.timedelta(seconds=int(moment))).astimezone(zone)
        yield f"{name} {moment} {local.utcoffset() // datetime.timedelta(seconds=1)} {local.tzname()}"


def lonely(directory, *wanted):
    for name in wanted:
        with open(f"{directory}/{name}", "rb") as file:
            transitions = decode(file.read())[0]
        if len(transitions) == 1:
            yield f"{name} {transitions[0][0]}"


def changes(directory, *wanted):
    for name in wanted:
        zone = read(directory, name)
        for moment in zone.changes():
            offset, is_dst, abbreviation = zone.at(moment)
            yield f"{name} {moment} {offset} {abbreviation} {is_dst}"


def by_zdump(directory):
    """zdump prints the last second of the old and the first of the new, one line each; the second of a pair is the change."""
    pattern = re.compile(r"(\S+) +(\w{3} \w{3} .+ \d+) UT = .+ (\S+) isdst=(\d) gmtoff=(-?\d+)")
    for number, line in enumerate(sys.stdin):
        path, moment, abbreviation, is_dst, offset = pattern.match(line).groups()
        if number % 2:
            moment = calendar.timegm(time.strptime(moment, "%a %b %d %H:%M:%S %Y"))
            yield f"{path.removeprefix(directory + '/')} {moment} {offset} {abbreviation} {is_dst}"


COMMANDS = {"names": names, "probes": probes, "zoneinfo": by_zoneinfo, "lonely": lonely, "changes": changes, "zdump": by_zdump}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    for result in COMMANDS[sys.argv[1]](*sys.argv[2:]):
        print(result)
