#include "storage/refusal.h"

#include <stdarg.h>
#include <stdio.h>

enum store_status refuse(struct store_error *error, enum store_status status, const char *format,
                         ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
    return status;
}
