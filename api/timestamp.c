#include "api/timestamp.h"

#include <stdio.h>
#include <time.h>

const char *timestamp_write(int64_t microseconds, char out[TIMESTAMP_SIZE])
{
    time_t seconds = (time_t)(microseconds / 1000000);
    struct tm utc;
    char date[24];
    gmtime_r(&seconds, &utc);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out, TIMESTAMP_SIZE, "%s.%06dZ", date, (int)(microseconds % 1000000));
    return out;
}
