#include "CPNGReader.h"

#include <png.h>
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
  strncpy(image->message, message, sizeof image->message - 1);
  png_longjmp(png, 1);
}

// Warnings are about chunks that no sample depends on.
static void ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
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
  if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (color == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
  const uint16_t one = 1;
  if (*(const unsigned char *)&one == 1 && png_get_bit_depth(png, info) == 16) png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  image->channels = png_get_channels(png, info);
  image->bits = png_get_bit_depth(png, info);
  size_t row = png_get_rowbytes(png, info);
  image->samples = malloc(row * image->height);
  *rows = malloc(sizeof(png_bytep) * image->height);
  if (!image->samples || !*rows) png_error(png, "no memory for its samples");
  for (uint32_t y = 0; y < image->height; y++) {
    (*rows)[y] = (png_bytep)image->samples + y * row;
  }
  png_read_image(png, *rows);
  png_read_end(png, NULL);
  return CPNGReaderOK;
}

int CPNGReaderDecode(
    const void *bytes, size_t count, uint32_t largest_side, CPNGReaderImage *image) {
  memset(image, 0, sizeof *image);
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, image, fail, ignore);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    strcpy(image->message, "libpng cannot be used");
    return CPNGReaderData;
  }
  Input input = {bytes, count};
  png_set_read_fn(png, &input, read_bytes);
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
