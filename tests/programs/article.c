/*
 * Local time as a C program tells it. Built static against musl, it runs in a scratch container, where TZ means nothing unless the image
 * brings the zone's file.
 *
 *     article SECONDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	char line[64];
	time_t seconds = argc > 1 ? strtoll(argv[1], NULL, 10) : time(NULL);
	struct tm *local = localtime(&seconds);

	if (!local || !strftime(line, sizeof line, "local %Y-%m-%d %H:%M:%S %z %Z", local))
		return 1;
	return puts(line) < 0;
}
