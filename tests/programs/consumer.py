"""What Python finds in a bundle: how many roots, and one line for each moment, as `.ci/consumers` expects it."""

import datetime
import ssl
import zoneinfo

print("roots", ssl.create_default_context().cert_store_stats()["x509_ca"])
for name, zone, change in (("zone", "Europe/Paris", 1774746000), ("alias", "US/Eastern", 1772953200)):
    for moment in (change - 1, change):
        print(name, datetime.datetime.fromtimestamp(moment, zoneinfo.ZoneInfo(zone)).strftime("%z %Z"))
for moment in (1775318399, 1775318400):
    print("local", datetime.datetime.fromtimestamp(moment).astimezone().strftime("%z %Z"))
try:
    print("UTC", zoneinfo.ZoneInfo("UTC"))
except zoneinfo.ZoneInfoNotFoundError as error:
    print(type(error).__name__)
