#ifndef CSENTENCEPIECE_H_
#define CSENTENCEPIECE_H_

#include <stddef.h>
#include <stdint.h>

// What the program needs of libsentencepiece, in C. No exception leaves a function: each one that
// can fail returns a `sentencepiece_failure`, or NULL where all went well.

#ifdef __cplusplus
extern "C" {
#endif

// Why a call failed; to be freed by sentencepiece_failure_free.
typedef struct sentencepiece_failure sentencepiece_failure;

const char *sentencepiece_failure_message(const sentencepiece_failure *failure);
void sentencepiece_failure_free(sentencepiece_failure *failure);

// A model that was loaded; any thread may encode by it.
typedef struct sentencepiece_model sentencepiece_model;

// Loads the model whose file has these bytes.
sentencepiece_failure *sentencepiece_model_load(const uint8_t *bytes, size_t count,
                                                sentencepiece_model **model);
void sentencepiece_model_free(sentencepiece_model *model);

int32_t sentencepiece_model_piece_count(const sentencepiece_model *model);

// The piece with this number, which is below the count; valid as long as the model.
const char *sentencepiece_model_piece(const sentencepiece_model *model, int32_t number);

// Where encoding leaves its result: for one thread at a time. NULL where memory ran out.
typedef struct sentencepiece_numbers sentencepiece_numbers;

sentencepiece_numbers *sentencepiece_numbers_make(void);
void sentencepiece_numbers_free(sentencepiece_numbers *numbers);
size_t sentencepiece_numbers_count(const sentencepiece_numbers *numbers);
const int32_t *sentencepiece_numbers_values(const sentencepiece_numbers *numbers);

// Encodes one line of UTF-8; the result replaces what was in `numbers`.
sentencepiece_failure *sentencepiece_model_encode(const sentencepiece_model *model,
                                                  const uint8_t *text, size_t count,
                                                  sentencepiece_numbers *numbers);

// The same, and where in the text each piece lies.
sentencepiece_failure *sentencepiece_model_place(const sentencepiece_model *model,
                                                 const uint8_t *text, size_t count,
                                                 sentencepiece_numbers *numbers);

// After sentencepiece_model_place: for each piece the byte of the text at which it begins, and the one
// behind its last.
const uint32_t *sentencepiece_numbers_begins(const sentencepiece_numbers *numbers);
const uint32_t *sentencepiece_numbers_ends(const sentencepiece_numbers *numbers);

// Gives the next line of the text to learn from: 1 and the line, 0 at the end, -1 on a failure.
// The line is valid until the next call.
typedef int32_t (*sentencepiece_next_line)(void *context, const uint8_t **line, size_t *count);

// Learns a model from lines; `options` are those of spm_train, name=value without the dashes, with a
// blank between them. The bytes of the model's file are handed to `receive`.
sentencepiece_failure *sentencepiece_train(const char *options, sentencepiece_next_line next,
                                           void *context,
                                           void (*receive)(void *context, const uint8_t *bytes,
                                                           size_t count));

#ifdef __cplusplus
}
#endif

#endif
