/* What a C library makes of the zones of a bundle: one line for each moment, as `.ci/consumers` expects it. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void tell(const char *name, const char *zone, time_t change) {
    if (zone)
        setenv("TZ", zone, 1);
    else
        unsetenv("TZ");
    tzset();
    for (time_t moment = change - 1; moment <= change; moment++) {
        char text[64];
        strftime(text, sizeof text, "%z %Z", localtime(&moment));
        printf("%s %s\n", name, text);
    }
}

int main(void) {
    tell("zone", "Europe/Paris", 1774746000);
    tell("alias", "US/Eastern", 1772953200);
    tell("local", NULL, 1775318400);
}
