#ifndef SERVER_REPLY_H
#define SERVER_REPLY_H

#include <microhttpd.h>
#include <stdbool.h>

struct exchange;

/* Sends the answer or the problem of an exchange's request, by way of libmicrohttpd. MHD_NO when
 * the connection has to be closed instead. */
enum MHD_Result reply_queue(struct exchange *exchange);

/*
 * Writes it to the socket at once, and says there that nothing will follow: for an answer in the
 * middle of a body, for which libmicrohttpd has no way. Returns false when it did not go out.
 */
bool reply_send(struct exchange *exchange);

#endif
