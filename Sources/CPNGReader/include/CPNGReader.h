#ifndef CPNG_READER_H
#define CPNG_READER_H

#include <stddef.h>
#include <stdint.h>

// A PNG's samples as they stand in the file. Swift cannot call libpng's own functions for this,
// since their errors return by longjmp.

enum {
  CPNGReaderOK = 0,
  // The bytes do not begin as a PNG does.
  CPNGReaderHeader = 1,
  // What follows the header is damaged, cut, or too large for the memory.
  CPNGReaderData = 2,
  // The image is larger than the caller allows; width and height are set.
  CPNGReaderSize = 3,
};

typedef struct {
  uint32_t width, height;
  // Samples a pixel: 1 grey, 2 grey and alpha, 3 red, green and blue, 4 and alpha.
  int channels;
  // 8, or 16: then a sample is a uint16_t of this machine.
  int bits;
  // Whether the file has an alpha channel or a transparent colour.
  int transparent;
  // Rows from the top, without gaps; the caller frees them.
  void *samples;
  // What libpng said of an error.
  char message[128];
} CPNGReaderImage;

// Decodes a whole PNG without damage. A palette's colours are looked up, and grey samples of fewer
// than 8 bits are widened to 8; nothing else is changed: no gamma, no background, no profile.
int CPNGReaderDecode(
    const void *bytes, size_t count, uint32_t largest_side, CPNGReaderImage *image);

#endif
