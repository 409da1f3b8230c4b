/*
 * What localtime(3) says. Built against glibc and against musl, it makes each of them a reader of the compiled zones.
 *
 *     offsets DIRECTORY < probes
 *
 * Reads `ZONE SECONDS` lines and prints each again with the offset from UTC and the abbreviation at that moment.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv)
{
	char zone[64], current[64] = "", path[4096];
	long long seconds;

	if (argc != 2)
		return 2;
	while (scanf("%63s %lld", zone, &seconds) == 2) {
		if (strcmp(zone, current)) {
			strcpy(current, zone);
			snprintf(path, sizeof path, "%s/%s", argv[1], zone);
			setenv("TZ", path, 1);
			tzset();
		}
		time_t moment = seconds;
		struct tm *local = localtime(&moment);
		if (!local)
			return 1;
		printf("%s %lld %ld %s\n", zone, seconds, local->tm_gmtoff, local->tm_zone);
	}
	return 0;
}
