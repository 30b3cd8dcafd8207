#ifndef SERVER_JUDGE_H
#define SERVER_JUDGE_H

#include <stdbool.h>

struct exchange;

/*
 * Judges a request by its headers alone, in the contract's order: framing, HTTP version, Host,
 * Origin, method, path, query, media types, size. Sets the exchange's route, or at the first fault
 * its request's problem, and returns false.
 */
bool judge(struct exchange *exchange);

#endif
