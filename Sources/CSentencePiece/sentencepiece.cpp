#include "CSentencePiece.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <exception>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

using sentencepiece::ImmutableSentencePieceText;
using sentencepiece::SentencePieceProcessor;
using sentencepiece::SentencePieceTrainer;
using sentencepiece::util::Status;
using sentencepiece::util::StatusCode;

struct sentencepiece_failure {
  std::string message;
};

struct sentencepiece_model {
  SentencePieceProcessor processor;
};

struct sentencepiece_numbers {
  std::vector<int> values;
  std::vector<uint32_t> begins;
  std::vector<uint32_t> ends;
};

static_assert(sizeof(int) == sizeof(int32_t), "numbers of pieces are 32 bits");

namespace {

std::string_view view(const uint8_t *bytes, size_t count) {
  return {reinterpret_cast<const char *>(bytes), count};
}

// Runs `body`, which returns a Status, and makes of that, or of an exception, a failure.
template <typename Body>
sentencepiece_failure *guarded(Body body) noexcept {
  try {
    const Status status = body();
    return status.ok() ? nullptr : new sentencepiece_failure{status.message()};
  } catch (const std::exception &exception) {
    return new sentencepiece_failure{exception.what()};
  } catch (...) {
    return new sentencepiece_failure{"unknown exception"};
  }
}

// The lines that a function of C gives, as the trainer wants them.
class Lines final : public sentencepiece::SentenceIterator {
 public:
  Lines(sentencepiece_next_line next, void *context) : next_(next), context_(context) { Next(); }

  bool done() const override { return state_ <= 0; }
  const std::string &value() const override { return line_; }

  void Next() override {
    const uint8_t *bytes = nullptr;
    size_t count = 0;
    state_ = next_(context_, &bytes, &count);
    line_ = state_ == 1 ? std::string(view(bytes, count)) : std::string();
  }

  Status status() const override {
    return state_ >= 0 ? Status() : Status(StatusCode::kAborted, "the text cannot be read");
  }

 private:
  const sentencepiece_next_line next_;
  void *const context_;
  int32_t state_ = 0;
  std::string line_;
};

}  // namespace

const char *sentencepiece_failure_message(const sentencepiece_failure *failure) {
  return failure->message.c_str();
}

void sentencepiece_failure_free(sentencepiece_failure *failure) { delete failure; }

sentencepiece_failure *sentencepiece_model_load(const uint8_t *bytes, size_t count,
                                                sentencepiece_model **model) {
  return guarded([&] {
    auto loaded = std::make_unique<sentencepiece_model>();
    const Status status = loaded->processor.LoadFromSerializedProto(view(bytes, count));
    if (status.ok()) *model = loaded.release();
    return status;
  });
}

void sentencepiece_model_free(sentencepiece_model *model) { delete model; }

int32_t sentencepiece_model_piece_count(const sentencepiece_model *model) {
  return model->processor.GetPieceSize();
}

const char *sentencepiece_model_piece(const sentencepiece_model *model, int32_t number) {
  return model->processor.IdToPiece(number).c_str();
}

sentencepiece_numbers *sentencepiece_numbers_make(void) {
  return new (std::nothrow) sentencepiece_numbers;
}

void sentencepiece_numbers_free(sentencepiece_numbers *numbers) { delete numbers; }

size_t sentencepiece_numbers_count(const sentencepiece_numbers *numbers) {
  return numbers->values.size();
}

const int32_t *sentencepiece_numbers_values(const sentencepiece_numbers *numbers) {
  return numbers->values.data();
}

sentencepiece_failure *sentencepiece_model_encode(const sentencepiece_model *model,
                                                  const uint8_t *text, size_t count,
                                                  sentencepiece_numbers *numbers) {
  return guarded([&] { return model->processor.Encode(view(text, count), &numbers->values); });
}

sentencepiece_failure *sentencepiece_model_place(const sentencepiece_model *model,
                                                 const uint8_t *text, size_t count,
                                                 sentencepiece_numbers *numbers) {
  return guarded([&] {
    ImmutableSentencePieceText encoded;
    const Status status = model->processor.Encode(view(text, count), encoded.mutable_proto());
    numbers->values.clear();
    numbers->begins.clear();
    numbers->ends.clear();
    if (!status.ok()) return status;
    for (const auto &piece : encoded.pieces()) {
      numbers->values.push_back(static_cast<int>(piece.id()));
      numbers->begins.push_back(piece.begin());
      numbers->ends.push_back(piece.end());
    }
    return status;
  });
}

const uint32_t *sentencepiece_numbers_begins(const sentencepiece_numbers *numbers) {
  return numbers->begins.data();
}

const uint32_t *sentencepiece_numbers_ends(const sentencepiece_numbers *numbers) {
  return numbers->ends.data();
}

sentencepiece_failure *sentencepiece_train(const char *options, sentencepiece_next_line next,
                                           void *context,
                                           void (*receive)(void *, const uint8_t *, size_t)) {
  return guarded([&] {
    // The trainer would print a string of options before it reads in it to be silent.
    std::unordered_map<std::string, std::string> arguments;
    std::istringstream words(options);
    for (std::string name, value; std::getline(words, name, '=') && words >> value; words.get()) {
      arguments[name] = value;
    }
    Lines lines(next, context);
    std::string model;
    const Status status = SentencePieceTrainer::Train(arguments, &lines, &model);
    if (status.ok()) receive(context, reinterpret_cast<const uint8_t *>(model.data()), model.size());
    return status;
  });
}
