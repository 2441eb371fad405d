#include "CPNGReader.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const unsigned char *bytes;
  size_t count;
} Input;

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  Input *input = png_get_io_ptr(png);
  if (input->count < count) png_error(png, "the file ends too early");
  memcpy(target, input->bytes, count);
  input->bytes += count;
  input->count -= count;
}

static void fail(png_structp png, png_const_charp message) {
  CPNGReaderImage *image = png_get_error_ptr(png);
  memset(image->message, 0, sizeof image->message);
  strncpy(image->message, message, sizeof image->message - 1);
  png_longjmp(png, 1);
}

// Only chunks that samples depend on are read, so whatever libpng warns of is damage.
static void note(png_structp png, png_const_charp message) {
  CPNGReaderImage *image = png_get_error_ptr(png);
  if (!image->message[0]) strncpy(image->message, message, sizeof image->message - 1);
}

// Replaces indices, which lie at the end of the samples, by their colours: libpng's own look-up takes
// one that is not in the palette for black.
static void look_up(png_structp png, png_infop info, CPNGReaderImage *image) {
  png_colorp palette = NULL;
  int colors = 0;
  png_get_PLTE(png, info, &palette, &colors);
  size_t count = (size_t)image->width * image->height;
  unsigned char *target = image->samples;
  const unsigned char *indices = target + 2 * count;
  for (size_t i = 0; i < count; i++) {
    int index = indices[i];
    if (index >= colors) {
      snprintf(
          image->message, sizeof image->message,
          "a pixel has the colour %d of its palette, which ends with %d", index, colors - 1);
      png_longjmp(png, 1);
    }
    target[3 * i] = palette[index].red;
    target[3 * i + 1] = palette[index].green;
    target[3 * i + 2] = palette[index].blue;
  }
}

// Returns the stage that failed. The rows' addresses are kept by the caller, who frees them.
static int decode(
    png_structp png, png_infop info, uint32_t largest_side, CPNGReaderImage *image,
    png_bytepp *rows) {
  volatile int stage = CPNGReaderHeader;
  if (setjmp(png_jmpbuf(png))) return stage;
  png_read_info(png, info);
  image->width = png_get_image_width(png, info);
  image->height = png_get_image_height(png, info);
  if (image->width > largest_side || image->height > largest_side) return CPNGReaderSize;
  stage = CPNGReaderData;
  int color = png_get_color_type(png, info);
  image->transparent =
      (color & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS) ? 1 : 0;
  int has_palette = color == PNG_COLOR_TYPE_PALETTE;
  if (has_palette) png_set_packing(png);
  if (color == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
  const uint16_t one = 1;
  if (*(const unsigned char *)&one == 1 && png_get_bit_depth(png, info) == 16) png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  image->channels = has_palette ? 3 : png_get_channels(png, info);
  image->bits = png_get_bit_depth(png, info);
  size_t row = png_get_rowbytes(png, info);
  size_t count = row * image->height;
  image->samples = malloc(has_palette ? 3 * count : count);
  *rows = malloc(sizeof(png_bytep) * image->height);
  if (!image->samples || !*rows) png_error(png, "no memory for its samples");
  for (uint32_t y = 0; y < image->height; y++) {
    (*rows)[y] = (png_bytep)image->samples + (has_palette ? 2 * count : 0) + y * row;
  }
  png_read_image(png, *rows);
  if (has_palette) look_up(png, info, image);
  png_read_end(png, info);
  return image->message[0] ? CPNGReaderData : CPNGReaderOK;
}

int CPNGReaderDecode(
    const void *bytes, size_t count, uint32_t largest_side, CPNGReaderImage *image) {
  memset(image, 0, sizeof *image);
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, image, fail, note);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    strcpy(image->message, "libpng cannot be used");
    return CPNGReaderData;
  }
  Input input = {bytes, count};
  png_set_read_fn(png, &input, read_bytes);
  // All chunks but IHDR, PLTE, tRNS, IDAT and IEND; their checksums are looked at.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_benign_errors(png, 0);
  png_bytepp rows = NULL;
  int stage = decode(png, info, largest_side, image, &rows);
  free(rows);
  png_destroy_read_struct(&png, &info, NULL);
  if (stage != CPNGReaderOK) {
    free(image->samples);
    image->samples = NULL;
  }
  return stage;
}
