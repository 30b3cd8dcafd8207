#ifndef API_TRANSFER_H
#define API_TRANSFER_H

/*
 * A whole network as one document, to be imported elsewhere with the same bits:
 *
 *   format           "backpropd-network"
 *   version          of this layout: 1
 *   numerics         which arithmetic its parameters come from
 *   network          its name, definition and parameters, as a body that creates it has them
 *   steps            updates up to them
 *   start            what reset goes back to: {"layers": [{"weights", "biases"}]}
 *   optimizer_state  {"updates", "slots": [{"layers": [...]}, ...]}: by slot (nn/optimizer.h)
 *   runs             its runs, with what was asked for and the hash of the data; not read back
 */
extern const char transfer_format[];
enum { TRANSFER_VERSION = 1, TRANSFER_RUNS = 500 };

#endif
